"""The one file a node that the collector writes: every file of the node, each line of it set in by one space.

    # cce-migrator node-facts 1 node=web-1
    @@ file /etc/sysctl.conf
     vm.max_map_count = 262144
    @@ absent /etc/docker/daemon.json
    @@ end

``absent`` and ``unreadable`` say that a file was looked for; without ``end`` the file was cut off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_HEAD = re.compile(rb"# cce-migrator node-facts 1 node=(?P<node>[\w.:-]{1,253})[ \t]*\r?(?:\n|\Z)")
_MARK = re.compile(r"@@ (?P<state>file|command|absent|unreadable|end)(?: (?P<path>.+))?")


class Section(NamedTuple):
    """One file or command of a bundle; ``line`` is that of its mark."""

    state: str  # "file" | "command" | "absent" | "unreadable"
    path: str
    text: str
    line: int


def is_bundle(data: bytes) -> bool:
    return _HEAD.match(data) is not None


def node_of(data: bytes) -> str:
    found = _HEAD.match(data)
    return found["node"].decode() if found else ""


def sections(data: bytes) -> Iterator[Section | None]:
    """The sections in their order; None at the end of a bundle that was cut off."""
    state, path, start, lines = "", "", 0, list[str]()
    ended = False
    # Only line ends of files part lines, as for the collector: a form feed within one begins no mark.
    for number, line in enumerate(data.decode(errors="replace").split("\n"), start=1):
        if line.startswith(" "):
            lines.append(line[1:].removesuffix("\r"))
            continue
        found = _MARK.fullmatch(line.rstrip())
        if found is None:
            continue
        if state:
            yield Section(state, path, "\n".join(lines), start)
        state, path, start, lines = found["state"], found["path"] or "", number, []
        if state == "end":
            state, ended = "", True
    if state:
        yield Section(state, path, "\n".join(lines), start)
    if not ended:
        yield None

"""Limits of users: ``/etc/security/limits.conf`` with its folder, and the output of ``ulimit -a``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from migrator.catalog.model import SettingCategory
from migrator.snapshot.readers.node_facts.form import Form, Given, all_match, plain_lines

LIMIT = re.compile(
    r"(?P<domain>\S+)\s+(?P<type>soft|hard|-)\s+(?P<item>core|data|fsize|memlock|nofile|rss|stack|cpu|nproc|as"
    r"|maxlogins|maxsyslogins|priority|locks|sigpending|msgqueue|nice|rtprio)\s+(?P<value>-?\w+)(?:\s*#.*)?"
)
_SHOWN = re.compile(r"(?P<item>[a-z][a-z -]*?)\s+\((?:[^()]*, )?-[A-Za-z]\)\s+(?P<value>\S+)")
# The others depend on the memory of the node, or nobody sets them.
_JUDGED = ("core file size", "max locked memory", "open files", "stack size")


def limit_of(line: str) -> Given | None:
    """The limit that one line of limits.conf sets, None where it sets none."""
    found = LIMIT.fullmatch(line)
    if found is None:
        return None
    key = f"{found['domain']} {found['type']} {found['item']}"
    return Given(SettingCategory.LIMITS, key, found["value"])


def _settings(text: str, _name: str) -> Iterator[Given]:
    for line in plain_lines(text):
        if (limit := limit_of(line)) is not None:
            yield limit


def _is_ulimit(lines: Sequence[str]) -> bool:
    return len(lines) > 2 and all_match(lines, _SHOWN)


def _shown(text: str, _name: str) -> Iterator[Given]:
    for line in plain_lines(text):
        found = _SHOWN.fullmatch(line)
        if found and found["item"] in _JUDGED:
            yield Given(SettingCategory.LIMITS, f"ulimit {found['item']}", found["value"])


LIMITS_FILE = Form(
    "limits.conf",
    SettingCategory.LIMITS,
    lambda lines: all_match(lines, LIMIT),
    _settings,
    hint=re.compile(r"limits\.(?:conf|d)|<domain>"),
    paths=re.compile(r"/etc/security/limits\.conf|/etc/security/limits\.d/.*\.conf"),
)
ULIMIT = Form("ulimit -a", SettingCategory.LIMITS, _is_ulimit, _shown, by_hand=False)

"""Puts the collector together: the script, the part that runs on nodes, and the sentences of one language."""

from __future__ import annotations

import re
from importlib.resources import files
from string import Formatter

from migrator import __version__
from migrator.locale import Lang, catalogue, text

_VALUES = {"a": "$1", "b": "$2", "c": "$3"}
_MARK = re.compile(r"@([A-Z_]+)@")
_SAID = re.compile(r"\bt_(\w+)")


def collect_script(lang: Lang) -> bytes:
    """The whole script, which speaks ``lang``: one POSIX shell file without a secret or a path of any machine."""
    template = _read("collect.sh")
    parts = {
        "VERSION": __version__,
        "USAGE": text("collector.usage", lang),
        "SENTENCES": "\n".join(_sentence(name, lang) for name in sorted(set(_SAID.findall(template)))),
        "NODE_SCRIPT": _read("node.sh").rstrip("\n"),
    }
    return _MARK.sub(lambda m: parts[m[1]], template).encode()


def _read(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


def _sentence(name: str, lang: Lang) -> str:
    """A shell function that prints the sentence with its arguments filled in: ``t_packed FILE``."""
    pieces = []
    for literal, field, _, _ in Formatter().parse(catalogue()[f"collector.say.{name}"][lang]):
        if literal:
            pieces.append("'" + literal.replace("'", "'\\''") + "'")
        if field is not None:
            pieces.append(f'"{_VALUES[field]}"')
    return f"t_{name}() {{ printf '%s\\n' {''.join(pieces)}; }}"

"""Text of a dump made harmless for a Markdown document or a terminal.

Names, annotations and paths come from other people's clusters: they may hold pipes, backticks, HTML, line breaks,
escape sequences of terminals or characters that turn the direction of reading. Shown, never interpreted.
"""

from __future__ import annotations

import json
import re

# C0 and C1 controls, zero-width and direction-changing characters, line separators, lone surrogates, tag characters.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_HIDDEN = re.compile(_INVISIBLE.pattern.replace("\x00-\x08\x0b-\x1f", ""))
_SPACES = re.compile(r"[ \t\u00a0]*\n\s*")
_INLINE = re.compile(r"[\\`*\[\]~|$<>&]|(?<![^\W_])_|_(?![^\W_])|(?<!\S)#")
_START = re.compile(r"^(-(?=[-\s]|$)|\+(?=\s|$)|=(?==*$)|\d{1,9}(?=[.)](?:\s|$)))")
_REPLACED = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
_BACKTICKS = re.compile(r"`+")


def visible(value: str) -> str:
    """``value`` with line ends as ``\\n`` and every invisible character written out, such as ``\\u202e``.

    A command or a name must not read otherwise than it is. Line breaks and tabs stay.
    """
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    if _INVISIBLE.search(value) is None:
        return value
    return _INVISIBLE.sub(lambda m: f"\\u{ord(m[0]):04x}", value)


def escaped_json(document: bytes) -> bytes:
    """The same JSON with every invisible character escaped; control characters are so already."""
    text = document.decode()
    if _HIDDEN.search(text) is None:
        return document
    return _HIDDEN.sub(lambda m: json.dumps(m[0])[1:-1], text).encode()


def one_line(value: str) -> str:
    """``visible`` in one line."""
    return _SPACES.sub(" ", visible(value)).replace("\t", " ").strip()


def prose(value: str, line_break: str = " ") -> str:
    """``value`` as running text that Markdown shows as it stands; line breaks become ``line_break``.

    >>> prose("a|b <c> `d`")
    'a\\\\|b &lt;c&gt; \\\\`d\\\\`'
    """
    lines = (line.strip() for line in visible(value).split("\n"))
    return line_break.join(_escaped(line) for line in lines if line)


def cell(value: str) -> str:
    """``value`` for a table cell: as ``prose``, line breaks kept as ``<br>``, an empty one as a dash."""
    return prose(value, "<br>") or "—"


def code(value: str) -> str:
    """``value`` as a code span in running text."""
    content = one_line(value) or " "
    longest = max((len(run) for run in _BACKTICKS.findall(content)), default=0)
    marks = "`" * (longest + 1)
    pad = " " if content[0] in "` " or content[-1] in "` " else ""
    return f"{marks}{pad}{content}{pad}{marks}"


def fence(value: str, language: str = "") -> list[str]:
    """``value`` as the lines of a fenced code block; the fence is longer than any run of backticks inside."""
    content = visible(value).rstrip("\n").split("\n")
    longest = max((len(run) for run in _BACKTICKS.findall(value)), default=0)
    marks = "`" * max(3, longest + 1)
    return [f"{marks}{language}", *content, marks]


def _escaped(line: str) -> str:
    if _INLINE.search(line) is not None:
        line = _INLINE.sub(lambda m: _REPLACED.get(m[0]) or f"\\{m[0]}", line)
    return _START.sub(_at_start, line, count=1)


def _at_start(found: re.Match[str]) -> str:
    return f"{found[1]}\\" if found[1].isdigit() else f"\\{found[1]}"

"""The rows of a sheet as XML, written as they come: many times as fast as cell by cell through the library.

The library makes everything else of the workbook; a sheet's rows are put behind those that it has written itself.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from html import escape
from typing import IO

Content = str | int | None
Look = tuple[int, int]  # the numbers of the formats for text and for figures
MOST = 1_048_576  # rows that a sheet has room for

_LITERAL = re.compile(r"(_x[0-9A-Fa-f]{4}_)")  # would be read as a character
_CHUNK = 1 << 20
_END = b"</sheetData>"
_DIMENSION = re.compile(rb'<dimension ref="[A-Z0-9:]+"/>')


class Rows:
    """The rows of one sheet behind those that the library writes, on the disk until they are packed."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the workbook is packed
        self._waiting: list[str] = []
        self._last, self._columns = 0, 0

    def add(self, number: int, cells: Sequence[Content], styles: Sequence[Look], height: float = 0) -> None:
        """One row. Numbers of rows count from 0; height 0 is none of its own.

        Text is what ``sheet.shown`` makes of it.

        Raises:
            OverflowError: the sheet has no room for it.
        """
        if number >= MOST:
            raise OverflowError(f"row {number}")
        line = number + 1
        high = f' ht="{height:g}" customHeight="1"' if height else ""
        parts = [f'<row r="{line}"{high}>']
        for letters, value, (style, of_figures) in zip(_LETTERS, cells, styles, strict=False):
            if not value and value != 0:
                parts.append(f'<c r="{letters}{line}" s="{style}"/>')
            elif isinstance(value, int):
                parts.append(f'<c r="{letters}{line}" s="{of_figures}"><v>{value}</v></c>')
            else:
                parts.append(f'<c r="{letters}{line}" s="{style}" t="inlineStr"><is>{_text(value)}</is></c>')
        parts.append("</row>")
        self._waiting.append("".join(parts))
        self._last, self._columns = line, max(self._columns, len(cells))
        if len(self._waiting) >= 500:
            self._flush()

    def _flush(self) -> None:
        self._file.write("".join(self._waiting).encode())
        self._waiting.clear()

    def within(self, sheet: bytes) -> Iterator[bytes]:
        """The sheet, as the library has written it, with these rows behind its own; in parts, once."""
        self._flush()
        before, found, after = sheet.rpartition(_END)
        if not found:
            raise ValueError("a sheet without rows of its own")
        whole = f'<dimension ref="A1:{_LETTERS[self._columns - 1]}{self._last}"/>' if self._columns else ""
        yield _DIMENSION.sub(whole.encode(), before, count=1) if whole else before
        self._file.seek(0)
        while chunk := self._file.read(_CHUNK):
            yield chunk
        self._file.close()
        yield found + after


def _text(value: str) -> str:
    if "_x" in value:
        value = _LITERAL.sub(r"_x005F\1", value)
    if "&" in value or "<" in value or ">" in value:
        value = escape(value, quote=False)
    if value[0].isspace() or value[-1].isspace():
        return f'<t xml:space="preserve">{value}</t>'
    return f"<t>{value}</t>"


def _letters(position: int) -> str:
    """``A`` of the first column, ``AA`` of the 27th."""
    before, last = divmod(position, 26)
    return (_letters(before - 1) if before else "") + chr(ord("A") + last)


_LETTERS = tuple(map(_letters, range(200)))

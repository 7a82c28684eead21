"""Workbooks (XLSX, ODS) as grids of cells, after their size was looked at.

The library that reads them sets aside memory for the whole rectangle that a sheet spans and for every repetition of a
text: a few kilobytes can claim more than any machine has, and the process dies. So every member is unpacked under a
limit and its cells are counted first, and the library is given exactly the bytes that were counted.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple
from xml.parsers import expat

import python_calamine as calamine

from migrator.errors import InputError

MAX_UNPACKED = 128 << 20  # bytes of all members
MAX_MEMBERS = 1_000
MAX_ROWS = 100_000  # of one sheet
MAX_COLUMNS = 512
MAX_CELLS = 4_000_000  # of all sheets
MAX_TEXT = 64 << 20  # characters of all cells

_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLD_BOOKS = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))
_XLSX, _XLSB, _ODS = "xl/workbook.xml", "xl/workbook.bin", "content.xml"  # members that tell the form of a workbook
_ODD = (NotImplementedError, EOFError, RuntimeError, OverflowError, ValueError)  # of a broken archive


class Grid(NamedTuple):
    """One sheet: its cells row by row from the first one on; ``failed``: cells whose formula gave an error, 0-based."""

    name: str
    hidden: bool
    rows: list[list[Any]]
    failed: frozenset[tuple[int, int]]


def is_workbook(content: bytes) -> bool:
    """Whether it is a workbook of any form, also of an old one, but not one behind a password."""
    if content.startswith(_OLE2):
        return _ENCRYPTED not in content and any(name in content for name in _OLD_BOOKS)
    if not content.startswith(b"PK"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _member(archive) is not None
    except (zipfile.BadZipFile, *_ODD):
        return False


def _member(archive: zipfile.ZipFile) -> str | None:
    """The member that makes a zip a workbook; None for any other archive."""
    names = set(archive.namelist())
    if _ODS in names and "mimetype" in names:
        return _ODS
    return next((name for name in (_XLSX, _XLSB) if name in names), None)


def grids(content: bytes) -> Iterator[Grid]:
    """The sheets of a workbook that hold cells, in their order.

    Raises:
        InputError: ``input_document_encrypted``, ``sheet_old_form``, ``sheet_too_large`` or ``sheet_damaged``.
    """
    if content.startswith(_OLE2):
        raise InputError("sheet_old_form")
    try:
        counted = _counted(content)
        with calamine.CalamineWorkbook.from_filelike(io.BytesIO(counted.content)) as book:
            yield from _sheets(book, counted)
    except calamine.PasswordError:
        raise InputError("input_document_encrypted") from None
    except (calamine.CalamineError, expat.ExpatError, zipfile.BadZipFile, zlib.error, *_ODD):
        raise InputError("sheet_damaged") from None


def _sheets(book: calamine.CalamineWorkbook, counted: _Counted) -> Iterator[Grid]:
    for position, meta in enumerate(book.sheets_metadata):
        if meta.typ is not calamine.SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_index(position)
        rows = list(sheet.iter_rows())
        _fill_merged(rows, sheet.merged_cell_ranges or [])
        hidden = meta.visible is not calamine.SheetVisibleEnum.Visible
        yield Grid(meta.name, hidden, rows, counted.failed.get(meta.name, frozenset()))


def _fill_merged(rows: list[list[Any]], ranges: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    """A cell that was merged downwards stands in every row that it spans."""
    budget = MAX_CELLS
    for (top, left), (bottom, _) in ranges:
        last = min(bottom, len(rows) - 1)
        budget -= max(0, last - top)
        if budget < 0:
            raise InputError("sheet_too_large", rows=MAX_ROWS, columns=MAX_COLUMNS)
        for row in range(top + 1, last + 1):
            if left < len(rows[row]) and rows[row][left] == "":
                rows[row][left] = rows[top][left]


# --- counting ---------------------------------------------------------------------------------------------------


class _Counted(NamedTuple):
    content: bytes  # the same members, unpacked
    failed: dict[str, frozenset[tuple[int, int]]]  # sheet -> cells with the error of a formula


def _counted(content: bytes) -> _Counted:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if _member(archive) == _XLSB:
            raise InputError("sheet_old_form")
        members = _unpacked(archive)
    area = _Area()
    failed: dict[str, frozenset[tuple[int, int]]] = {}
    if _XLSX in members:
        texts = _SharedTexts()
        for name, data in members.items():
            if name.lower().endswith("sharedstrings.xml"):
                texts.scan(data)
        sheets = {name: _XlsxSheet(area, texts.lengths) for name in members if _is_xml(members[name])}
        for name, scanner in sheets.items():
            scanner.scan(members[name])
        names = _SheetNames(members)
        failed = {sheet: frozenset(sheets[file].failed) for sheet, file in names.files() if file in sheets}
    else:
        _OdsContent(area).scan(members[_ODS])
    return _Counted(_packed(members), failed)


def _unpacked(archive: zipfile.ZipFile) -> dict[str, bytes]:
    members = [m for m in archive.infolist() if not m.is_dir()]
    if len(members) > MAX_MEMBERS or sum(m.file_size for m in members) > MAX_UNPACKED:
        raise _too_large()
    if any(m.flag_bits & 1 for m in members):
        raise InputError("input_document_encrypted")
    return {m.filename: archive.read(m) for m in members}


def _packed(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return buffer.getvalue()


def _is_xml(data: bytes) -> bool:
    return b"<" in data[:64]


def _too_large() -> InputError:
    return InputError("sheet_too_large", rows=MAX_ROWS, columns=MAX_COLUMNS)


class _Area:
    """The memory that the sheets will need."""

    def __init__(self) -> None:
        self.cells = 0
        self.text = 0

    def add(self, rows: int, columns: int) -> None:
        self.cells += rows * columns
        if rows > MAX_ROWS or columns > MAX_COLUMNS or self.cells > MAX_CELLS:
            raise _too_large()

    def add_text(self, length: int) -> None:
        self.text += length
        if self.text > MAX_TEXT:
            raise _too_large()


class _Scanner:
    """Walks over the elements of an XML file by their local names."""

    def scan(self, data: bytes) -> None:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse
        parser.StartElementHandler = lambda name, given: self.start(name.rpartition(":")[2], given)
        parser.EndElementHandler = lambda name: self.end(name.rpartition(":")[2])
        parser.CharacterDataHandler = self.text
        parser.Parse(data, True)
        self.finish()

    def start(self, name: str, given: dict[str, str]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, data: str) -> None:
        """Text between elements."""

    def finish(self) -> None:
        """The file ends."""


def _refuse(*_: object) -> None:
    raise InputError("sheet_damaged")  # no program that writes workbooks declares a document type


class _SharedTexts(_Scanner):
    def __init__(self) -> None:
        self.lengths: list[int] = []

    def start(self, name: str, given: dict[str, str]) -> None:
        if name == "si":
            self.lengths.append(0)

    def text(self, data: str) -> None:
        if self.lengths:
            self.lengths[-1] += len(data)


class _XlsxSheet(_Scanner):
    """A worksheet; any other XML file has no cells."""

    def __init__(self, area: _Area, lengths: list[int]) -> None:
        self.failed: set[tuple[int, int]] = set()
        self._area, self._lengths = area, lengths
        self._row = self._column = -1
        self._height = self._width = 0
        self._kind, self._value, self._filled = "", "", False

    def start(self, name: str, given: dict[str, str]) -> None:
        if name == "row":
            self._row = _number(given["r"]) - 1 if "r" in given else self._row + 1
            self._column = -1
        elif name == "c":
            self._place(given.get("r"))
            self._kind, self._value, self._filled = given.get("t", ""), "", False
        else:
            self._filled = True

    def _place(self, written: str | None) -> None:
        if written is None:
            self._column += 1
            return
        found = _CELL.fullmatch(written)
        if found is None:
            raise InputError("sheet_damaged")
        self._column = 0
        for letter in found[1]:
            self._column = self._column * 26 + ord(letter) - 64
        self._column -= 1
        self._row = int(found[2]) - 1

    def text(self, data: str) -> None:
        if self._kind == "s":
            self._value += data

    def end(self, name: str) -> None:
        if name != "c":
            return
        if self._filled:
            self._height, self._width = max(self._height, self._row + 1), max(self._width, self._column + 1)
        if self._kind == "e":
            self.failed.add((self._row, self._column))
        position = self._value.strip()
        if position.isdecimal() and int(position) < len(self._lengths):
            self._area.add_text(self._lengths[int(position)])
        self._kind = self._value = ""

    def finish(self) -> None:
        self._area.add(self._height, self._width)


def _number(value: str) -> int:
    if not value.isdecimal() or len(value) > 7:
        raise InputError("sheet_damaged")
    return int(value)


class _SheetNames(_Scanner):
    """Which file of the archive holds which sheet."""

    def __init__(self, members: dict[str, bytes]) -> None:
        self._names: list[tuple[str, str]] = []
        self._targets: dict[str, str] = {}
        for name in (_XLSX, "xl/_rels/workbook.xml.rels"):
            if name in members:
                self.scan(members[name])

    def start(self, name: str, given: dict[str, str]) -> None:
        if name == "sheet":
            link = next((v for k, v in given.items() if k.endswith(":id")), "")
            self._names.append((given.get("name", ""), link))
        elif name == "Relationship":
            target = given.get("Target", "")
            self._targets[given.get("Id", "")] = target[1:] if target.startswith("/") else f"xl/{target}"

    def files(self) -> list[tuple[str, str]]:
        return [(name, self._targets.get(link, "")) for name, link in self._names]


class _OdsContent(_Scanner):
    """The sheets of an OpenDocument file, in which rows and cells may be told to repeat."""

    def __init__(self, area: _Area) -> None:
        self._area = area
        self._height = self._width = self._empty = 0
        self._rows = self._columns = self._repeat = 1
        self._filled = 0

    def start(self, name: str, given: dict[str, str]) -> None:
        if name == "table":
            self._height = self._width = self._empty = 0
        elif name == "table-row":
            self._rows, self._columns, self._filled = _repeated(given, "rows"), 0, 0
        elif name in ("table-cell", "covered-table-cell"):
            self._repeat = _repeated(given, "columns")
            self._columns += self._repeat
            if any(key.endswith(("value-type", ":formula")) for key in given):
                self._filled = self._columns
        elif name == "p":
            self._filled = self._columns

    def text(self, data: str) -> None:
        self._area.add_text(len(data) * self._repeat * self._rows)

    def end(self, name: str) -> None:
        if name == "table-row":
            if self._filled:
                self._height += self._empty + self._rows
                self._width, self._empty = max(self._width, self._filled), 0
            else:
                self._empty += self._rows
            self._rows = self._repeat = 1
        elif name == "table":
            self._area.add(self._height, self._width)


def _repeated(given: dict[str, str], what: str) -> int:
    return next((_number(v) for k, v in given.items() if k.endswith(f"number-{what}-repeated")), 1)

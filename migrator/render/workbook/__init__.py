"""A runbook as an Excel workbook to work with: checklist with answers, steps to tick off, every register whole.

Nothing in it is computed by the spreadsheet program, and nothing of the dump becomes a formula or a link. The same
runbook gives the same bytes.
"""

from __future__ import annotations

import io
import zipfile
from datetime import datetime

from migrator.locale import Lang
from migrator.render.archive import archive_of_parts
from migrator.render.checklist import add_checklist
from migrator.render.parts.front import edition_name, title
from migrator.render.parts.refs import Refs
from migrator.render.workbook.front import add_cover, fill_cover
from migrator.render.workbook.registers import add_registers
from migrator.render.workbook.sheet import Book
from migrator.render.workbook.worklist import add_findings, add_gates, add_outages, add_step_tables, add_steps
from migrator.runbook.model import Edition, Runbook

_CREATED = datetime(2000, 1, 1)  # noqa: DTZ001  the format knows no time zone; the same in every workbook
_OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}


def runbook_workbook(runbook: Runbook, lang: Lang, edition: Edition | None = None) -> bytes:
    """The whole runbook as XLSX. ``edition`` tells revision and signatures; without it there are none.

    The sheet with the checklist can be filled in and given back as a file of answers.
    """
    import xlsxwriter  # a tenth of the time that the command takes to start

    given = edition or Edition()
    refs = Refs.of(runbook, lang)
    name = title(runbook, refs)
    buffer = io.BytesIO()
    made = xlsxwriter.Workbook(buffer, _OPTIONS)
    made.set_properties({"created": _CREATED, "title": name})
    book = Book(made, lang, " · ".join(filter(None, (name, edition_name(given, refs)))))
    cover = add_cover(book, refs)
    sheets = [
        ("checklist", add_checklist(book.book, runbook.results, lang)),
        ("steps", add_steps(book, runbook, refs)),
        ("gates", add_gates(book, runbook, refs)),
        ("outages", add_outages(book, runbook, refs)),
        ("findings", add_findings(book, runbook, refs)),
        ("tables", add_step_tables(book, runbook, refs)),
    ]
    about = [(sheet, refs.word(f"workbook.about.{key}")) for key, sheet in sheets if sheet]
    fill_cover(cover, runbook, given, refs, others=[*about, *add_registers(book, runbook, refs)])
    made.close()
    return _whole(buffer, book)


def _whole(written: io.BytesIO, book: Book) -> bytes:
    """The workbook with the rows that stand beside it, and without what the machine left in the archive."""
    rows = {f"xl/worksheets/sheet{position + 1}.xml": given for position, given in book.rows.items()}
    with zipfile.ZipFile(written) as packed:
        members = ((info.filename, packed.read(info)) for info in packed.infolist())
        return archive_of_parts(
            (name, rows[name].within(content) if name in rows else (content,)) for name, content in members
        )

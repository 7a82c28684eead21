"""Documents from a compiled runbook: layout only, no judgement.

``FORMATS`` is the one list of what can be written; the command line, the service and the tests read it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

import msgspec

from migrator.errors import MigratorError
from migrator.locale import Lang
from migrator.render.document import Document
from migrator.render.docx import render_docx
from migrator.render.html import render_html
from migrator.render.jsondoc import runbook_json
from migrator.render.markdown import render_markdown
from migrator.render.package import package
from migrator.render.pdf import render_pdf
from migrator.render.runbook_document import paged_document
from migrator.render.scripts import packed as packed_scripts
from migrator.render.workbook import runbook_workbook
from migrator.runbook.model import Edition, Runbook

Beside = Mapping[str, str]  # text by path
Layout = Callable[[Document], bytes]

_OFFICE = "application/vnd.openxmlformats-officedocument"


class Render(Protocol):
    """Pure: the same arguments give the same bytes. Without an edition nobody has signed.

    ``beside`` are the files that the runbook applies, by path; a format that does not hold them takes no notice.
    """

    def __call__(
        self, runbook: Runbook, lang: Lang, edition: Edition | None = None, beside: Beside | None = None, /
    ) -> bytes: ...


class Format(msgspec.Struct, frozen=True):
    """One kind of document."""

    name: str
    extension: str
    media_type: str
    render: Render
    layout: Layout | None = None  # of the paged document, which is the same for all that have one
    refers: bool = False  # to scripts, which lie beside it


def _markdown(runbook: Runbook, lang: Lang, edition: Edition | None = None, _: Beside | None = None) -> bytes:
    return render_markdown(runbook, lang, edition).encode("utf-8")


def _of_pages(layout: Layout) -> Render:
    """A format whose layout is of the paged document."""

    def render(runbook: Runbook, lang: Lang, edition: Edition | None = None, _: Beside | None = None) -> bytes:
        return layout(paged_document(runbook, lang, edition))

    return render


def _json(runbook: Runbook, lang: Lang, edition: Edition | None = None, _: Beside | None = None) -> bytes:
    return runbook_json(runbook, lang, edition)


def _workbook(runbook: Runbook, lang: Lang, edition: Edition | None = None, _: Beside | None = None) -> bytes:
    return runbook_workbook(runbook, lang, edition)


def _zip(runbook: Runbook, lang: Lang, edition: Edition | None = None, beside: Beside | None = None) -> bytes:
    return render_all(runbook, [(FORMATS["zip"], lang)], edition, beside)[file_name(FORMATS["zip"], lang)]


FORMATS: dict[str, Format] = {
    "md": Format("md", "md", "text/markdown; charset=utf-8", _markdown, refers=True),
    "html": Format("html", "html", "text/html; charset=utf-8", _of_pages(render_html), render_html, True),
    "pdf": Format("pdf", "pdf", "application/pdf", _of_pages(render_pdf), render_pdf, True),
    "docx": Format("docx", "docx", f"{_OFFICE}.wordprocessingml.document", _of_pages(render_docx), render_docx, True),
    "xlsx": Format("xlsx", "xlsx", f"{_OFFICE}.spreadsheetml.sheet", _workbook, refers=True),
    "json": Format("json", "json", "application/json", _json),
    "zip": Format("zip", "zip", "application/zip", _zip),
}


def format_named(name: str) -> Format:
    """The format of that name; raises ``MigratorError`` ``format_unknown``, which lists what there is."""
    if name not in FORMATS:
        raise MigratorError("format_unknown", format=name[:40], known=list(FORMATS))
    return FORMATS[name]


def file_name(wanted: Format, lang: Lang) -> str:
    """``runbook-zh.md``: the name a document carries in a folder or a download."""
    return f"runbook-{lang}.{wanted.extension}"


def render_all(
    runbook: Runbook,
    wanted: Iterable[tuple[Format, Lang]],
    edition: Edition | None = None,
    beside: Beside | None = None,
) -> dict[str, bytes]:
    """The documents by file name.

    Each is made once, also where a zip with every other format is wanted beside it; so are the pages that several
    formats lay out.
    """
    made: dict[str, bytes] = {}
    pages: dict[Lang, Document] = {}

    def document(form: Format, lang: Lang) -> bytes:
        name = file_name(form, lang)
        if name not in made:
            if form.layout is None:
                made[name] = form.render(runbook, lang, edition, beside)
            else:
                if lang not in pages:
                    pages[lang] = paged_document(runbook, lang, edition)
                made[name] = form.layout(pages[lang])
        return made[name]

    files: dict[str, bytes] = {}
    for form, lang in wanted:
        if form.name == "zip":
            others = [other for other in FORMATS.values() if other.name != "zip"]
            packed = {file_name(other, lang): document(other, lang) for other in others}
            files[file_name(form, lang)] = package(packed, {**(beside or {}), **packed_scripts(runbook)})
        else:
            files[file_name(form, lang)] = document(form, lang)
    return files

"""Documents from a compiled runbook: layout only, no judgement.

``FORMATS`` is the one list of what can be written; the command line, the service and the tests read it.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from migrator.errors import MigratorError
from migrator.locale import Lang
from migrator.render.html import render_html
from migrator.render.jsondoc import runbook_json
from migrator.render.markdown import render_markdown
from migrator.render.pdf import render_pdf
from migrator.render.runbook_document import paged_document
from migrator.runbook.model import Edition, Runbook


class Render(Protocol):
    """Pure: the same runbook, language and edition give the same bytes. Without an edition nobody has signed."""

    def __call__(self, runbook: Runbook, lang: Lang, edition: Edition | None = None, /) -> bytes: ...


class Format(msgspec.Struct, frozen=True):
    """One kind of document."""

    name: str
    extension: str
    media_type: str
    render: Render


def _markdown(runbook: Runbook, lang: Lang, edition: Edition | None = None) -> bytes:
    return render_markdown(runbook, lang, edition).encode("utf-8")


def _html(runbook: Runbook, lang: Lang, edition: Edition | None = None) -> bytes:
    return render_html(paged_document(runbook, lang, edition))


def _pdf(runbook: Runbook, lang: Lang, edition: Edition | None = None) -> bytes:
    return render_pdf(paged_document(runbook, lang, edition))


def _json(runbook: Runbook, lang: Lang, _: Edition | None = None) -> bytes:
    return runbook_json(runbook, lang)


FORMATS: dict[str, Format] = {
    "md": Format("md", "md", "text/markdown; charset=utf-8", _markdown),
    "html": Format("html", "html", "text/html; charset=utf-8", _html),
    "pdf": Format("pdf", "pdf", "application/pdf", _pdf),
    "json": Format("json", "json", "application/json", _json),
}


def format_named(name: str) -> Format:
    """The format of that name; raises ``MigratorError`` ``format_unknown``, which lists what there is."""
    if name not in FORMATS:
        raise MigratorError("format_unknown", format=name[:40], known=list(FORMATS))
    return FORMATS[name]


def file_name(wanted: Format, lang: Lang) -> str:
    """``runbook-zh.md``: the name a document carries in a folder or a download."""
    return f"runbook-{lang}.{wanted.extension}"

"""A document as one Markdown file (GitHub flavour) that reads on a screen and prints."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from migrator.locale import Lang
from migrator.render import escape
from migrator.render.document import (
    Block,
    Callout,
    Code,
    Contents,
    Document,
    Facts,
    Form,
    Grid,
    Heading,
    Line,
    Listing,
    PageBreak,
    Paragraph,
    Picture,
    Rule,
    SignOff,
    Span,
    outline,
    said,
)
from migrator.render.runbook_document import runbook_document
from migrator.runbook.model import Edition, Runbook

_BLANK = "_" * 20  # a line to write on
_SHORT_BLANK = "_" * 12


def render_markdown(runbook: Runbook, lang: Lang, edition: Edition | None = None) -> str:
    """The whole runbook, ending in one line feed."""
    return markdown(runbook_document(runbook, lang, edition))


def markdown(document: Document) -> str:
    """The whole document, ending in one line feed."""
    lines = [f"# {escape.prose(document.title)}", ""]
    for block in document.blocks:
        lines += _LAYOUTS[type(block)](block, document)
    return "\n".join(lines).rstrip("\n") + "\n"


def _heading(block: Heading, _: Document) -> list[str]:
    anchor = [f'<a id="{block.anchor}"></a>', ""] if block.anchor else []
    number = f"{block.number} " if block.number else ""
    title = escape.prose(block.text)
    title = f"~~{title}~~" if block.struck else title
    marks = "".join(f" {escape.prose(mark.text)}" for mark in block.marks)
    return [*anchor, f"{'#' * (block.level + 1)} {number}{title}{marks}", ""]


def _paragraph(block: Paragraph, _: Document) -> list[str]:
    return [_line(block.line), ""]


def _listing(block: Listing, _: Document) -> list[str]:
    return [*(f"- {_line(item)}" for item in block.items), ""]


def _grid(block: Grid, _: Document) -> list[str]:
    rows = ([_cell(cell) for cell in row] for row in block.rows)
    return _table([escape.prose(name) for name in block.columns], rows, block.right)


def _facts(block: Facts, _: Document) -> list[str]:
    rows = [(f"**{escape.prose(name)}**", _cell(content)) for name, content in block.rows]
    return _table([escape.prose(name) for name in block.columns], rows)


def _sign_off(block: SignOff, _: Document) -> list[str]:
    rows = [[escape.cell(value) if value else _BLANK for value in row] for row in block.rows]
    return _table([escape.prose(name) for name in block.columns], rows)


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] = ()) -> list[str]:
    rule = " | ".join("---:" if i in right else "---" for i in range(len(columns)))
    head = [f"| {' | '.join(columns)} |", f"| {rule} |"]
    return [*head, *(f"| {' | '.join(row)} |" for row in rows), ""]


def _code(block: Code, _: Document) -> list[str]:
    return [*escape.fence(block.text, block.language), ""]


def _callout(block: Callout, _: Document) -> list[str]:
    label = f"> **{escape.prose(block.label)}**"
    if len(block.lines) == 1:
        return [f"{label} {_line(block.lines[0])}".rstrip(), ""]
    return [label, ">", *(f"> - {_line(line)}" for line in block.lines), ""]


def _picture(block: Picture, document: Document) -> list[str]:
    """What the picture tells, in words; nothing where it tells nothing that the text does not."""
    if not block.told:
        return []
    lines = [f"**{escape.prose(block.caption)}**", ""]
    for told in block.told:
        lines += _LAYOUTS[type(told)](told, document)
    return lines


def _form(block: Form, document: Document) -> list[str]:
    parts = [
        f"☐ {escape.prose(field.text)}" if field.kind == "box" else f"{escape.prose(field.text)} {_SHORT_BLANK}"
        for field in block.fields
    ]
    return [("　" if document.lang == "zh" else "   ").join(parts), ""]


def _contents(block: Contents, document: Document) -> list[str]:
    """Chapters alone: viewers of Markdown list all headings themselves."""
    listed = [heading for heading in outline(document) if heading.anchor]
    lines = [f"- [{_title(heading)}](#{heading.anchor})" for heading in listed]
    return [f"## {escape.prose(block.title)}", "", *lines, ""] if lines else []


def _title(heading: Heading) -> str:
    return " ".join(filter(None, (heading.number, escape.prose(heading.text))))


def _rule(_: Rule, __: Document) -> list[str]:
    return ["---", ""]


def _page_break(_: PageBreak, __: Document) -> list[str]:
    return []


def _line(line: Line) -> str:
    return "".join(_span(span, " ") for span in line).strip()


def _cell(line: Line) -> str:
    if not said(line):
        return _BLANK
    return "".join(_span(span, "<br>") for span in line).strip()


def _span(span: Span, line_break: str) -> str:
    """One run of text; the spaces at its ends stay, outside of any mark."""
    if span.code:
        return escape.code(span.text)
    if span.address:
        return f"<{span.address}>"
    shown = escape.prose(span.text, line_break)
    if span.anchor:
        return f"[{shown}](#{span.anchor})"
    shown = f"**{shown}**" if span.strong else shown
    shown = f"~~{shown}~~" if span.struck else shown
    before = " " if span.text[:1] == " " else ""
    after = " " if span.text[-1:] == " " and shown else ""
    return f"{before}{shown}{after}"


_LAYOUTS: dict[type[Block], Callable[[Any, Document], list[str]]] = {
    Heading: _heading,
    Paragraph: _paragraph,
    Listing: _listing,
    Grid: _grid,
    Facts: _facts,
    SignOff: _sign_off,
    Code: _code,
    Callout: _callout,
    Picture: _picture,
    Form: _form,
    Contents: _contents,
    Rule: _rule,
    PageBreak: _page_break,
}

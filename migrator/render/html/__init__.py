"""A document as one HTML file that opens without a network and prints: style and pictures inside, no script at all."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from migrator.locale import Lang, text
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

# Whatever slipped into the document: nothing in it may run, and nothing may be fetched.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_NARROW = 100  # columns of text up to which a table is not drawn over the whole width
_SHORT = 16  # columns of text up to which the words of a cell are not broken
_FOLDED = 30  # lines of code that a part of a page shows at once
_BOX = "☐"  # in the text of a cell: a box to tick
_WRITE = '<input type="text" aria-label="{}">'


def render_html(document: Document) -> bytes:
    """The document as UTF-8. The same document gives the same bytes."""
    lang = "zh-CN" if document.lang == "zh" else "en"
    parts = [
        f'<!DOCTYPE html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(document.running)}</title>\n<style>\n{_style()}</style>\n</head>\n<body>",
        '<main>\n<header class="cover">',
        f'<h1 class="title">{escape(document.title)}</h1>\n<p class="subtitle">{escape(document.subtitle)}</p>',
        *(part for block in document.cover for part in _LAYOUTS[type(block)](block)),
        "</header>",
        *_body(document),
        "</main>\n</body>\n</html>\n",
    ]
    return "\n".join(parts).encode()


def render_blocks(blocks: Iterable[Block], lang: Lang) -> str:
    """Some blocks of a document as a part of a page that has a style of its own. Long code opens on demand."""
    return "\n".join(part for block in blocks for part in _folded(block, lang))


def _folded(block: Block, lang: Lang) -> Iterator[str]:
    if isinstance(block, Code) and (count := block.text.count("\n") + 1) > _FOLDED:
        yield f"<details><summary>{escape(text('document.lines', lang, count=count))}</summary>"
        yield from _code(block)
        yield "</details>"
    else:
        yield from _LAYOUTS[type(block)](block)


@cache
def _style() -> str:
    return Path(__file__).with_name("style.css").read_text("utf-8")


def _body(document: Document) -> Iterator[str]:
    for block in document.body:
        yield from _contents(block, document) if isinstance(block, Contents) else _LAYOUTS[type(block)](block)


def _contents(wanted: Contents, document: Document) -> Iterator[str]:
    """The table of contents: chapters, which open to their parts. On a screen it stands beside the document."""
    chapters: list[tuple[Heading, list[Heading]]] = []
    for heading in outline(document, wanted.depth):
        if heading.level == 1:
            chapters.append((heading, []))
        elif chapters and heading.anchor:
            chapters[-1][1].append(heading)
    yield f"<nav>\n<h2>{escape(wanted.title)}</h2>\n<ul>"
    for chapter, parts in chapters:
        if not parts:
            yield f"<li>{_entry(chapter)}</li>"
            continue
        yield f"<li><details><summary>{_entry(chapter)}</summary>\n<ul>"
        yield from (f"<li>{_entry(part)}</li>" for part in parts)
        yield "</ul></details></li>"
    yield "</ul>\n</nav>"


def _entry(heading: Heading) -> str:
    title = escape(f"{heading.number} {heading.text}".strip())
    title = f"<s>{title}</s>" if heading.struck else title
    return f'<a href="#{heading.anchor}">{title}</a>'


def _heading(block: Heading) -> Iterator[str]:
    tag = f"h{block.level + 1}"
    anchor = f' id="{block.anchor}"' if block.anchor else ""
    number = f'<span class="number">{escape(block.number)}</span>' if block.number else ""
    title = f"<s>{escape(block.text)}</s>" if block.struck else escape(block.text)
    marks = "".join(f'<span class="mark {mark.badge}">{escape(mark.text)}</span>' for mark in block.marks)
    yield f"<{tag}{anchor}>{number}{title}{marks}</{tag}>"


def _paragraph(block: Paragraph) -> Iterator[str]:
    yield f"<p>{_line(block.line)}</p>"


def _listing(block: Listing) -> Iterator[str]:
    yield "<ul>"
    yield from (f"<li>{_line(item)}</li>" for item in block.items)
    yield "</ul>"


def _grid(block: Grid) -> Iterator[str]:
    total = sum(block.weights)
    wide = ' class="wide"' if total > _NARROW else ""
    yield f'<div class="scroll"><table{wide}>'
    if wide:  # short columns as wide as their words, the others as they need
        styles = ("" if w <= _SHORT else f' style="width:{100 * w // total}%"' for w in block.weights)
        yield f"<colgroup>{''.join(f'<col{style}>' for style in styles)}</colgroup>"
    sides = [_side(number in block.right, weight) for number, weight in enumerate(block.weights)]
    heads = (f'<th scope="col"{side}>{escape(name)}</th>' for name, side in zip(block.columns, sides, strict=True))
    yield f"<thead><tr>{''.join(heads)}</tr></thead>\n<tbody>"
    for row in block.rows:
        cells = zip(row, sides, block.columns, strict=True)
        yield f"<tr>{''.join(f'<td{side}>{_cell(cell, name)}</td>' for cell, side, name in cells)}</tr>"
    yield "</tbody></table></div>"


def _side(right: bool, weight: int) -> str:
    """The class of a column: figures to the right, short words in one piece."""
    names = [*(["right"] if right else []), *(["short"] if weight <= _SHORT else [])]
    return f' class="{" ".join(names)}"' if names else ""


def _cell(cell: Line, column: str) -> str:
    return "".join(map(_span, cell)).replace("\n", "<br>") if said(cell) else _WRITE.format(escape(column))


def _facts(block: Facts) -> Iterator[str]:
    yield '<div class="scroll"><table class="facts"><tbody>'
    for name, content in block.rows:
        yield f'<tr><th scope="row">{escape(name)}</th><td>{_line(content)}</td></tr>'
    yield "</tbody></table></div>"


def _sign_off(block: SignOff) -> Iterator[str]:
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in block.columns)
    yield f'<div class="scroll"><table class="sign wide"><thead><tr>{heads}</tr></thead>\n<tbody>'
    for row in block.rows:
        cells = (
            f"<td>{_boxes(value) if value else _WRITE.format(escape(name))}</td>"
            for value, name in zip(row, block.columns, strict=True)
        )
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody></table></div>"


def _boxes(value: str) -> str:
    """A cell whose boxes can be ticked."""
    first, *choices = value.split(_BOX)
    boxes = (f'<label><input type="checkbox"> {escape(choice.strip())}</label> ' for choice in choices)
    return escape(first) + "".join(boxes).rstrip()


def _code(block: Code) -> Iterator[str]:
    yield f"<pre><code>{escape(block.text)}</code></pre>"


def _callout(block: Callout) -> Iterator[str]:
    label = f"<strong>{escape(block.label)}</strong>"
    if len(block.lines) == 1:
        body = f" {_line(block.lines[0])}"
    else:
        body = f"<ul>{''.join(f'<li>{_line(line)}</li>' for line in block.lines)}</ul>"
    yield f'<div class="callout {block.tone}">{label}{body}</div>'


def _picture(block: Picture) -> Iterator[str]:
    """As an image: what the drawing's style sheet says holds inside it alone."""
    data = b64encode(block.svg.encode()).decode()
    size = f'width="{block.width}" height="{block.height}"'
    image = f'<img alt="{escape(block.caption)}" {size} src="data:image/svg+xml;base64,{data}">'
    yield f"<figure>{image}<figcaption>{escape(block.caption)}</figcaption></figure>"


def _form(block: Form) -> Iterator[str]:
    fields = (
        f'<label><input type="checkbox"> {escape(field.text)}</label>'
        if field.kind == "box"
        else f'<label>{escape(field.text)} <input type="text"></label>'
        for field in block.fields
    )
    yield f'<div class="form">{"".join(fields)}</div>'


def _rule(_: Rule) -> Iterator[str]:
    yield "<hr>"


def _page_break(_: PageBreak) -> Iterator[str]:
    yield '<div class="break"></div>'


def _line(line: Line) -> str:
    return "".join(map(_span, line)).replace("\n", " ")


def _span(span: Span) -> str:
    shown = escape(span.text)
    if span.code:
        shown = f"<code>{shown}</code>"
    if span.strong:
        shown = f"<strong>{shown}</strong>"
    if span.struck:
        shown = f"<s>{shown}</s>"
    if span.anchor:
        return f'<a href="#{span.anchor}">{shown}</a>'
    if span.address:
        return f'<a href="{escape(span.address)}" rel="noreferrer">{shown}</a>'
    return shown


_LAYOUTS: dict[type[Block], Callable[[Any], Iterator[str]]] = {
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
    Rule: _rule,
    PageBreak: _page_break,
}

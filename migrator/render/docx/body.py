"""The body of a Word file as XML, block by block. Text is escaped here and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from html import escape

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
)

NAMESPACES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "pic": "http://schemas.openxmlformats.org/drawingml/2006/picture",
}
_DECLARED = " ".join(f'xmlns:{name}="{address}"' for name, address in NAMESPACES.items())
_WIDTH = 9638  # of the text, in twentieths of a point: A4 without its margins
_PIXEL, _WIDEST, _HIGHEST = 9525, 6_120_000, 8_400_000  # of drawings, in English metric units
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_TONES = {
    "note": ("EAF1FB", "1D4F91"),
    "warning": ("FFF7DB", "B7791F"),
    "danger": ("FDE8E8", "AB1F1F"),
    "outage": ("FDE8E8", "D64545"),
    "good": ("E6F6EA", "2F855A"),
}
_BADGES = {"gate": "8D6D00", "outage": "D64545", "destructive": "AB1F1F", "no_return": "610404"}
_BLANK = "_" * 14
_WORD, _LETTER, _PADDING = 12, 105, 70  # letters of a short word; a letter and the edge of a cell, in 1/20 point
_CODE, _CAPITAL = 8, 130  # letters of the longest code of a check, which is in capitals, and one of them
_LONG_ROW = 8_000  # characters of XML: a row that may be higher than a page is torn


def escaped(value: str) -> str:
    """Text for XML; what XML cannot hold becomes the replacement character."""
    return escape(_NOT_XML.sub("\ufffd", value), quote=True)


class Body:
    """Lays blocks out; ``pictures`` are relations by name, ``address`` makes one for an address out of the document."""

    def __init__(self, pictures: Mapping[str, str], address: Callable[[str], str]) -> None:
        self._pictures = pictures
        self._address = address
        self._ids = 0
        self._break = False  # whether the next heading begins a page

    def parts(self, document: Document) -> Iterator[str]:
        """XML of the whole, in parts that each hold some paragraphs and tables below one root."""
        yield _root(_paragraph("Title", _run(document.title)), _paragraph("Subtitle", _run(document.subtitle)))
        for block in document.blocks:
            if isinstance(block, PageBreak):
                self._break = True
            elif isinstance(block, Contents):
                yield _root(*self._contents(block, document))
            else:
                yield _root(*self._block(block))

    def _block(self, block: Block) -> Iterator[str]:
        made: Iterator[str] = getattr(self, f"_{type(block).__name__.lower()}")(block)
        return made

    def _paragraph(self, block: Paragraph) -> Iterator[str]:
        yield _paragraph("Normal", self._line(block.line))

    def _listing(self, block: Listing) -> Iterator[str]:
        yield from (_paragraph("ListBullet", self._line(item)) for item in block.items)

    def _grid(self, block: Grid) -> Iterator[str]:
        cells = ([self._line(cell) for cell in row] for row in block.rows)
        yield from _table(block.columns, cells, block.weights, right=block.right)

    def _facts(self, block: Facts) -> Iterator[str]:
        named = ([_run(name, "<w:b/>"), self._line(content)] for name, content in block.rows)
        yield from _table((), named, (28, 72))

    def _signoff(self, block: SignOff) -> Iterator[str]:
        rows = ([_run(cell) for cell in row] for row in block.rows)
        yield from _table(block.columns, rows, (1,) * len(block.columns), high=520)

    def _code(self, block: Code) -> Iterator[str]:
        yield _paragraph("Code", _run(block.text), _SHADED)

    def _form(self, block: Form) -> Iterator[str]:
        shown = (f"☐ {field.text}" if field.kind == "box" else f"{field.text} {_BLANK}" for field in block.fields)
        yield _paragraph("Form", _run("　".join(shown)))

    def _rule(self, _: Rule) -> Iterator[str]:
        yield _paragraph("Normal", "", _RULE)

    def _heading(self, block: Heading) -> Iterator[str]:
        begins, self._break = ("<w:pageBreakBefore/>" if self._break else ""), False
        look = "<w:strike/>" if block.struck else ""
        marks = "".join(
            _run(" ")
            + _run(f" {mark.text} ", f'<w:color w:val="{_BADGES.get(mark.badge, "52606D")}"/><w:sz w:val="18"/>')
            for mark in block.marks
        )
        words = _run(f"{block.number} {block.text}".strip(), look) + marks
        yield _paragraph(f"Heading{block.level}", self._marked(block.anchor, words), begins)

    def _marked(self, anchor: str, content: str) -> str:
        if not anchor:
            return content
        self._ids += 1
        number = f'w:id="{self._ids}"'
        return f'<w:bookmarkStart {number} w:name="{_bookmark(anchor)}"/>{content}<w:bookmarkEnd {number}/>'

    def _contents(self, block: Contents, document: Document) -> Iterator[str]:
        """A field whose result is written already: it shows at once, and Word can refresh it."""
        yield _paragraph("TOCHeading", _run(block.title), "<w:pageBreakBefore/>")
        listed = outline(document, block.depth)
        opening = _char("begin") + _instruction(f'TOC \\o "1-{block.depth}" \\h \\z \\u') + _char("separate")
        for number, heading in enumerate(listed):
            entry = _run(f"{heading.number} {heading.text}".strip(), "<w:strike/>" if heading.struck else "")
            if heading.anchor:
                entry = _link(_bookmark(heading.anchor), entry)
            first = opening if number == 0 else ""
            last = _char("end") if number == len(listed) - 1 else ""
            yield _paragraph(f"toc{heading.level}", first + entry + last)

    def _callout(self, block: Callout) -> Iterator[str]:
        fill, edge = _TONES[block.tone]
        look = (
            f'<w:pBdr><w:left w:val="single" w:sz="24" w:space="6" w:color="{edge}"/></w:pBdr>'
            f'<w:shd w:val="clear" w:color="auto" w:fill="{fill}"/><w:ind w:left="160" w:right="60"/>'
        )
        label = _run(f"{block.label} ", f'<w:b/><w:color w:val="{edge}"/>')
        if len(block.lines) == 1:
            yield _paragraph("Callout", label + self._line(block.lines[0]), look)
        else:
            yield _paragraph("Callout", label, f"<w:keepNext/>{look}")
            yield from (_paragraph("Callout", _run("• ") + self._line(line), look) for line in block.lines)
        yield _paragraph("Normal", "", '<w:spacing w:before="0" w:after="60" w:line="60" w:lineRule="exact"/>')

    def _picture(self, block: Picture) -> Iterator[str]:
        wide, high = block.width * _PIXEL, block.height * _PIXEL
        share = min(1.0, _WIDEST / wide, _HIGHEST / high)
        self._ids += 1
        size = f'cx="{round(wide * share)}" cy="{round(high * share)}"'
        named = f'id="{self._ids}" name="{escaped(block.name)}" descr="{escaped(block.caption)}"'
        drawn = (
            f'<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent {size}/><wp:docPr {named}/>'
            f'<a:graphic><a:graphicData uri="{NAMESPACES["pic"]}"><pic:pic><pic:nvPicPr><pic:cNvPr {named}/>'
            f'<pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:embed="{self._pictures[block.name]}"/>'
            f'<a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext {size}/>'
            '</a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic>'
            "</wp:inline></w:drawing></w:r>"
        )
        yield _paragraph("Normal", drawn, '<w:keepNext/><w:jc w:val="center"/>')
        yield _paragraph("Caption", _run(block.caption))

    def _line(self, line: Line) -> str:
        return "".join(map(self._span, line))

    def _span(self, span: Span) -> str:
        look = _CODE_RUN if span.code else ""
        look += "<w:b/>" if span.strong else ""
        look += "<w:strike/>" if span.struck else ""
        if span.anchor or span.address:
            content = _run(span.text, f'{look}<w:color w:val="1D4F91"/>')
            return _link(_bookmark(span.anchor), content) if span.anchor else self._out(span.address, content)
        return _run(span.text, look)

    def _out(self, address: str, content: str) -> str:
        return f'<w:hyperlink r:id="{self._address(address)}">{content}</w:hyperlink>'


_CODE_RUN = '<w:rFonts w:ascii="Consolas" w:hAnsi="Consolas"/>'
_SHADED = (
    '<w:pBdr><w:left w:val="single" w:sz="12" w:space="4" w:color="CBD5E1"/></w:pBdr>'
    '<w:shd w:val="clear" w:color="auto" w:fill="F4F6F9"/><w:ind w:left="100"/>'
)
_RULE = (
    '<w:pBdr><w:bottom w:val="single" w:sz="4" w:space="1" w:color="D3DAE3"/></w:pBdr>'
    '<w:spacing w:before="60" w:after="120"/>'
)


def _root(*content: str) -> str:
    return f"<w:body {_DECLARED}>{''.join(content)}</w:body>"


def _paragraph(style: str, content: str, look: str = "") -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{look}</w:pPr>{content}</w:p>'


def _run(value: str, look: str = "") -> str:
    """Text in one look; a line feed is a line break."""
    if not value:
        return ""
    lines = "<w:br/>".join(f'<w:t xml:space="preserve">{line}</w:t>' for line in escaped(value).split("\n"))
    shown = lines.replace("\t", '</w:t><w:tab/><w:t xml:space="preserve">')
    return f"<w:r>{f'<w:rPr>{look}</w:rPr>' if look else ''}{shown}</w:r>"


def _char(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def _instruction(words: str) -> str:
    return f'<w:r><w:instrText xml:space="preserve"> {escaped(words)} </w:instrText></w:r>'


def _link(bookmark: str, content: str) -> str:
    return f'<w:hyperlink w:anchor="{bookmark}" w:history="1">{content}</w:hyperlink>'


def _bookmark(anchor: str) -> str:
    """Names of bookmarks have letters, digits and underscores only."""
    return "b_" + re.sub(r"\W", "_", anchor)[:36]


def _table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    weights: Sequence[int],
    *,
    right: Sequence[int] = (),
    high: int = 0,
) -> Iterator[str]:
    """A table over the whole width; its head repeats on every page, and no row is torn in two."""
    widths = _widths(weights)
    edge = 'w:val="single" w:sz="4" w:space="0" w:color="CBD5E1"'
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    edges = "".join(f"<w:{side} {edge}/>" for side in ("top", "left", "bottom", "right", "insideH", "insideV"))
    parts = [
        f'<w:tbl><w:tblPr><w:tblW w:w="{_WIDTH}" w:type="dxa"/><w:tblBorders>{edges}</w:tblBorders>'
        f'<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="{_PADDING}" w:type="dxa"/>'
        f'<w:right w:w="{_PADDING}" w:type="dxa"/>'
        f"</w:tblCellMar></w:tblPr><w:tblGrid>{grid}</w:tblGrid>"
    ]
    if columns:
        fill = '<w:shd w:val="clear" w:color="auto" w:fill="475569"/>'
        heads = "".join(_cell(width, _run(name), "CellHead", fill) for name, width in zip(columns, widths, strict=True))
        parts.append(f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{heads}</w:tr>")
    height = f'<w:trHeight w:val="{high}"/>' if high else ""
    for row in rows:
        cells = "".join(
            _cell(width, content, "Cell", side='<w:jc w:val="right"/>' if number in right else "")
            for number, (width, content) in enumerate(zip(widths, row, strict=True))
        )
        whole = "<w:cantSplit/>" if len(cells) < _LONG_ROW else ""
        parts.append(f"<w:tr><w:trPr>{whole}{height}</w:trPr>{cells}</w:tr>")
    yield "".join(parts) + "</w:tbl>"
    yield _paragraph("Normal", "", '<w:spacing w:before="0" w:after="80" w:line="80" w:lineRule="exact"/>')


def _widths(weights: Sequence[int]) -> list[int]:
    """The widths of columns: room for a short word in each, the rest in proportion."""
    least = [min(w, _WORD) * (_CAPITAL if w <= _CODE else _LETTER) + 2 * _PADDING for w in weights]
    spare = _WIDTH - sum(least)
    if spare < 0:
        return [max(1, _WIDTH * width // sum(least)) for width in least]
    beyond = [max(weight - _WORD, 0) for weight in weights]
    shares = beyond if any(beyond) else [1] * len(weights)
    return [width + spare * share // sum(shares) for width, share in zip(least, shares, strict=True)]


def _cell(width: int, content: str, style: str, fill: str = "", side: str = "") -> str:
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{fill}</w:tcPr>{_paragraph(style, content, side)}</w:tc>'

"""A document as a Word file: real headings, tables that repeat their heads, a table of contents that is filled in.

The same document gives the same bytes. Word's fields are not refreshed on opening, which would ask the reader for
leave; the table of contents gets page numbers when a person refreshes it (F9).
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from migrator.locale import text
from migrator.render import fonts
from migrator.render.archive import repacked
from migrator.render.document import Document, Picture
from migrator.render.docx.body import NAMESPACES, Body, escaped
from migrator.render.docx.styles import dress
from migrator.render.typesetting import typeset

_CREATED = datetime(2000, 1, 1, tzinfo=UTC)  # the same in every document
_PICTURE = Path(__file__).with_name("picture.typ")
_SHARP = 180.0  # dots per inch of drawings


def render_docx(document: Document) -> bytes:
    """The document as DOCX."""
    import docx  # takes a tenth of a second
    from docx.oxml import parse_xml

    made = docx.Document()
    dress(made)
    _properties(made, document)
    _running(made, document)
    body = made.element.body
    for paragraph in list(body.iterchildren(f"{{{NAMESPACES['w']}}}p")):
        body.remove(paragraph)
    setup = body[-1]  # of the page; it comes last
    builder = Body(_pictures(made, document), lambda url: _address(made, url))
    # Part by part: one text of the whole would be parsed as one, and be held twice.
    for part in builder.parts(document):
        for element in parse_xml(part):
            setup.addprevious(element)
    buffer = io.BytesIO()
    made.save(buffer)
    return repacked(buffer.getvalue())


def _properties(made: Any, document: Document) -> None:
    properties = made.core_properties
    properties.title = document.title[:255]
    properties.subject = document.subtitle[:255]
    properties.language = "zh-CN" if document.lang == "zh" else "en-US"
    properties.author = properties.comments = properties.last_modified_by = properties.keywords = ""
    properties.created = properties.modified = _CREATED
    properties.revision = 1


def _running(made: Any, document: Document) -> None:
    """Title at the head, page numbers at the foot of every page but the first."""
    from docx.oxml import parse_xml

    section = made.sections[0]
    section.different_first_page_header_footer = True
    head, foot = section.header.paragraphs[0], section.footer.paragraphs[0]
    head.text = document.running
    words = text("document.page", document.lang, page="\0", pages="\1")
    for piece in _pieces(words):
        field = {"\0": "PAGE", "\1": "NUMPAGES"}.get(piece)
        runs = _field(field) if field else f'<w:r><w:t xml:space="preserve">{escaped(piece)}</w:t></w:r>'
        space = NAMESPACES["w"]
        for run in parse_xml(f'<w:p xmlns:w="{space}">{runs}</w:p>'):
            foot._p.append(run)


def _pieces(words: str) -> Iterator[str]:
    rest = words
    while rest:
        at = min((i for i in (rest.find("\0"), rest.find("\1")) if i >= 0), default=len(rest))
        if at:
            yield rest[:at]
        if at < len(rest):
            yield rest[at]
        rest = rest[at + 1 :]


def _field(name: str) -> str:
    marks = ('<w:fldChar w:fldCharType="begin"/>', f'<w:instrText xml:space="preserve"> {name} </w:instrText>')
    shown = ('<w:fldChar w:fldCharType="separate"/>', "<w:t>1</w:t>", '<w:fldChar w:fldCharType="end"/>')
    return "".join(f"<w:r>{part}</w:r>" for part in (*marks, *shown))


def _pictures(made: Any, document: Document) -> dict[str, str]:
    """The drawings as PNG inside the file: name -> relation. Word draws no SVG everywhere."""
    found: dict[str, str] = {}
    for block in document.blocks:
        if isinstance(block, Picture) and block.name not in found:
            sizes = {"width": str(block.width), "height": str(block.height)}
            content = typeset(_PICTURE, {"svg": fonts.legible(block.svg), **sizes}, "png", ppi=_SHARP)
            found[block.name], _ = made.part.get_or_add_image(io.BytesIO(content))
    return found


def _address(made: Any, url: str) -> str:
    from docx.opc.constants import RELATIONSHIP_TYPE

    return str(made.part.relate_to(url, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))

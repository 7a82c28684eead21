"""The runbook as a Word file, read back by python-docx: headings, tables, fields, pictures, and the same bytes."""

from __future__ import annotations

import io
import struct
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn

from migrator.engine import Request, assess, compile_runbook
from migrator.locale import LANGS, Lang, text
from migrator.render.document import (
    Callout,
    Code,
    Contents,
    Document,
    Heading,
    Mark,
    Picture,
    address,
    code,
    grid,
    line,
    link,
    outline,
    paragraph,
    struck,
)
from migrator.render.docx import render_docx
from migrator.render.runbook_document import paged_document
from migrator.runbook.model import Edition, Signature
from migrator.snapshot.read import read_paths
from tests import hostile
from tests.unit.render.samples import HOSTILE, runbook

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}"><text y="20">图</text></svg>'


def opened(content: bytes) -> Any:
    return docx.Document(io.BytesIO(content))


def document(*body: Any, lang: Lang = "en") -> Document:
    return Document(lang=lang, title="T", subtitle="S", running="T · r1", cover=(), body=body)


def words(content: bytes) -> str:
    """All text, also that of cells and links, in the order of the file."""
    body = opened(content).element.body
    return "\n".join("".join(t.text or "" for t in p.iter(qn("w:t"))) for p in body.iter(qn("w:p")))


def style_of(made: Any, start: str) -> str:
    return next(p.style.name for p in made.paragraphs if p.text.startswith(start))


@pytest.fixture(scope="module")
def sample_document() -> Document:
    snapshot = read_paths([Path(__file__).parents[3] / "docs/sample/yunhe-mall"])
    book = compile_runbook(snapshot, assess(snapshot, Request(target="1.31")))
    signed = Signature(act="approved", name="李工", at="2026-03-01T08:00:00Z")
    return paged_document(book, "zh", Edition(revision=3, digest="sha256:d", signatures=(signed,)))


@pytest.fixture(scope="module")
def sample(sample_document: Document) -> bytes:
    return render_docx(sample_document)


def test_every_heading_is_a_heading_of_its_level(sample_document: Document, sample: bytes) -> None:
    found = [(p.style.name, p.text) for p in opened(sample).paragraphs if p.style.name.startswith("Heading")]
    wanted = [b for b in sample_document.blocks if isinstance(b, Heading)]
    assert len(found) == len(wanted) > 100
    for (style, shown), heading in zip(found, wanted, strict=True):
        assert style == f"Heading {heading.level}"
        assert shown.startswith(f"{heading.number} {heading.text}".strip())


def test_contents_are_filled_in_and_can_be_refreshed(sample_document: Document, sample: bytes) -> None:
    made = opened(sample)
    entries = [p for p in made.paragraphs if p.style.name in ("toc 1", "toc 2")]
    depth = next(b.depth for b in sample_document.blocks if isinstance(b, Contents))
    assert [p.text for p in entries] == [f"{h.number} {h.text}".strip() for h in outline(sample_document, depth)]
    instructions = [i.text for i in made.element.body.iter(qn("w:instrText"))]
    assert instructions == [f' TOC \\o "1-{depth}" \\h \\z \\u ']
    kinds = [c.get(qn("w:fldCharType")) for c in made.element.body.iter(qn("w:fldChar"))]
    assert kinds == ["begin", "separate", "end"]
    assert made.settings.element.find(qn("w:updateFields")) is None


def test_every_link_leads_somewhere(sample: bytes) -> None:
    body = opened(sample).element.body
    marks = [b.get(qn("w:name")) for b in body.iter(qn("w:bookmarkStart"))]
    anchors = {h.get(qn("w:anchor")) for h in body.iter(qn("w:hyperlink"))} - {None}
    assert len(anchors) > 50
    assert anchors <= set(marks)
    assert len(marks) == len(set(marks))
    assert all(len(mark) <= 40 and mark.replace("_", "").isalnum() for mark in marks)


def test_tables_repeat_their_heads_and_keep_rows_whole() -> None:
    made = opened(render_docx(document(grid(["Name", "Count"], [(line("a"), line("1"))] * 3, right=(1,)))))
    (table,) = made.tables
    assert [[cell.text for cell in row.cells] for row in table.rows] == [["Name", "Count"], *[["a", "1"]] * 3]
    rows = [row._tr.trPr for row in table.rows]
    assert [r.find(qn("w:tblHeader")) is not None for r in rows] == [True, False, False, False]
    assert all(r.find(qn("w:cantSplit")) is not None for r in rows)
    widths = [int(c.get(qn("w:w"))) for c in table._tbl.tblGrid]
    assert sum(widths) <= 9638
    assert min(widths) > 600


def test_many_columns_fit_the_page() -> None:
    columns = [f"column {i}" for i in range(14)]
    made = opened(render_docx(document(grid(columns, [[line("x" * 50)] * 14]))))
    widths = [int(c.get(qn("w:w"))) for c in made.tables[0]._tbl.tblGrid]
    assert sum(widths) <= 9638
    assert min(widths) > 400


def test_code_keeps_its_lines_and_its_spaces() -> None:
    given = "kubectl get pods \\\n  -n shop\n\tend"
    made = opened(render_docx(document(Code(given, "bash"))))
    found = next(p for p in made.paragraphs if p.style.name == "Code")
    assert found.text == given
    assert found._p.pPr.find(qn("w:shd")) is not None


def test_spans_callouts_and_marks_are_laid_out() -> None:
    made = opened(
        render_docx(
            document(
                Heading(2, "Stop", "6.5", "s6-5", (Mark("outage", "[OUTAGE]"),)),
                paragraph(code("sha256:x"), " and ", struck("gone"), link("6.5", "s6-5")),
                paragraph(address("https://example.org/a?b=1&c=2")),
                Callout("warning", "Mind", (line("one"), line("two"))),
            )
        )
    )
    assert [p.text for p in made.paragraphs if p.style.name == "Callout"] == ["Mind ", "• one", "• two"]
    heading = next(p for p in made.paragraphs if p.style.name == "Heading 2")
    assert heading.text == "6.5 Stop  [OUTAGE] "
    runs = {run.text: run for p in made.paragraphs for run in p.runs}
    assert runs["sha256:x"].font.name == "Consolas"
    assert runs["gone"].font.strike
    assert [r.target_ref for r in made.part.rels.values() if r.is_external] == ["https://example.org/a?b=1&c=2"]


@pytest.mark.parametrize(("wide", "high"), [(760, 200), (760, 4000), (200, 100)])
def test_pictures_are_png_that_fit_the_page(wide: int, high: int) -> None:
    picture = Picture("p", SVG.format(w=wide, h=high), wide, high, "Figure")
    made = opened(render_docx(document(picture, picture)))
    assert len(made.inline_shapes) == 2
    shape = made.inline_shapes[0]
    assert shape.width <= 6_120_000
    assert shape.height <= 8_400_000
    assert shape.width / shape.height == pytest.approx(wide / high, rel=0.01)
    (image,) = {r.target_part for r in made.part.rels.values() if "image" in r.reltype}
    assert image.blob.startswith(b"\x89PNG")
    pixels = struct.unpack(">II", image.blob[16:24])
    assert pixels[0] / pixels[1] == pytest.approx(wide / high, rel=0.01)
    assert style_of(made, "Figure") == "Caption"


@pytest.mark.parametrize("lang", LANGS)
def test_head_and_foot_tell_title_and_pages(lang: Lang) -> None:
    made = opened(render_docx(document(paragraph("x"), lang=lang)))
    section = made.sections[0]
    assert section.header.paragraphs[0].text == "T · r1"
    assert section.footer.paragraphs[0].text == text("document.page", lang, page=1, pages=1)
    assert [i.text.strip() for i in section.footer._element.iter(qn("w:instrText"))] == ["PAGE", "NUMPAGES"]
    assert section.different_first_page_header_footer


def test_chinese_has_a_font_in_every_style(sample: bytes) -> None:
    made = opened(sample)
    used = {p.style.name for p in made.paragraphs}
    assert {"Normal", "Title", "Heading 1", "Code", "List Bullet", "Caption", "Callout", "Form"} <= used
    for name in used:
        fonts = made.styles[name].element.rPr.rFonts
        assert fonts.get(qn("w:eastAsia")) == "Microsoft YaHei"
        assert not [key for key in fonts.attrib if key.endswith("Theme")]


def test_signatures_stand_in_the_table_to_sign(sample: bytes) -> None:
    made = opened(sample)
    signed = next(t for t in made.tables if "签字" in [c.text for c in t.rows[0].cells])
    assert any("李工" in [c.text for c in row.cells] for row in signed.rows)
    assert any(not row.cells[1].text for row in signed.rows)


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_text_stays_text(name: str) -> None:
    content = render_docx(paged_document(runbook(name), "zh"))
    found = words(content)
    assert not any(raw in found for raw in hostile.RAW)
    body = opened(content).element.body
    instructions = [i.text.split()[0] for i in body.iter(qn("w:instrText"))]
    assert instructions == ["TOC"]
    assert {h.get(qn("r:id")) for h in body.iter(qn("w:hyperlink"))} - {None} == set() or "https://" in found


def test_what_xml_cannot_hold_is_replaced() -> None:
    made = opened(render_docx(document(Code("a\x0bb\uffffc"))))
    assert any(p.text == "a\ufffdb\ufffdc" for p in made.paragraphs)


def test_same_document_same_bytes_and_nothing_of_the_day(sample_document: Document, sample: bytes) -> None:
    assert render_docx(sample_document) == sample
    with zipfile.ZipFile(io.BytesIO(sample)) as packed:
        assert {i.date_time for i in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    properties = opened(sample).core_properties
    assert properties.created == properties.modified == datetime(2000, 1, 1, tzinfo=UTC)
    assert (properties.author, properties.last_modified_by, properties.comments) == ("", "", "")
    assert properties.title.endswith("yunhe-mall")


def test_contents_without_headings_are_sound() -> None:
    made = opened(render_docx(document(Contents("Contents"), paragraph("x"))))
    kinds = [c.get(qn("w:fldCharType")) for c in made.element.body.iter(qn("w:fldChar"))]
    assert kinds == []

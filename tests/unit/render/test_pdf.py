"""The PDF runbook, opened by another program: its text, bookmarks and pages; nothing of a dump becomes layout."""

from __future__ import annotations

import io
import shutil
import subprocess
from functools import cache
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from migrator.locale import LANGS, Lang, text
from migrator.render import FORMATS
from migrator.render.document import Document, code_block, grid, heading, line, paragraph, text_width
from migrator.render.pdf import render_pdf, wrapped
from migrator.runbook.model import Edition, Signature
from migrator.runbook.schedule import with_times
from tests.hostile import TEXTS
from tests.unit.render.samples import HOSTILE, runbook


@cache
def pdf(name: str, lang: Lang) -> bytes:
    return FORMATS["pdf"].render(with_times(runbook(name)), lang)


def words(document: bytes) -> str:
    """The text of all pages without its spaces, which a line break may have moved."""
    return "".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(document)).pages).split())


@pytest.mark.parametrize("lang", LANGS)
def test_the_text_can_be_taken_out_again(lang: Lang) -> None:
    found = words(pdf("web", lang))

    for key in ("render.summary.heading", "document.times", "render.checklist.heading", "role.cluster_engineer"):
        assert text(key, lang).replace(" ", "") in found
    assert "kubectlapply-fone.yaml" in found
    assert "v1.13.10-r0→v1.25.3-r0" in found


@pytest.mark.parametrize("lang", LANGS)
def test_bookmarks_follow_the_headings(lang: Lang) -> None:
    reader = PdfReader(io.BytesIO(pdf("web", lang)))

    titles = [entry.title for entry in _flat(reader.outline)]
    assert titles[0] == text("render.sign.heading", lang)
    assert [t.split()[0] for t in titles if t[0].isdigit()] == ["1", "1.1", "1.2", "1.3", "2", "2.1", "2.2"]
    assert reader.metadata is not None
    assert reader.metadata.title == text("render.title.migration", lang, cluster="web")


def test_pages_are_numbered_and_named() -> None:
    edition = Edition(
        revision=3,
        digest="sha256:" + "d" * 64,
        signatures=(Signature(act="approved", name="王工", at="2026-03-02T08:00:00Z", comment="可以执行"),),
    )
    reader = PdfReader(io.BytesIO(FORMATS["pdf"].render(runbook("web"), "zh", edition)))
    first, second = ("".join(reader.pages[number].extract_text().split()) for number in (0, 1))

    assert "王工" in first
    assert "可以执行" in first
    assert "d" * 20 in first
    assert f"第2页，共{len(reader.pages)}页" in second
    assert "第3版" in second


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_name_is_text(value: str) -> None:
    """Markup, commands of the typesetter, characters without a glyph: the document is made, and has its steps."""
    titles = [entry.title for entry in _flat(PdfReader(io.BytesIO(pdf(value, "en"))).outline)]
    assert [t.split()[0] for t in titles if t[0].isdigit()] == ["1", "1.1", "1.2", "1.3", "2", "2.1", "2.2"]


def test_commands_of_the_typesetter_are_shown_as_they_are() -> None:
    values = ['#read("/etc/passwd")', '#import "x.typ"', "$x$ *b* _i_ @ref <label> `raw` \\u{41}", "= head", *TEXTS]
    blocks = (
        heading(1, values[0], anchor="a"),
        *(paragraph(value) for value in values),
        *(code_block(value, "bash") for value in values),
        grid(["x"], [[line(value)] for value in values]),
    )
    found = words(render_pdf(Document("en", values[0], "", "", (), blocks)))

    assert found.count('#read("/etc/passwd")') >= 4
    assert "root:" not in found
    assert "$x$*b*_i_@ref<label>`raw`\\u{41}" in found


def test_a_character_that_no_font_draws_is_told_by_its_number() -> None:
    found = words(render_pdf(Document("zh", "t", "", "", (), (paragraph("name-\U0001f9ff-㐀"),))))

    assert "name-⟨U+1F9FF⟩-⟨U+3400⟩" in found


@given(st.text(max_size=400), st.integers(4, 120))
def test_code_is_wrapped_without_losing_a_character(value: str, columns: int) -> None:
    pieces = list(wrapped(value, columns))

    assert "".join(pieces) == value
    assert all(text_width(piece) <= max(columns, 2) for piece in pieces)


def test_long_tables_repeat_their_heads_and_leave_no_page_empty() -> None:
    rows = [[line(str(number)), line("x" * 120)] for number in range(200)]
    reader = PdfReader(io.BytesIO(render_pdf(Document("en", "t", "", "", (), (grid(["Number", "Content"], rows),)))))
    pages = [page.extract_text() for page in reader.pages[1:]]

    assert len(pages) > 3
    assert all("Number" in page and "Content" in page for page in pages)


def test_steps_that_a_person_took_out_stand_there_with_the_reason_alone() -> None:
    book = runbook("web")
    step = msgspec.structs.replace(book.phases[0].steps[1], excluded="done last week")
    steps = (book.phases[0].steps[0], step, book.phases[0].steps[2])
    phases = (msgspec.structs.replace(book.phases[0], steps=steps), book.phases[1])
    found = words(FORMATS["pdf"].render(msgspec.structs.replace(book, phases=phases), "en"))

    assert "donelastweek" in found
    assert "[TAKENOUT]" in found
    assert "kubectlgetpod'web'" not in found


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="pdftoppm of poppler is not installed")
def test_another_program_draws_the_pages(tmp_path: Path) -> None:
    file = tmp_path / "runbook.pdf"
    file.write_bytes(pdf("web", "zh"))
    done = subprocess.run(
        ["pdftoppm", "-r", "40", "-gray", "-f", "1", "-l", "3", file, tmp_path / "page"],
        capture_output=True,
        check=True,
    )
    pages = sorted(tmp_path.glob("page*.pgm"))

    assert b"rror" not in done.stderr.replace(b"Suspects object is wrong type (boolean)", b"")
    assert len(pages) == 3
    for page in pages:
        drawn = page.read_bytes()[-(330 * 460) :]
        dark = sum(value < 128 for value in drawn) / len(drawn)
        assert 0.001 < dark < 0.5, "neither white nor black"


def _flat(outline: list[object]) -> list[object]:
    found: list[object] = []
    for entry in outline:
        found += _flat(entry) if isinstance(entry, list) else [entry]
    return found

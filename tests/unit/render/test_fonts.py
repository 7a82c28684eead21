"""The fonts draw every sentence of ours; what they cannot draw is written out."""

from __future__ import annotations

import io
import json

import pypdf
import pytest
import typst

from migrator.locale import LANGS, catalogue
from migrator.render import fonts

SIGNS = "☐☑☒⚠→←↑↓✓✗·•…—「」《》①┌─┬┐│├┼┤└┴┘"
TEMPLATE = b"""
#let d = json(bytes(sys.inputs.data))
#set text(font: d.families)
#if d.bold { strong(d.text) } else { d.text }
"""


def set_in_type(text: str, families: tuple[str, ...] = fonts.PROSE, bold: bool = False) -> pypdf.PageObject:
    data = json.dumps({"text": text, "families": families, "bold": bold})
    document = typst.compile(
        TEMPLATE, sys_inputs={"data": data}, font_paths=[str(fonts.FOLDER)], ignore_system_fonts=True
    )
    (page,) = pypdf.PdfReader(io.BytesIO(document)).pages
    return page


def fonts_of(page: pypdf.PageObject) -> set[str]:
    used = page["/Resources"]["/Font"].values()
    return {font.get_object()["/BaseFont"].split("+")[1].split("-Identity")[0] for font in used}


@pytest.mark.parametrize("lang", LANGS)
def test_every_sentence_can_be_drawn(lang: str) -> None:
    lacking = {c for sentence in catalogue().values() for c in sentence[lang] if c != "\n"}
    assert {c for c in lacking if ord(c) not in fonts.drawable()} == set()


def test_the_signs_of_documents_can_be_drawn() -> None:
    assert fonts.legible(SIGNS) == SIGNS


def test_characters_of_names_of_people_can_be_drawn() -> None:
    assert fonts.legible("喆玥堃镕㛃𬍛 國際 Łódź Ελλάδα Москва") == "喆玥堃镕㛃𬍛 國際 Łódź Ελλάδα Москва"


def test_what_no_font_draws_is_written_as_its_number() -> None:
    assert fonts.legible("shop-한\t🦀\n") == "shop-⟨U+D55C⟩\t⟨U+1F980⟩\n"
    assert fonts.legible("\U0003134f") == "⟨U+3134F⟩"


def test_the_way_of_writing_a_number_can_be_drawn_itself() -> None:
    once = fonts.legible("🦀")
    assert fonts.legible(once) == once


@pytest.mark.parametrize(
    ("text", "families", "bold", "used"),
    [
        ("迁移 plan", fonts.PROSE, False, {"NotoSansCJKsc-Regular"}),
        ("迁移 plan", fonts.PROSE, True, {"NotoSansCJKsc-Bold"}),
        ("國", fonts.PROSE, True, {"NotoSansCJKsc-Regular"}),  # bold has no traditional characters
        ("☐", fonts.PROSE, False, {"DejaVuSans"}),
        ("kubectl 迁移", fonts.CODE, False, {"NotoSansMonoCJKsc-Regular", "NotoSansCJKsc-Regular"}),
        ("kubectl", fonts.CODE, True, {"NotoSansMonoCJKsc-Bold"}),
    ],
)
def test_a_document_takes_the_face_that_has_the_character(
    text: str, families: tuple[str, ...], bold: bool, used: set[str]
) -> None:
    page = set_in_type(text, families, bold)
    assert page.extract_text().split() == text.split()
    assert fonts_of(page) == used


def test_fonts_carry_their_licences() -> None:
    assert "SIL OPEN FONT LICENSE" in (fonts.FOLDER / "NotoSansCJK.LICENCE.txt").read_text("utf-8")
    assert "Bitstream" in (fonts.FOLDER / "DejaVuSans.LICENCE.txt").read_text("utf-8")

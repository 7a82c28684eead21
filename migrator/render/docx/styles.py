"""The styles of a Word file: what a person changes in one place to make all of it look otherwise."""

from __future__ import annotations

from typing import Any

LATIN, CHINESE, EVEN = "Arial", "Microsoft YaHei", "Consolas"
_INK, _BLUE, _GREY = "1F2933", "1D4F91", "52606D"
_MARGIN_MM, _WIDE_MM, _HIGH_MM = 20, 210, 297
# Style: size in points, colour, bold, space before and after in points.
_LOOKS: dict[str, tuple[float, str, bool, float, float]] = {
    "Normal": (10, _INK, False, 0, 4),
    "Title": (24, _BLUE, True, 60, 6),
    "Subtitle": (13, _GREY, False, 0, 18),
    "Heading 1": (17, _BLUE, True, 18, 6),
    "Heading 2": (13, _BLUE, True, 14, 4),
    "Heading 3": (11.5, _INK, True, 10, 3),
    "Heading 4": (10.5, _INK, True, 8, 2),
    "List Bullet": (10, _INK, False, 0, 2),
    "Caption": (9, _GREY, False, 2, 10),
    "Header": (8.5, _GREY, False, 0, 0),
    "Footer": (8.5, _GREY, False, 0, 0),
    "Code": (8.5, _INK, False, 2, 6),
    "Callout": (10, _INK, False, 0, 0),
    "Cell": (9, _INK, False, 1, 1),
    "Cell Head": (9, "FFFFFF", True, 1, 1),
    "Form": (10, _INK, False, 6, 6),
    "TOC Heading": (17, _BLUE, True, 0, 8),
    "toc 1": (10.5, _INK, True, 4, 1),
    "toc 2": (9.5, _INK, False, 0, 1),
}


def dress(made: Any) -> None:
    """Set page and styles of an empty document of python-docx."""
    from docx.enum.style import WD_STYLE_TYPE
    from docx.shared import Mm

    for section in made.sections:
        section.page_width, section.page_height = Mm(_WIDE_MM), Mm(_HIGH_MM)
        section.left_margin = section.right_margin = Mm(_MARGIN_MM)
        section.top_margin = section.bottom_margin = Mm(_MARGIN_MM)
    known = {style.name for style in made.styles}
    for name in _LOOKS:
        if name not in known and name.casefold() not in {other.casefold() for other in known}:
            made.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH).base_style = made.styles["Normal"]
    for name, look in _LOOKS.items():
        _style(made.styles[name], look, EVEN if name == "Code" else LATIN)
    made.styles["Caption"].paragraph_format.alignment = 1  # in the middle
    made.styles["Footer"].paragraph_format.alignment = 1
    _language(made)


def _style(style: Any, look: tuple[float, str, bool, float, float], latin: str) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    size, colour, bold, before, after = look
    font, spacing = style.font, style.paragraph_format
    font.name, font.size, font.bold, font.italic = latin, Pt(size), bold, False
    font.color.rgb = RGBColor.from_string(colour)
    spacing.space_before, spacing.space_after = Pt(before), Pt(after)
    given = style.element.rPr.rFonts
    for side in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        given.attrib.pop(qn(f"w:{side}"), None)  # a font of the theme would go before ours
    given.set(qn("w:eastAsia"), CHINESE)
    given.set(qn("w:cs"), latin)
    if style.name.startswith("toc 2"):
        spacing.left_indent = Pt(14)
    for border in style.element.xpath("./w:pPr/w:pBdr"):  # the line below the title of python-docx's template
        border.getparent().remove(border)


def _language(made: Any) -> None:
    """What the words are checked against: Chinese, and English beside it."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    (defaults,) = made.styles.element.xpath("./w:docDefaults/w:rPrDefault/w:rPr")
    for old in defaults.xpath("./w:lang"):
        defaults.remove(old)
    given = OxmlElement("w:lang")
    given.set(qn("w:val"), "en-US")
    given.set(qn("w:eastAsia"), "zh-CN")
    defaults.append(given)

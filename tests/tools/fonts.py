"""Makes the fonts in ``migrator/render/fonts/`` from Debian's packages. Not part of the tests; run by hand:

    apt-get install fonts-noto-cjk fonts-dejavu-core unicode-data
    python3 -m venv /tmp/fonts && /tmp/fonts/bin/pip install fonttools==4.68.0
    /tmp/fonts/bin/python tests/tools/fonts.py

The same packages give the same files, byte for byte: Debian 12's fonts-noto-cjk 1:20220127+repack1-1,
fonts-dejavu-core 2.37-6 and unicode-data 15.0.0-1 gave those that are committed. It takes about five minutes.
"""

from __future__ import annotations

import bz2
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FOLDER = Path(__file__).resolve().parents[2] / "migrator/render/fonts"
NOTO = Path("/usr/share/fonts/opentype/noto")
DEJAVU = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
UNIHAN = Path("/usr/share/unicode/Unihan_OtherMappings.txt.bz2")
DOC = Path("/usr/share/doc")
NOTO_BY = "© 2014-2021 Adobe (http://www.adobe.com/). Noto is a trademark of Google Inc."  # as the fonts say
DEJAVU_BY = "Copyright (c) 2003 by Bitstream, Inc. All Rights Reserved. DejaVu changes are in public domain."
SANS, MONO = 2, 7  # faces of the collection: Noto Sans CJK SC, Noto Sans Mono CJK SC
BIG5_LEVEL_1 = range(0xA4, 0xC7)  # lead bytes of the 5,401 characters in daily use

BASIC = {
    *range(0x20, 0x250),  # Latin
    *range(0x370, 0x530),  # Greek, Cyrillic
    *range(0x2000, 0x2C00),  # punctuation, currency, arrows, mathematics, boxes, shapes
    *range(0x3000, 0x3130),  # Chinese punctuation, kana, bopomofo
    *range(0x3200, 0x3400),  # enclosed characters, units
    *range(0xFE30, 0xFE50),  # vertical forms
    *range(0xFF00, 0xFFF0),  # full width
}


def main() -> None:
    daily = gb2312() | standard_table()
    written(NOTO / "NotoSansCJK-Regular.ttc", SANS, BASIC | daily | big5_level_1(), "NotoSansCJKsc-Regular.otf")
    written(NOTO / "NotoSansCJK-Bold.ttc", SANS, BASIC | daily, "NotoSansCJKsc-Bold.otf")
    for weight in ("Regular", "Bold"):
        # Han characters of both faces are drawn alike: the monospaced one needs its Latin only.
        written(NOTO / f"NotoSansCJK-{weight}.ttc", MONO, half_width(weight), f"NotoSansMonoCJKsc-{weight}.otf")
    drawn = set(TTFont(FOLDER / "NotoSansCJKsc-Regular.otf", lazy=True).getBestCmap())
    others = set(TTFont(DEJAVU, lazy=True).getBestCmap()) - drawn
    written(DEJAVU, -1, others | set(range(0x20, 0x7F)), "DejaVuSans.ttf", features=["*"])
    noto = licence("fonts-noto-cjk", "SIL-1.1")
    (FOLDER / "NotoSansCJK.LICENCE.txt").write_text(f"{NOTO_BY}\n\n{noto}", "utf-8")
    dejavu = licence("fonts-dejavu-core", "bitstream-vera")
    (FOLDER / "DejaVuSans.LICENCE.txt").write_text(f"{DEJAVU_BY}\n\n{dejavu}", "utf-8")


def gb2312() -> set[int]:
    return {code for code in range(0x80, 0x10000) if encodes(code, "gb2312")}


def big5_level_1() -> set[int]:
    pairs = [bytes([lead, trail]) for lead in BIG5_LEVEL_1 for trail in range(0x40, 0xFF)]
    return {ord(text) for pair in pairs if len(text := pair.decode("big5", "ignore")) == 1 and ord(text) > 0x7F}


def standard_table() -> set[int]:
    """The 8,105 characters that China's standard of 2013 allows in names of persons and places."""
    lines = bz2.decompress(UNIHAN.read_bytes()).decode().splitlines()
    return {int(line.split("\t")[0][2:], 16) for line in lines if "\tkTGH\t" in line}


def half_width(weight: str) -> set[int]:
    """Characters that the monospaced face draws in half the width of a Han character."""
    font = TTFont(NOTO / f"NotoSansCJK-{weight}.ttc", fontNumber=MONO, lazy=True)
    half = font["head"].unitsPerEm // 2
    return {code for code, glyph in font.getBestCmap().items() if code in BASIC and font["hmtx"][glyph][0] == half}


def encodes(code: int, name: str) -> bool:
    try:
        chr(code).encode(name)
    except UnicodeEncodeError:
        return False
    return True


def written(source: Path, face: int, codes: set[int], name: str, features: list[str] | None = None) -> None:
    font = TTFont(source, fontNumber=face, lazy=True, recalcTimestamp=False)
    options = subset.Options()
    options.hinting = False
    options.layout_features = features or ["kern", "ccmp", "locl", "mark", "mkmk"]
    options.name_languages = [0x409]
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14, 16, 17]
    options.notdef_outline = True
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)
    font.save(FOLDER / name)
    print(name, len(font.getBestCmap()), "characters,", (FOLDER / name).stat().st_size, "bytes")


def licence(package: str, label: str) -> str:
    """The terms that Debian's copyright file gives under ``label``, set as their author set them."""
    text = (DOC / package / "copyright").read_text("utf-8")
    terms = text.rpartition(f"License: {label}\n")[2].split("\n\n")[0]
    return "\n".join("" if line == " ." else line.removeprefix(" ") for line in terms.splitlines()).strip() + "\n"


if __name__ == "__main__":
    main()

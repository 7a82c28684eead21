"""The fonts that travel with the product, and what they can draw.

``tests/tools/fonts.py`` makes the files. Noto Sans CJK SC (regular and bold) has the characters of GB 2312, of China's
standard table of 2013 and the traditional ones in daily use; the monospaced face has Latin only, because Han characters
look alike in both; DejaVu Sans has ballot boxes, warning signs and other scripts.
"""

from __future__ import annotations

import struct
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
PROSE = ("Noto Sans CJK SC", "DejaVu Sans")  # families in the order in which a character is looked for
CODE = ("Noto Sans Mono CJK SC", *PROSE)

_WIDEST = ("NotoSansCJKsc-Regular.otf", "DejaVuSans.ttf")  # the other files draw nothing beyond these


@cache
def drawable() -> frozenset[int]:
    """The code points that at least one of the fonts draws."""
    return frozenset(code for name in _WIDEST for code in code_points(FOLDER / name))


def legible(value: str) -> str:
    """``value`` with each character that no font of ours draws written as its number, such as ``⟨U+1F600⟩``.

    For documents that carry their fonts, where such a character would be an empty box. Line ends and tabs stay.
    """
    known = drawable()
    if value.isascii() or all(ord(c) in known or c in "\n\t" for c in value):
        return value
    return "".join(c if ord(c) in known or c in "\n\t" else f"⟨U+{ord(c):04X}⟩" for c in value)


def code_points(file: Path) -> set[int]:
    """What the font's character map holds: its subtable of segments (format 12).

    Raises:
        ValueError: the font has no such subtable.
    """
    with file.open("rb") as font:
        (tables,) = struct.unpack(">4xH6x", font.read(12))
        places = [struct.unpack(">4s4xII", font.read(16)) for _ in range(tables)]
        start, length = next((start, length) for name, start, length in places if name == b"cmap")
        font.seek(start)
        cmap = font.read(length)
    (count,) = struct.unpack_from(">2xH", cmap)
    for number in range(count):
        (place,) = struct.unpack_from(">4xI", cmap, 4 + 8 * number)
        kind, groups = struct.unpack_from(">H10xI", cmap, place)
        if kind == 12:
            segments = struct.iter_unpack(">III", cmap[place + 16 : place + 16 + 12 * groups])
            return {code for first, last, _ in segments for code in range(first, last + 1)}
    raise ValueError(file.name)

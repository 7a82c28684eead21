"""What every drawing has: a frame with a title for screen readers, one style sheet, text that is cut to a width."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

import msgspec

from migrator.locale import Lang
from migrator.render.document import text_width
from migrator.render.escape import one_line

FONTS = (
    '"Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", "DejaVu Sans", sans-serif'  # as in documents
)
WIDTH = 760  # pixels; the width of a page of the documents
_STYLE = f"""
  text {{ font-family: {FONTS}; font-size: 11px; fill: #1f2933; }}
  .middle {{ text-anchor: middle; }} .end {{ text-anchor: end; }} .note {{ font-size: 10px; fill: #52606d; }}
  .strong {{ font-weight: 700; }} .line {{ stroke: #d3dae3; stroke-width: 1; }}
  .lane {{ fill: #f4f6f9; }} .wait {{ fill: none; stroke: #9aa5b1; stroke-width: 0.9; }}
  .far {{ stroke: #c5cdd8; stroke-width: 0.8; }}
  .bar {{ fill: #9fb3d1; }} .critical {{ fill: #1d4f91; }} .outage {{ fill: #d64545; stroke: #610404; }}
  .box {{ fill: #ffffff; stroke: #52606d; stroke-width: 1; }} .gate {{ fill: #fff3c4; stroke: #8d6d00; }}
  .stop {{ fill: #fde8e8; stroke: #ab1f1f; stroke-width: 1.6; }} .out {{ stroke-dasharray: 3 2; }}
""".strip("\n")


class Drawing(msgspec.Struct, frozen=True):
    svg: str
    width: int
    height: int


def drawing(title: str, width: int, height: int, parts: Iterable[str], lang: Lang) -> Drawing:
    """The parts in a frame."""
    svg = "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            f'role="img" lang="{"zh-CN" if lang == "zh" else "en"}">',
            f"<title>{shown(title)}</title>",
            f"<style>\n{_STYLE}\n</style>",
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
            *parts,
            "</svg>",
        ]
    )
    return Drawing(svg + "\n", width, height)


def shown(value: str) -> str:
    """Text in one line, harmless inside SVG."""
    return escape(one_line(value))


def shortened(value: str, columns: int) -> str:
    """``value`` in one line of at most that many columns; what is too long ends in an ellipsis."""
    value = one_line(value)
    if text_width(value) <= columns:
        return value
    kept, used = "", 0
    for char in value:
        used += text_width(char)
        if used > columns - 1:
            break
        kept += char
    return kept.rstrip() + "…"


def label(x: float, y: float, value: str, names: str = "") -> str:
    named = f' class="{names}"' if names else ""
    return f'<text{named} x="{number(x)}" y="{number(y)}">{shown(value)}</text>'


def number(value: float) -> str:
    """A coordinate with at most one digit after the point."""
    return f"{value:.1f}".removesuffix(".0")


def diamond(x: float, y: float, half: float, names: str = "gate") -> str:
    points = f"M{number(x - half)} {number(y)} L{number(x)} {number(y - half)} "
    points += f"L{number(x + half)} {number(y)} L{number(x)} {number(y + half)} Z"
    return f'<path class="{names}" d="{points}"/>'

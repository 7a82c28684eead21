"""The upgrade graph of a profile as SVG, with the chosen way in front; from the same input the same bytes."""

from __future__ import annotations

from html import escape

from migrator.catalog.model import HopRule, Profile, Start
from migrator.locale import Lang, text
from migrator.paths.model import PathResult
from migrator.versions import Minor

_STEP, _LEFT, _BASE = 96, 60, 40  # pixels between versions, to the first one, and below the line of versions
_RISE = 26  # of an arc for each version it leaps over
_STYLE = """
  text { font-family: "Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", "DejaVu Sans", sans-serif;
         font-size: 13px; fill: #1f2933; text-anchor: middle; }
  .head { font-size: 16px; font-weight: 700; text-anchor: start; } .note { font-size: 12px; text-anchor: start; }
  .hop { fill: none; stroke: #9aa5b1; stroke-width: 1.4; } .ticket { stroke-dasharray: 5 4; }
  .taken { stroke: #1d4f91; stroke-width: 3.2; }
  .version { fill: #ffffff; stroke: #9aa5b1; stroke-width: 1.4; } .on { stroke: #1d4f91; stroke-width: 3; }
  .end { fill: #dbe8f8; }
""".strip("\n")


def path_svg(profile: Profile, lang: Lang, path: PathResult | None = None) -> str:
    """Every hop of the profile as an arc; with ``path``, its hops stand out, and its ends are filled.

    Dashed arcs are asked for by ticket. Each arc carries what it is as a title, for screen readers and the mouse.
    """
    ends = [path.source.as_minor, path.target.as_minor] if path else []
    minors = sorted({m for hop in profile.hops for m in (hop.source, hop.target)} | set(ends))
    position = {minor: index for index, minor in enumerate(minors)}
    leap = max((position[h.target] - position[h.source] for h in profile.hops), default=1)
    line = 74 + leap * _RISE
    width, height = max(_LEFT * 2 + _STEP * max(len(minors) - 1, 0), 720), line + _BASE + 44
    taken = {hop.key for hop in path.hops} if path else set()
    hops = sorted(profile.hops, key=lambda hop: (hop.key in taken, hop.source, hop.target))  # the way is drawn last
    on_way = {m for hop in profile.hops if hop.key in taken for m in (hop.source, hop.target)}
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-labelledby="title" lang="{"zh-CN" if lang == "zh" else "en"}">',
        f'<title id="title">{escape(_title(profile, lang, path))}</title>',
        f"<style>\n{_STYLE}\n</style>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text class="head" x="24" y="32">{escape(_title(profile, lang, path))}</text>',
        *(_arc(hop, position, line, lang, taken=hop.key in taken) for hop in hops),
        *(_version(m, position[m], line, on=m in on_way, end=m in ends) for m in minors),
        f'<text class="note" x="24" y="{height - 16}">{escape(text("path.graph.legend", lang))}</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _title(profile: Profile, lang: Lang, path: PathResult | None) -> str:
    title = profile.title[lang]
    if path is None:
        return text("path.graph.title", lang, profile=title)
    key = "path.graph.way" if path.found else "path.graph.no_way"
    return text(key, lang, profile=title, source=str(path.source), target=str(path.target))


def _x(position: int) -> int:
    return _LEFT + position * _STEP


def _arc(hop: HopRule, position: dict[Minor, int], line: int, lang: Lang, *, taken: bool) -> str:
    start, end = position[hop.source], position[hop.target]
    top = line - 22 - (end - start) * _RISE
    names = ["hop", *(["ticket"] if hop.start is Start.TICKET else []), *(["taken"] if taken else [])]
    modes = " / ".join(text(f"path.mode.{mode.value}", lang) for mode in hop.modes)
    told = f"{hop.source} → {hop.target}: {modes}, {text(f'path.start.{hop.start.value}', lang)}"
    middle = (_x(start) + _x(end)) // 2
    return (
        f'<path class="{" ".join(names)}" d="M{_x(start) + 8} {line - 15} Q{middle} {top} {_x(end) - 8} {line - 15}">'
        f"<title>{escape(told)}</title></path>"
    )


def _version(minor: Minor, position: int, line: int, *, on: bool, end: bool) -> str:
    names = ["version", *(["on"] if on or end else []), *(["end"] if end else [])]
    x = _x(position)
    return (
        f'<rect class="{" ".join(names)}" x="{x - 26}" y="{line - 15}" width="52" height="30" rx="6"/>'
        f'<text x="{x}" y="{line + 5}">{minor}</text>'
    )

"""The upgrade graph of a profile as SVG, with the chosen way in front; from the same input the same bytes."""

from __future__ import annotations

from html import escape

import msgspec

from migrator.catalog.model import HopRule, Profile, Start
from migrator.locale import Lang, text
from migrator.paths.model import PathResult
from migrator.render.pictures.base import Drawing
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


class _Arc(msgspec.Struct, frozen=True):
    """One hop as it is drawn; ``told`` says what it is, for screen readers and the mouse."""

    source: Minor
    target: Minor
    told: str
    ticket: bool
    taken: bool


def path_svg(profile: Profile, lang: Lang, path: PathResult | None = None) -> str:
    """Every hop of the profile as an arc; with ``path``, its hops stand out, and its ends are filled.

    Dashed arcs are asked for by ticket. Each arc carries what it is as a title, for screen readers and the mouse.
    """
    taken = {hop.key for hop in path.hops} if path else set()
    arcs = [_arc_of(hop, lang, taken=hop.key in taken) for hop in profile.hops]
    return _drawn(arcs, _title(profile.title[lang], lang, path), path, lang).svg


def way_svg(path: PathResult, lang: Lang) -> Drawing:
    """The way alone, as a runbook tells it: hops that are taken and hops that were looked at and not taken."""
    taken = [_arc_of(hop, lang, taken=True) for hop in path.hops]
    others = [
        _Arc(Minor.parse(hop.source), Minor.parse(hop.target), f"{hop.source} → {hop.target}", False, False)
        for hop in path.rejected
    ]
    return _drawn([*others, *taken], _title(path.profile, lang, path), path, lang)


def _arc_of(hop: HopRule, lang: Lang, *, taken: bool) -> _Arc:
    modes = " / ".join(text(f"path.mode.{mode.value}", lang) for mode in hop.modes)
    told = f"{hop.source} → {hop.target}: {modes}, {text(f'path.start.{hop.start.value}', lang)}"
    return _Arc(hop.source, hop.target, told, hop.start is Start.TICKET, taken)


def _drawn(arcs: list[_Arc], title: str, path: PathResult | None, lang: Lang) -> Drawing:
    ends = [path.source.as_minor, path.target.as_minor] if path else []
    minors = sorted({m for arc in arcs for m in (arc.source, arc.target)} | set(ends))
    position = {minor: index for index, minor in enumerate(minors)}
    leap = max((position[arc.target] - position[arc.source] for arc in arcs), default=1)
    line = 74 + leap * _RISE
    width, height = max(_LEFT * 2 + _STEP * max(len(minors) - 1, 0), 720), line + _BASE + 44
    arcs = sorted(arcs, key=lambda arc: (arc.taken, arc.source, arc.target))  # the way is drawn last
    on_way = {m for arc in arcs if arc.taken for m in (arc.source, arc.target)}
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-labelledby="title" lang="{"zh-CN" if lang == "zh" else "en"}">',
        f'<title id="title">{escape(title)}</title>',
        f"<style>\n{_STYLE}\n</style>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text class="head" x="24" y="32">{escape(title)}</text>',
        *(_arc(arc, position, line) for arc in arcs),
        *(_version(m, position[m], line, on=m in on_way, end=m in ends) for m in minors),
        f'<text class="note" x="24" y="{height - 16}">{escape(text("path.graph.legend", lang))}</text>',
        "</svg>",
    ]
    return Drawing("\n".join(parts) + "\n", width, height)


def _title(profile: str, lang: Lang, path: PathResult | None) -> str:
    if path is None:
        return text("path.graph.title", lang, profile=profile)
    key = "path.graph.way" if path.found else "path.graph.no_way"
    return text(key, lang, profile=profile, source=str(path.source), target=str(path.target))


def _x(position: int) -> int:
    return _LEFT + position * _STEP


def _arc(arc: _Arc, position: dict[Minor, int], line: int) -> str:
    start, end = position[arc.source], position[arc.target]
    top = line - 22 - (end - start) * _RISE
    names = ["hop", *(["ticket"] if arc.ticket else []), *(["taken"] if arc.taken else [])]
    middle = (_x(start) + _x(end)) // 2
    return (
        f'<path class="{" ".join(names)}" d="M{_x(start) + 8} {line - 15} Q{middle} {top} {_x(end) - 8} {line - 15}">'
        f"<title>{escape(arc.told)}</title></path>"
    )


def _version(minor: Minor, position: int, line: int, *, on: bool, end: bool) -> str:
    names = ["version", *(["on"] if on or end else []), *(["end"] if end else [])]
    x = _x(position)
    return (
        f'<rect class="{" ".join(names)}" x="{x - 26}" y="{line - 15}" width="52" height="30" rx="6"/>'
        f'<text x="{x}" y="{line + 5}">{minor}</text>'
    )

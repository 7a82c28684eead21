"""Known risks of a way, and both strategies side by side, as rows of words for any layout."""

from __future__ import annotations

from collections.abc import Sequence

from migrator.locale import Lang, Msg, say, text
from migrator.paths.model import Concern, PathResult, StrategyChoice, StrategyOption
from migrator.render.words import duration

RISK_COLUMNS = ("concern", "kind", "hops", "title", "remedy", "sources")


def risk_rows(path: PathResult, lang: Lang) -> list[tuple[str, ...]]:
    """One row of ``RISK_COLUMNS`` for every risk that concerns the cluster or may."""
    return [
        (
            text(f"path.concern.{found.concern.value}", lang),
            text(f"path.risk.kind.{found.risk.kind.value}", lang),
            ", ".join(hop.replace("->", " → ") for hop in found.hops),
            found.risk.title[lang],
            found.risk.remedy[lang],
            ", ".join(found.risk.sources),
        )
        for found in path.risks
        if found.concern is not Concern.NOT
    ]


def ruled_out(path: PathResult, lang: Lang) -> str:
    """How many risks the facts rule out; empty where none."""
    count = sum(found.concern is Concern.NOT for found in path.risks)
    return text("path.risk.passed", lang, count=count) if count else ""


def option_rows(choice: StrategyChoice, lang: Lang) -> list[tuple[str, ...]]:
    """A heading row with the names of the strategies, then a row for each point of comparison."""
    points = ("feasible", "hops", "tickets", "blockers", "outage", "minutes", "rollback", "unchangeable", "changeable")
    columns = [_option(option, lang) for option in choice.options]
    return [
        ("", *(text(f"strategy.{option.strategy.value}", lang) for option in choice.options)),
        *((text(f"strategy.compare.{point}", lang), *(column[point] for column in columns)) for point in points),
    ]


def _option(option: StrategyOption, lang: Lang) -> dict[str, str]:
    return {
        "feasible": _with(text(f"strategy.{'yes' if option.feasible else 'no'}", lang), option.obstacles, lang),
        "hops": str(len(option.hops)) if option.hops else text("render.nothing", lang),
        "tickets": ", ".join(option.tickets) or text("render.nothing", lang),
        "blockers": text("strategy.compare.not_run", lang) if option.blockers is None else str(option.blockers),
        "outage": _with(text(f"strategy.outage.word.{option.outage.value}", lang), [option.outage_reason], lang),
        "minutes": _minutes(option, lang),
        "rollback": say(option.rollback, lang),
        "unchangeable": _joined(option.unchangeable, lang),
        "changeable": _joined(option.changeable, lang),
    }


def _minutes(option: StrategyOption, lang: Lang) -> str:
    if option.minutes is None:
        return text("strategy.compare.minutes_open", lang)
    span = duration(option.minutes, lang)
    if option.nodes is None:
        return text("strategy.compare.nodes_unknown", lang, minutes=span)
    return text("strategy.compare.minutes_nodes", lang, minutes=span, nodes=option.nodes)


def _with(word: str, reasons: Sequence[Msg], lang: Lang) -> str:
    return f"{word}{'：' if lang == 'zh' else ': '}{_joined(reasons, lang)}" if reasons else word


def _joined(messages: Sequence[Msg], lang: Lang) -> str:
    return ("；" if lang == "zh" else "; ").join(say(m, lang) for m in messages) or text("render.nothing", lang)

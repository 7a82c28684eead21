"""The course's own examples come out as the course says (slides 20 and 21).

Each golden file holds the way, the strategy, the risks that concern the cluster and the course's checklist items, and
nothing that other checks add.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from migrator.checks.assessment import Assessment
from migrator.checks.registry import all_checks
from migrator.engine import Request, assess
from migrator.locale import Lang, say, text
from migrator.paths.model import Concern
from migrator.render.jsondoc import dump, plain
from migrator.render.ways import option_rows
from migrator.snapshot.read import read_paths

HERE = Path(__file__).parent / "course"
COMMON = ("coredns", "web")
# By example: the files of its input, the target, and what the course says of the way in place.
EXAMPLES = {
    "vm-1.13": (("nodes-1.13", "no-storage"), True),
    "vm-1.15": (("nodes-1.15", "no-storage"), True),
    "bare-metal": (("nodes-1.13", "bare-metal", "no-storage"), False),
    "flexvolume": (("nodes-1.15", "flexvolume"), True),
    "disk": (("nodes-1.13", "disk"), True),
}
CODES = [c.spec.code for c in all_checks() if c.spec.course_item] + ["CLU002", "CLU003", "STO009"]
Golden = Callable[[Path, bytes], None]


def judged(name: str) -> Assessment:
    files, _ = EXAMPLES[name]
    snapshot = read_paths([HERE / "input" / f"{file}.yaml" for file in (*files, *COMMON)])
    assert {report.status for report in snapshot.inputs} == {"read"}
    return assess(snapshot, Request(target="1.17"))


def reduced(assessment: Assessment, lang: Lang) -> dict[str, object]:
    path = assessment.path
    options = list(plain(assessment.choice.options, lang))
    for option in options:
        del option["blockers"]  # counts the findings of every check
    return {
        "source": str(assessment.source),
        "target": str(assessment.target),
        "found": path.found,
        "hops": plain(path.hops, lang),
        "rejected": plain(path.rejected, lang),
        "reasons": plain(path.reasons, lang),
        "risks": [r for r in plain(path.risks, lang) if r["concern"] != "does_not"],
        "recommended": assessment.choice.recommended.value,
        "strategy_reasons": plain(assessment.choice.reasons, lang),
        "options": options,
        "checks": [
            {"check": r.check, "outcome": r.outcome.value, "findings": [str(f.subject) for f in r.findings]}
            for r in assessment.results
            if r.check in CODES
        ],
    }


def in_words(assessment: Assessment, lang: Lang) -> str:
    path, choice = assessment.path, assessment.choice
    lines = [f"{assessment.source} → {assessment.target}: {text(f'strategy.{choice.strategy.value}', lang)}"]
    lines += [f"- {hop.key} {text(f'path.start.{hop.start.value}', lang)}" for hop in path.hops]
    lines += [f"- {say(reason, lang)}" for reason in (*path.reasons, *choice.reasons)]
    skipped = text("strategy.compare.blockers", lang)
    lines += ["", *(" | ".join(row) for row in option_rows(choice, lang) if row[0] != skipped), ""]
    lines += [f"{r.risk.name}: {r.risk.title[lang]}" for r in path.risks if r.concern is Concern.APPLIES]
    lines += [
        "",
        *(f"{r.check} {text(f'outcome.{r.outcome.value}', lang)}" for r in assessment.results if r.check in CODES),
    ]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_of_the_course(name: str, golden: Golden) -> None:
    assessment = judged(name)
    assert assessment.path.found is EXAMPLES[name][1]
    golden(HERE / f"{name}.zh.txt", in_words(assessment, "zh").encode())
    golden(HERE / f"{name}.json", dump(reduced(assessment, "en")))


def test_from_1_13_the_first_upgrade_is_by_ticket_and_without_a_way_back() -> None:
    first, second = judged("vm-1.13").path.hops
    assert (first.key, first.start.value, first.rollback.value) == ("1.13->1.15", "ticket", "none")
    assert (second.key, second.start.value) == ("1.15->1.17", "console")
    assert {mode.value for mode in first.modes} == {"rolling", "reset"}


def test_from_1_15_it_is_one_upgrade_in_the_console() -> None:
    assessment = judged("vm-1.15")
    assert [hop.key for hop in assessment.path.hops] == ["1.15->1.17"]
    assert assessment.choice.recommended.value == "upgrade"


def test_bare_metal_closes_the_way_and_leads_to_a_move() -> None:
    assessment = judged("bare-metal")
    assert [r.key for r in assessment.path.reasons] == ["path.reason.bare_metal_nodes"]
    assert assessment.choice.recommended.value == "migrate"


def concern(name: str, risk: str) -> str:
    return {r.risk.name: r.concern.value for r in judged(name).path.risks}[risk]


def test_flexvolume_must_be_converted_before_1_17() -> None:
    assert concern("flexvolume", "flexvolume-gone") == "applies"
    assert concern("vm-1.15", "flexvolume-gone") == "does_not"


def test_a_disk_that_is_not_shared_stops_the_business_when_it_moves() -> None:
    outage = {name: judged(name).choice.options[1].outage.value for name in ("disk", "vm-1.13")}
    assert outage == {"disk": "yes", "vm-1.13": "no"}

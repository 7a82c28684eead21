"""What the runner makes of what checks do."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from migrator.checks.registry import RegisteredCheck
from migrator.checks.report import evidence, finding, unresolved
from migrator.checks.runner import run_checks
from migrator.checks.spec import Attestation, Category, CheckResult, CheckSpec, Outcome, Severity, Yield
from migrator.errors import MigratorError
from migrator.locale import say
from migrator.paths.model import Strategy
from migrator.snapshot.model import ObjectRef, Section
from migrator.versions import VersionRange
from tests.checks.support import context_of, snapshot_of


def spec_of(**changes) -> CheckSpec:
    # The slug of a real check, so that its sentences exist.
    base = {"code": "STO004", "slug": "volume-deleted-with-claim", "category": Category.STORAGE}
    return CheckSpec(**{**base, "severity": Severity.WARNING, **changes})


def ref(name: str, namespace: str = "shop", kind: str = "Service") -> ObjectRef:
    return ObjectRef(api_version="v1", kind=kind, namespace=namespace, name=name)


def run(*yields, spec: CheckSpec | None = None, answers=(), given=None, **context) -> CheckResult:
    registered = RegisteredCheck(spec=spec or spec_of(), evaluate=lambda _: iter(yields))
    (result,) = run_checks(context_of(snapshot_of(given), **context), answers, [registered])
    return result


SPEC = spec_of()
ASKS = spec_of(asks=True)
WARNING = finding(SPEC, ref("a"))
INFO = finding(SPEC, ref("a"), severity=Severity.INFO)
DOUBT = unresolved(SPEC, ref("b"))
YES = (Attestation(check="STO004", answer=Outcome.PASS, by="Li", on="2026-03-01"),)
NO = (Attestation(check="volume-deleted-with-claim", answer=Outcome.FAIL),)


@pytest.mark.parametrize(
    ("yields", "outcome", "reason"),
    [
        ((), Outcome.PASS, "passed"),
        ((INFO,), Outcome.PASS, "passed"),
        ((DOUBT,), Outcome.UNKNOWN, "unresolved"),
        ((INFO, DOUBT), Outcome.UNKNOWN, "unresolved"),
        ((WARNING, INFO, DOUBT), Outcome.FAIL, "findings_and_notes"),
        ((finding(SPEC, ref("a"), severity=Severity.BLOCKER),), Outcome.FAIL, "findings"),
    ],
)
def test_outcome_follows_from_what_was_seen(yields, outcome: Outcome, reason: str) -> None:
    result = run(*yields)
    assert (result.outcome, result.reason.key) == (outcome, f"check.reason.{reason}")
    assert result.unanswered is False


@pytest.mark.parametrize(
    ("yields", "answers", "outcome", "unanswered"),
    [
        ((), (), Outcome.UNKNOWN, True),
        ((WARNING,), (), Outcome.FAIL, True),
        ((DOUBT,), (), Outcome.UNKNOWN, True),
        ((), YES, Outcome.PASS, False),
        ((DOUBT,), YES, Outcome.PASS, False),
        ((INFO,), YES, Outcome.PASS, False),
        ((WARNING,), YES, Outcome.FAIL, False),
        ((), NO, Outcome.FAIL, False),
        ((INFO,), NO, Outcome.FAIL, False),
    ],
)
def test_a_check_that_asks(yields, answers, outcome: Outcome, unanswered: bool) -> None:
    result = run(*yields, spec=ASKS, answers=answers)
    assert (result.outcome, result.unanswered) == (outcome, unanswered)
    assert result.attestation == (answers[0] if answers else None)


def test_an_answer_that_has_run_out_is_asked_again() -> None:
    old = Attestation(check="STO004", answer=Outcome.PASS, valid_until="2026-02-28", expired=True)
    result = run(spec=ASKS, answers=(old,))
    assert (result.outcome, result.unanswered, result.attestation) == (Outcome.UNKNOWN, True, None)
    assert (result.reason.key, result.reason.values) == ("check.reason.answer_expired", {"until": "2026-02-28"})


@pytest.mark.parametrize(
    ("answers", "yields", "outcome"),
    [
        (YES, (DOUBT,), Outcome.PASS),
        (YES, (WARNING,), Outcome.FAIL),
        (NO, (), Outcome.FAIL),
        (YES, (), Outcome.PASS),
    ],
)
def test_an_answer_decides_what_the_machine_could_not_see_and_nothing_else(answers, yields, outcome: Outcome) -> None:
    assert run(*yields, answers=answers).outcome is outcome


def test_findings_are_complete_and_in_order() -> None:
    yields = (
        finding(SPEC, ref("z"), severity=Severity.INFO),
        finding(SPEC, ref("b", namespace="a")),
        finding(SPEC, ref("web")),
        finding(SPEC, ref("c"), severity=Severity.BLOCKER),
    )
    result = run(*yields, evidence(SPEC, "seen", number=1))
    assert [(f.severity.value, str(f.subject)) for f in result.findings] == [
        ("blocker", "Service shop/c"),
        ("warning", "Service a/b"),
        ("warning", "Service shop/web"),
        ("info", "Service shop/z"),
    ]
    assert {f.check for f in result.findings} == {"STO004"}
    assert [f.file for f in result.findings] == ["", "", "all.yaml", ""]
    assert [m.values for m in result.evidence] == [{"number": 1}]


def test_a_check_of_the_other_strategy_does_not_apply() -> None:
    spec = spec_of(strategies=frozenset({Strategy.UPGRADE}), asks=True)
    result = run(WARNING, spec=spec, strategy="migrate")
    assert (result.outcome, result.findings, result.unanswered) == (Outcome.NOT_APPLICABLE, (), False)
    assert result.reason.key == "check.reason.not_for_migrate"


def test_a_target_outside_the_range_does_not_apply() -> None:
    spec = spec_of(applies=VersionRange.parse(">=1.27"))
    result = run(WARNING, spec=spec, target="v1.25.3-r0")
    assert (result.outcome, result.findings) == (Outcome.NOT_APPLICABLE, ())
    assert "1.27" in say(result.reason, "en")
    assert "1.25.3" in say(result.reason, "en")
    assert run(WARNING, spec=spec, target="1.27").outcome is Outcome.FAIL


def test_missing_sections_are_all_named() -> None:
    spec = spec_of(needs=frozenset({Section.VOLUMES, Section.NODES, Section.CLAIMS}), asks=True)
    result = run(WARNING, spec=spec, given={"absent": ["volumes", "nodes"]})
    assert (result.outcome, result.findings, result.unanswered) == (Outcome.UNKNOWN, (), True)
    assert result.reason.values["sections"] == ["nodes", "volumes"]
    assert "节点、存储卷" in say(result.reason, "zh")


def test_a_check_that_raises_is_unknown_and_the_others_still_run(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_) -> Iterator[Yield]:
        yield WARNING
        raise KeyError("password-of-the-customer")

    checks = [
        RegisteredCheck(spec=spec_of(code="STO001"), evaluate=broken),
        RegisteredCheck(spec=SPEC, evaluate=lambda _: iter((WARNING,))),
    ]
    with caplog.at_level(logging.ERROR):
        first, second = run_checks(context_of(snapshot_of()), (), checks)
    assert (first.outcome, first.reason.key, first.findings) == (Outcome.UNKNOWN, "check.reason.check_error", ())
    assert first.reason.values == {"error": "KeyError"}
    assert second.outcome is Outcome.FAIL
    assert "check=STO001 error=KeyError" in caplog.text
    assert "broken" in caplog.text
    assert "password-of-the-customer" not in caplog.text
    answered, _ = run_checks(context_of(snapshot_of()), (Attestation(check="STO001", answer=Outcome.PASS),), checks)
    assert (answered.outcome, answered.reason.key) == (Outcome.PASS, "check.reason.answered_pass")


@pytest.mark.parametrize(
    ("options", "answerable"),
    [
        ({"yields": (DOUBT,)}, True),
        ({"yields": (DOUBT,), "answers": YES}, True),
        ({"given": {"absent": ["volumes"]}, "spec": spec_of(needs=frozenset({Section.VOLUMES}))}, True),
        ({"spec": ASKS}, True),
        ({"yields": (WARNING,), "spec": ASKS}, True),
        ({}, False),
        ({"yields": (WARNING,)}, False),
        ({"spec": spec_of(strategies=frozenset({Strategy.UPGRADE}), asks=True), "answers": YES}, False),
    ],
)
def test_what_is_unknown_can_be_answered_and_what_does_not_apply_cannot(options, answerable: bool) -> None:
    assert run(*options.pop("yields", ()), **options).may_be_answered is answerable


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ((Attestation(check="CLU999", answer=Outcome.PASS),), "answer_unknown_check"),
        ((*YES, *NO), "answer_twice"),
        ((Attestation(check="STO004", answer=Outcome.UNKNOWN),), "answer_outcome"),
    ],
)
def test_answers_that_make_no_sense_are_refused(answers, code: str) -> None:
    with pytest.raises(MigratorError) as caught:
        run(answers=answers)
    assert caught.value.code == code
    for lang in ("zh", "en"):
        assert answers[-1].check in caught.value.message(lang)


def test_the_same_inputs_give_the_same_results() -> None:
    first, second = (run_checks(context_of(snapshot_of())) for _ in range(2))
    assert first == second

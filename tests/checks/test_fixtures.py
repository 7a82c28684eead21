"""Every check has fixtures: a case in which it passes, one in which it fails and one in which it cannot tell.

Of a check that a person answers these are the two answers and none. What a check by its nature cannot be stands with
the reason in ``never.yaml``.
"""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from migrator.checks.registry import RegisteredCheck, all_checks
from migrator.checks.spec import Outcome, Severity
from tests.checks.support import HERE, case_files, cases

_WANTED = (Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN)
_CHECKS = all_checks()
_NEVER: dict[str, dict[str, str]] = yaml.safe_load((HERE / "never.yaml").read_text("utf-8"))


def covered() -> dict[str, set[Outcome]]:
    """The outcomes that the cases of each check expect; ``test_cases`` holds the checks to them."""
    found: dict[str, set[Outcome]] = {}
    for code, _, case in cases():
        found.setdefault(code, set()).add(Outcome(case["expect"]["outcome"]))
    return found


def test_every_check_has_a_case_for_each_outcome() -> None:
    found = covered()
    missing = {
        f"{spec.code} {spec.slug}": absent
        for spec in (c.spec for c in _CHECKS)
        if (absent := [o.value for o in _WANTED if o not in found.get(spec.code, ()) and o not in never(spec.code)])
    }
    assert missing == {}
    assert {file.stem for file in case_files()} == {c.spec.code for c in _CHECKS}


def test_every_question_has_a_case_of_each_answer_and_of_none() -> None:
    missing = [c.spec.code for c in _CHECKS if c.spec.asks and not _is_asked(_of(c))]
    assert missing == []


def test_a_failed_case_names_what_was_found() -> None:
    """Only an answer may fail a check without a finding."""
    for code, name, case in cases():
        expect = case["expect"]
        if expect["outcome"] == "fail" and "answer" not in case:
            assert expect.get("findings"), f"{code} {name}"


@pytest.mark.parametrize("code", sorted(_NEVER))
def test_what_a_check_never_is_has_its_reason(code: str) -> None:
    (check,) = (c for c in _CHECKS if c.spec.code == code)
    assert never(code) == {Outcome.FAIL}
    assert all(_NEVER[code].values())
    assert check.spec.severity is Severity.INFO
    assert not check.spec.may_ask
    assert Outcome.FAIL not in covered()[code]


def never(code: str) -> set[Outcome]:
    return {Outcome(name) for name in _NEVER.get(code, {})}


def _of(check: RegisteredCheck) -> list[dict[str, Any]]:
    return [case for code, _, case in cases() if code == check.spec.code]


def _is_asked(own: list[dict[str, Any]]) -> bool:
    """Open without an answer, and as the answer says with one."""
    asked = any(c["expect"].get("unanswered") and "answer" not in c for c in own)
    told = {(c.get("answer"), c["expect"]["outcome"]) for c in own}
    return asked and {("pass", "pass"), ("fail", "fail")} <= told

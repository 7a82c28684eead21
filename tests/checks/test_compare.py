"""Two assessments side by side."""

from __future__ import annotations

import msgspec
import pytest

from migrator.checks.compare import Side, compare
from migrator.checks.spec import Finding, Outcome, Severity
from migrator.snapshot.model import ObjectRef


def finding(check: str, name: str) -> Finding:
    subject = ObjectRef(api_version="v1", kind="Service", namespace="shop", name=name)
    return Finding(check=check, severity=Severity.WARNING, subject=subject, message=f"check.{check}.finding")


def side(outcomes: dict[str, Outcome], *findings: Finding, target: str = "v1.25") -> Side:
    return Side(source="v1.15", target=target, strategy="upgrade", outcomes=outcomes, findings=findings)


FAIL = {"NET001": Outcome.FAIL}
PASS = {"NET001": Outcome.PASS}


def names(findings: tuple[Finding, ...]) -> list[str]:
    return [f.subject.name for f in findings]


def test_every_finding_is_new_fixed_or_unchanged() -> None:
    changed = msgspec.structs.replace(finding("NET001", "b"), values={"count": 2})
    found = compare(
        side(FAIL, finding("NET001", "a"), finding("NET001", "b")), side(FAIL, changed, finding("NET001", "c"))
    )
    assert (names(found.fixed), names(found.unchanged), names(found.new)) == (["a"], ["b"], ["c"])
    assert found.unchanged[0].values == {"count": 2}
    assert (found.not_comparable, found.remarks) == ((), ())


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ({"NET001": Outcome.UNKNOWN}, FAIL, "old.unknown"),
        ({"NET001": Outcome.NOT_APPLICABLE}, FAIL, "old.not_applicable"),
        ({}, FAIL, "old.missing"),
    ],
)
def test_what_the_baseline_did_not_look_at_is_not_new(old: dict, new: dict, reason: str) -> None:
    found = compare(side(old), side(new, finding("NET001", "a")))
    assert found.new == ()
    (doubt,) = found.not_comparable
    assert (doubt.check, doubt.reason.key, names(doubt.findings)) == (
        "NET001",
        f"baseline.not_comparable.{reason}",
        ["a"],
    )


@pytest.mark.parametrize(("new", "reason"), [({"NET001": Outcome.UNKNOWN}, "new.unknown"), ({}, "new.missing")])
def test_what_is_no_longer_looked_at_is_not_fixed(new: dict, reason: str) -> None:
    found = compare(side(FAIL, finding("NET001", "a")), side(new))
    assert found.fixed == ()
    assert [d.reason.key for d in found.not_comparable] == [f"baseline.not_comparable.{reason}"]


def test_a_check_that_neither_could_decide_is_no_difference() -> None:
    assert compare(side({"NET001": Outcome.UNKNOWN}), side({"NET001": Outcome.UNKNOWN})).not_comparable == ()


def test_another_target_is_told() -> None:
    (remark,) = compare(side(PASS), side(PASS, target="v1.27")).remarks
    assert (remark.key, remark.values) == ("baseline.remark.target", {"old": "v1.25", "new": "v1.27"})

"""Every case of every check: the outcome and the whole of what was found, not only how much."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from migrator.checks.registry import find_check
from migrator.checks.runner import run_checks
from migrator.checks.spec import CheckResult
from migrator.locale import LANGS, catalogue, say, text
from tests.checks.support import answers_of, cases, context_of, given_of, snapshot_of

_CASES = cases()
_OPTIONS = ("source", "target", "strategy", "profile")


def run(code: str, case: dict[str, Any]) -> CheckResult:
    context = context_of(snapshot_of(given_of(case)), **{k: case[k] for k in _OPTIONS if k in case})
    (result,) = run_checks(context, answers_of(code, case), [find_check(code)])
    return result


def shown(result: CheckResult) -> dict[str, Any]:
    """The result in the words of a case file."""
    start = f"check.{result.slug}."
    return {
        "outcome": result.outcome.value,
        "findings": [
            {
                "severity": f.severity.value,
                "subject": str(f.subject),
                "is": f.message.removeprefix(start),
                "values": f.values,
                "file": f.file,
            }
            for f in result.findings
        ],
        "unresolved": [str(u.subject) for u in result.unresolved],
        "evidence": [{m.key.removeprefix(start + "evidence."): msgspec.to_builtins(m.values)} for m in result.evidence],
        "reason": result.reason.key.removeprefix("check.reason."),
        "unanswered": result.unanswered,
    }


def expected(case: dict[str, Any], severity: str) -> dict[str, Any]:
    """A case without ``reason``, ``evidence`` or ``unanswered`` leaves them open; its findings are always complete."""
    want = dict(case["expect"])
    want["findings"] = [
        {"severity": severity, "values": {}, "file": "", **finding, "is": _variant(finding)}
        for finding in want.get("findings", [])
    ]
    want.setdefault("unresolved", [])
    return want


def _variant(finding: dict[str, Any]) -> str:
    return "finding." + finding["is"] if "is" in finding else "finding"


@pytest.mark.parametrize(("code", "name", "case"), _CASES, ids=[f"{code}-{name}" for code, name, _ in _CASES])
def test_case(code: str, name: str, case: dict[str, Any]) -> None:
    result = run(code, case)
    want = expected(case, result.severity.value)
    got = shown(result)
    assert {key: got[key] for key in want} == want
    assert name.startswith(result.outcome.value.replace("not_applicable", "na"))
    for lang in LANGS:
        assert say(result.reason, lang)
        for message in (*result.evidence, *(u.reason for u in result.unresolved)):
            assert "{" not in say(message, lang)
        for finding in result.findings:
            assert "{" not in text(finding.message, lang, **finding.values)


def test_finding_keys_are_unique() -> None:
    for code, name, case in _CASES:
        keys = [f.key for f in run(code, case).findings]
        assert len(keys) == len(set(keys)), f"{code} {name}"


def test_every_sentence_of_a_check_is_said_in_some_case() -> None:
    said = set()
    for code, _, case in _CASES:
        result = run(code, case)
        said |= {f.message for f in result.findings} | {m.key for m in result.evidence}
        said |= {u.reason.key for u in result.unresolved}
    parts = (".finding", ".evidence", ".unresolved")
    written = {key for key in catalogue() if key.startswith("check.") and any(part in key for part in parts)}

    def own(keys: set[str]) -> set[str]:
        return {key for key in keys if not key.startswith("check.reason.")}  # those of the runner serve all checks

    assert own(said) == own(written)

"""What pipelines get: SARIF, JUnit, a baseline, waivers; read back by their own parsers."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from migrator.checks.registry import all_checks
from tests.unit.cli.run import ROOT, run

SAMPLE = ROOT / "docs/sample/yunhe-mall"
ASSESS = ("assess", SAMPLE, "--target", "1.31", "--on", "2026-03-01")


@pytest.fixture(scope="module")
def verdict() -> dict:
    return json.loads(run(*ASSESS, "--format", "json").out)


def test_sarif_tells_every_finding_with_its_file_and_every_open_check(verdict: dict) -> None:
    done = run(*ASSESS, "--format", "sarif")
    document = json.loads(done.out)
    assert done.code == 1
    assert (document["version"], len(document["runs"])) == ("2.1.0", 1)
    told = document["runs"][0]
    rules = [rule["id"] for rule in told["tool"]["driver"]["rules"]]
    assert rules == [c.spec.code for c in all_checks()]
    assert {r["ruleId"] for r in told["results"]} <= set(rules)
    findings = [r for r in told["results"] if r.get("kind") != "open"]
    assert [r["partialFingerprints"]["finding/v1"] for r in findings] == [f["key"] for f in verdict["findings"]]
    assert [r["ruleId"] for r in told["results"] if r.get("kind") == "open"] == [
        r["check"] for r in verdict["results"] if r["outcome"] == "unknown" or r["unanswered"] or r["unresolved"]
    ]
    first = findings[0]["locations"][0]
    assert first["logicalLocations"][0]["fullyQualifiedName"]
    files = [r["locations"][0].get("physicalLocation") for r in findings]
    assert {f["artifactLocation"]["uri"] for f in files if f} == {f["file"] for f in verdict["findings"] if f["file"]}


def test_junit_counts_every_check_once_and_unknown_is_no_pass(verdict: dict) -> None:
    root = Xml.fromstring(run(*ASSESS, "--format", "junit", lang="zh").out.encode())
    cases = {case.get("name", "").split()[0]: case for case in root.iter("testcase")}
    assert cases.keys() == {r["check"] for r in verdict["results"]}
    for result in verdict["results"]:
        case = cases[result["check"]]
        shown = {child.tag for child in case} - {"system-out"}
        if result["outcome"] == "fail":
            assert shown == {"failure"}
        elif result["outcome"] == "not_applicable":
            assert shown == {"skipped"}
        else:
            assert shown == ({"error"} if result["outcome"] == "unknown" or result["unresolved"] else set())
    for suite in root:
        assert suite.get("tests") == str(len(suite))
        assert suite.get("failures") == str(len(suite.findall("testcase/failure")))


def test_a_baseline_names_what_is_new_and_what_is_fixed(verdict: dict, tmp_path: Path) -> None:
    one, *rest = verdict["findings"]
    gone = {**one, "subject": {**one["subject"], "name": "gone"}}
    baseline = tmp_path / "before.json"
    baseline.write_text(json.dumps({**verdict, "findings": [gone, *rest]}), "utf-8")
    compared = json.loads(run(*ASSESS, "--baseline", baseline, "--format", "json").out)["comparison"]
    assert [f["subject"]["name"] for f in compared["fixed"]] == ["gone"]
    assert [f["key"] for f in compared["new"]] == [one["key"]]
    text = run(*ASSESS, "--baseline", baseline, lang="zh").out
    shown = text.partition("与基准相比")[2]
    places = [shown.index(f"  {word} ") for word in ("新增", "已解决", "无法比较", "未变")]
    assert places == sorted(places)
    assert list(compared)[:4] == ["new", "fixed", "not_comparable", "unchanged"]
    states = json.loads(run(*ASSESS, "--baseline", baseline, "--format", "sarif").out)["runs"][0]["results"]
    known = Counter(r["baselineState"] for r in states)
    assert known == {"absent": 1, "new": 1, "unchanged": len(states) - 2}
    assert not any("properties" in r for r in states)


def test_with_a_baseline_every_result_has_a_state(verdict: dict, tmp_path: Path) -> None:
    """Also those of checks that only one of the two could decide: an open one, and one that was open before."""
    undecided = next(r for r in verdict["results"] if r["outcome"] == "unknown")["check"]
    decided = verdict["findings"][0]["check"]
    results = [
        {**r, "outcome": {undecided: "pass", decided: "unknown"}.get(r["check"], r["outcome"])}
        for r in verdict["results"]
    ]
    kept = [f for f in verdict["findings"] if f["check"] != decided]
    baseline = tmp_path / "before.json"
    baseline.write_text(json.dumps({**verdict, "results": results, "findings": kept}), "utf-8")
    told = json.loads(run(*ASSESS, "--baseline", baseline, "--format", "sarif", lang="en").out)["runs"][0]["results"]
    assert {r["ruleId"] for r in told if r["baselineState"] == "new"} == {undecided, decided}
    assert {r["baselineState"] for r in told} == {"new", "unchanged"}
    assert {r["ruleId"] for r in told if r.get("properties", {}).get("notComparable")} == {undecided, decided}


def test_a_file_that_is_no_baseline_is_refused_by_name(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text('{"source": 1}', "utf-8")
    done = run(*ASSESS, "--baseline", wrong)
    assert (done.code, done.out) == (3, "")
    assert "wrong.json" in done.err


def test_waivers_take_findings_out_of_the_verdict_until_their_day(verdict: dict, tmp_path: Path) -> None:
    blocking = {f["check"] for f in verdict["findings"] if f["severity"] == "blocker"}
    entries = [
        f"- {{check: {c}, name: '*', reason: agreed, approver: Li, until: 2026-03-01}}" for c in sorted(blocking)
    ]
    decided = tmp_path / "decided.yaml"
    decided.write_text("waivers:\n" + "\n".join(entries), "utf-8")
    waived = run(*ASSESS, "--answers", decided, "--format", "json")
    assert waived.code == 2
    assert json.loads(waived.out)["readiness"] == "incomplete"
    assert {w["state"] for w in json.loads(waived.out)["waivers"]} == {"applied"}
    later = run(*ASSESS[:-1], "2026-03-02", "--answers", decided)
    assert later.code == 1
    assert "ran out on 2026-03-01" in later.out
    results = json.loads(run(*ASSESS, "--answers", decided, "--format", "sarif").out)["runs"][0]["results"]
    assert sum("suppressions" in r for r in results) == sum(f["check"] in blocking for f in verdict["findings"])


@pytest.mark.parametrize("day", ["tomorrow", "2026-02-30"])
def test_a_day_that_is_none_is_refused(day: str) -> None:
    done = run(*ASSESS[:-1], day)
    assert (done.code, done.out) == (3, "")
    assert day in done.err

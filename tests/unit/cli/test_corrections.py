"""``--corrections FILE``: the facts that a command works with, and what it says of each correction."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.cli.run import ROOT, Done

Call = Callable[..., Done]
DUMP = ROOT / "tests" / "golden" / "compare" / "old.yaml"
CORRECTIONS = """\
- {section: volumes, key: pv-data, field: reclaim_policy, value: Retain, read: Delete, reason: console}
- {section: services, key: shop/web, field: load_balancer, value: dedicated, read: shared, reason: console}
- {section: nodes, key: 192.168.0.13, field: private_ips, value: [192.168.0.13], reason: console}
- {section: nodes, key: node-gone, field: kind, value: vm, reason: console}
"""


@pytest.fixture
def corrections(tmp_path: Path) -> Path:
    file = tmp_path / "corrections.yaml"
    file.write_text(CORRECTIONS, "utf-8")
    return file


def test_inspect_says_what_became_of_each(call: Call, corrections: Path) -> None:
    done = call("inspect", DUMP, "--corrections", corrections, "--format", "json")

    told = json.loads(done.out)["corrections"]
    assert [(c["key"], c["state"], c["read"]) for c in told] == [
        ("pv-data", "applied", "Delete"),
        ("shop/web", "conflict", "classic"),
        ("192.168.0.13", "obsolete", ["192.168.0.13"]),
        ("node-gone", "unused", None),
    ]
    assert done.code == 0


def test_what_calls_for_a_person_is_told_on_stderr(call: Call, corrections: Path) -> None:
    english, chinese = (call("inspect", DUMP, "--corrections", corrections, lang=lang) for lang in ("en", "zh"))

    assert [line.partition(",")[0] for line in english.err.splitlines()] == [
        "migrator: Services shop/web",
        "migrator: nodes 192.168.0.13",
        'migrator: nodes node-gone is not in the dump; the correction of its kind to "virtual machine" was not used.',
    ]
    assert "Corrections (4)" in english.out
    assert "人工更正（4 条）" in chinese.out
    assert "读取为“Delete”，更正为“Retain”" in chinese.out


def test_an_assessment_is_of_the_corrected_facts(call: Call, corrections: Path) -> None:
    def findings(*more: object) -> tuple[set[str], str]:
        done = call("assess", DUMP, "--target", "1.25", "--format", "json", *more)
        document = json.loads(done.out)
        return {f["check"] for f in document["findings"]}, document["digests"]["snapshot"]

    read, corrected = findings(), findings("--corrections", corrections)
    assert "STO004" in read[0], "the volume would be deleted with its claim"
    assert "STO004" not in corrected[0]
    assert read[1] != corrected[1]


def test_a_plan_is_made_with_the_corrected_facts(call: Call, corrections: Path, tmp_path: Path) -> None:
    done = call(
        "plan", DUMP, "--target", "1.25", "--corrections", corrections, "--out", tmp_path / "o", "--formats", "json"
    )

    assert done.code in (1, 2)
    assert "node-gone" in done.err
    assert (tmp_path / "o" / "runbook-zh.json").exists()


def test_a_broken_file_is_refused_before_anything_is_read(call: Call, tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("- {section: volumes}")

    done = call("inspect", "does-not-exist", "--corrections", broken)
    assert (done.code, done.out) == (3, "")
    assert "broken.yaml" in done.err

"""Playbooks beside the two strategies for a cluster that has its target version already."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.cli import main
from migrator.engine import Request, assess, compile_runbook
from migrator.errors import MigratorError
from migrator.locale import LANGS
from migrator.runbook.compiler import STAYING
from migrator.snapshot.read import read_paths

SAMPLE = Path(__file__).parents[3] / "docs" / "sample"  # a cluster of 1.13.10


@pytest.mark.parametrize("playbook", sorted(STAYING))
def test_a_cluster_at_its_target_gets_the_playbook(playbook: str, tmp_path: Path) -> None:
    given = ["plan", str(SAMPLE), "--target", "1.13", "--playbook", playbook, "--formats", "md", "--out", str(tmp_path)]
    assert main(given) in (0, 1, 2)
    assert list(tmp_path.glob("runbook-*.md"))


@pytest.mark.parametrize("playbook", sorted(STAYING))
def test_its_runbook_crosses_no_version(playbook: str) -> None:
    snapshot = read_paths([SAMPLE])
    wanted = next(p for p in STAYING if p.value == playbook)
    runbook = compile_runbook(snapshot, assess(snapshot, Request(target="1.13", stays=True)), playbook=wanted)
    assert runbook.source == runbook.target
    assert runbook.phases


def test_strategies_still_need_a_newer_target() -> None:
    snapshot = read_paths([SAMPLE])
    with pytest.raises(MigratorError) as refused:
        assess(snapshot, Request(target="1.13"))
    assert refused.value.code == "target_not_above_source"
    assert not any("--" in refused.value.message(lang) for lang in LANGS), "it is said in the service too"


@pytest.mark.parametrize("target", ["1.11", "1.13.9", "v1.13.9-r3"])
def test_an_older_target_is_refused_for_every_playbook(target: str) -> None:
    snapshot = read_paths([SAMPLE])
    with pytest.raises(MigratorError) as refused:
        assess(snapshot, Request(target=target, stays=True))
    assert refused.value.code == "target_not_above_source"

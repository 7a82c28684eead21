"""Cells and warnings built from values of an enumeration: each value has its word."""

from __future__ import annotations

from enum import StrEnum

import pytest

from migrator.catalog.loader import shipped_catalog
from migrator.checks.spec import Severity
from migrator.locale import LANGS, catalogue, say
from migrator.runbook.application.form import Exposure
from migrator.runbook.holdings import Transfer
from migrator.runbook.model import Playbook
from migrator.runbook.steps.precautions import told
from migrator.runbook.steps.services import _KINDS
from migrator.snapshot.model import LoadBalancerKind, NodeKind, StorageKind

FAMILIES: dict[str, type[StrEnum]] = {
    "playbook.": Playbook,
    "table.value.storage_": StorageKind,
    "table.value.transfer_": Transfer,
    "table.value.node_": NodeKind,
    "table.value.balancer_kind_": LoadBalancerKind,
}


@pytest.mark.parametrize(("prefix", "members"), FAMILIES.items(), ids=FAMILIES.keys())
def test_every_value_has_its_word(prefix: str, members: type[StrEnum]) -> None:
    assert [m for m in members if prefix + m.value not in catalogue()] == []


def test_every_kind_of_load_balancer_has_a_successor_and_a_warning() -> None:
    assert set(_KINDS) == set(LoadBalancerKind)
    for kind in _KINDS.values():
        assert {f"table.value.balancer_{kind.note}", f"runbook.warning.balancer_{kind.note}"} <= catalogue().keys()


def test_severities_that_are_gated_have_their_words() -> None:
    assert {f"table.value.severity_{s.value}" for s in (Severity.BLOCKER, Severity.WARNING)} <= catalogue().keys()


def test_every_known_risk_is_told_in_both_languages() -> None:
    for risk in shipped_catalog().known_risks:
        for sentences in (risk.title, risk.remedy):
            assert {lang: say(told(sentences), lang) for lang in LANGS} == sentences


WORDS = {
    "table.value.fate_volume_": ("delete", "retain", "bucket", "local", "other"),
    "table.value.keep_volume_": ("delete", "retain", "bucket", "local", "other"),
    "table.value.fate_balancer_": ("auto", "given", "dnat", "unknown"),
    "table.value.keep_balancer_": ("auto", "given", "dnat", "unknown"),
    "table.value.hibernated_": ("pay_per_use", "yearly_monthly", "unknown"),
    "table.value.asleep_": ("pay_per_use", "yearly_monthly", "unknown"),
    "table.value.nodes_": ("pay_per_use", "yearly_monthly", "unknown"),
    "table.value.fate_node_": ("pay_per_use", "yearly_monthly", "unknown"),
    "table.value.keep_node_": ("pay_per_use", "yearly_monthly", "unknown"),
    "do.release_": ("pay_per_use", "yearly_monthly", "unknown"),
    "table.value.budget_": ("blocks", "lets", "unknown"),
    "table.value.zone_": ("kept", "without_node"),
    "table.value.pool_": ("fixed", "grew", "may_grow"),
    "table.value.log_": ("stdout", "file", "new"),
    "table.value.quota_": ("new", "kept"),
    "app.exposure.": tuple(Exposure),
}


@pytest.mark.parametrize("prefix", WORDS)
def test_every_word_of_a_cell_exists(prefix: str) -> None:
    assert [word for word in WORDS[prefix] if f"{prefix}{word}" not in catalogue()] == []


@pytest.mark.parametrize("status", ["read", "partial", "unreadable", "not_recognised"])
def test_every_state_of_an_input_has_its_word(status: str) -> None:
    assert f"table.value.input_{status}" in catalogue()

"""Cells and warnings built from values of an enumeration: each value has its word."""

from __future__ import annotations

from enum import StrEnum

import pytest

from migrator.catalog.loader import shipped_catalog
from migrator.checks.spec import Severity
from migrator.locale import catalogue
from migrator.runbook.holdings import Transfer
from migrator.runbook.model import Playbook
from migrator.runbook.steps.precautions import precautions
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


def test_precautions_of_every_known_hop_have_their_words() -> None:
    hops = [hop for profile in shipped_catalog().profiles for hop in profile.hops]
    assert hops
    assert {w.key for hop in hops for w in precautions(hop)} <= catalogue().keys()


@pytest.mark.parametrize("status", ["read", "partial", "unreadable", "not_recognised"])
def test_every_state_of_an_input_has_its_word(status: str) -> None:
    assert f"table.value.input_{status}" in catalogue()

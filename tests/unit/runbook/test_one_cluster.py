"""Playbooks that stay on one cluster speak of no old one; those that leave it go on to say which they mean."""

from __future__ import annotations

import pytest

from migrator.catalog.model import Mode
from migrator.locale import Lang
from migrator.render.markdown import render_markdown
from migrator.runbook.model import Playbook, Runbook, Where
from tests.unit.runbook.clusters import beside, by_key, hop, migrate, on_flex_volume, shop, steps_of, upgrade

ON_ONE = {
    "upgrade": upgrade(shop(), hop("1.13", "1.15"), hop("1.15", "1.17")),
    "reset": upgrade(shop(), hop("1.15", "1.17", mode=Mode.RESET)),
    "flex": upgrade(on_flex_volume(), hop("1.15", "1.17")),
    "nodes": beside(shop(), Playbook.NODES),
}
WORDS: dict[Lang, str] = {"zh": "老集群", "en": "old cluster"}


@pytest.mark.parametrize("runbook", ON_ONE.values(), ids=ON_ONE)
@pytest.mark.parametrize("lang", WORDS)
def test_the_document_speaks_of_the_cluster(runbook: Runbook, lang: Lang) -> None:
    document = render_markdown(runbook, lang)
    assert [line for line in document.splitlines() if WORDS[lang] in line.lower()] == []
    assert ("新老集群" in document, "both clusters" in document) == (False, False)
    places = {a.where for s in steps_of(runbook) for a in (*s.actions, *s.verify, *s.rollback)}
    assert Where.CLUSTER in places
    assert not places & {Where.OLD_CLUSTER, Where.OLD_NODE}


@pytest.mark.parametrize("lang", WORDS)
def test_a_migration_says_which_of_two_clusters_is_meant(lang: Lang) -> None:
    runbook = migrate(shop())
    step = by_key(runbook)["prepare.settings"]
    assert {a.where for a in (*step.actions, *step.verify)} == {Where.BASTION, Where.OLD_NODE}
    titled = render_markdown(runbook, lang)
    assert {"zh": "备份老集群全部 YAML", "en": "Back up all YAML of the old cluster"}[lang] in titled


def test_kubeconfigs_of_a_cluster_that_stays_are_not_withdrawn() -> None:
    said = [a.text.key for a in by_key(ON_ONE["nodes"])["rolling.clear"].actions if a.text]
    assert said == ["do.delete_old_pools", "do.remove_node_addresses"]

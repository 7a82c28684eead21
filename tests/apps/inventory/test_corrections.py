"""Corrections in the service: kept beside what was read, judged at every import, part of what plans work with."""

from __future__ import annotations

import pytest

from apps.core.errors import Conflict, ServiceError
from apps.inventory import corrections, selectors
from apps.inventory.models import Correction
from apps.inventory.services import import_start_from_paths
from apps.operations.runner import run_operation
from apps.planning.selectors import plan_route
from migrator.errors import InputError
from migrator.snapshot import codec
from migrator.snapshot.model import NodeKind
from tests.conftest import SMALL_DUMP

NODE = {"section": "nodes", "key": "node-1", "field": "kind"}


def make(cluster, actor, value="bare_metal", **subject):
    return corrections.correction_make(
        cluster=cluster, actor=actor, value=value, reason="seen on the console", **(NODE | subject)
    )


@pytest.fixture
def import_again(imported, manager, small_dump):
    """Imports a changed dump as the next snapshot of the same cluster."""

    def run(old: bytes, new: bytes):
        assert old in SMALL_DUMP
        small_dump.write_bytes(SMALL_DUMP.replace(old, new))
        operation = import_start_from_paths(cluster=imported.cluster, actor=manager, paths=[small_dump])
        assert run_operation(str(operation.uid))
        return selectors.latest_snapshot(imported.cluster)

    return run


def test_what_was_read_stays_and_the_facts_to_work_with_change(imported, manager):
    row = make(imported.cluster, manager)

    assert (row.state, row.read_value, row.found_value, row.created_by) == ("applied", "unknown", "unknown", manager)
    facts = selectors.effective_facts(imported)
    assert facts.nodes[0].kind is NodeKind.BARE_METAL
    imported.refresh_from_db()
    assert codec.digest(facts) != imported.digest
    corrections.correction_withdraw(row, actor=manager)
    assert codec.digest(selectors.effective_facts(imported)) == imported.digest


def test_a_correction_survives_an_import_and_is_judged_by_it(imported, manager, import_again):
    kind = make(imported.cluster, manager)
    image = make(imported.cluster, manager, field="eips", value=["203.0.113.99"])
    import_again(b"address: 203.0.113.7", b"address: 203.0.113.8")
    kind.refresh_from_db()
    image.refresh_from_db()
    assert (kind.state, kind.found_value) == ("applied", "unknown")
    assert (image.state, image.read_value, image.found_value) == ("conflict", ["203.0.113.7"], ["203.0.113.8"])
    latest = import_again(b"address: 203.0.113.7", b"address: 203.0.113.99")
    image.refresh_from_db()
    assert image.state == "obsolete"
    assert selectors.effective_facts(latest).nodes[0].kind is NodeKind.BARE_METAL
    import_again(b"name: node-1", b"name: node-2")
    kind.refresh_from_db()
    assert (kind.state, kind.found_value) == ("unused", None)


def test_confirming_takes_what_is_read_now_and_keeps_the_history(imported, manager, administrator, import_again):
    row = make(imported.cluster, manager, field="eips", value=["203.0.113.99"])
    import_again(b"address: 203.0.113.7", b"address: 203.0.113.8")
    made_at = row.created_at
    changed = corrections.correction_change(row, actor=administrator, value=["203.0.113.99"], reason="still so")

    assert (changed.uid, changed.state, changed.read_value) == (row.uid, "applied", ["203.0.113.8"])
    assert changed.created_by == administrator
    kept = Correction.objects.exclude(withdrawn_at=None).get()
    assert (kept.read_value, kept.reason, kept.created_by) == (["203.0.113.7"], "seen on the console", manager)
    assert (kept.withdrawn_by, kept.created_at) == (administrator, made_at)
    assert selectors.corrections_in_force(imported.cluster).count() == 1


def test_what_makes_no_sense_is_refused(imported, manager, cluster):
    row = make(imported.cluster, manager)
    for code, kind, given in (
        ("correction_exists", Conflict, {}),
        ("correction_subject_missing", ServiceError, {"key": "node-9"}),
        ("correction_says_nothing", ServiceError, {"field": "private_ips", "value": ["10.0.0.11"]}),
        ("correction_value", InputError, {"field": "eips", "value": "x"}),
        ("correction_field", InputError, {"field": "name"}),
        ("correction_section", InputError, {"section": "pods"}),
        ("correction_key", InputError, {"key": ""}),
    ):
        with pytest.raises(kind) as caught:
            make(imported.cluster, manager, **given)
        assert caught.value.code == code
    corrections.correction_withdraw(row, actor=manager)
    for again in (corrections.correction_withdraw, _change):
        with pytest.raises(Conflict) as caught:
            again(row, actor=manager)
        assert caught.value.code == "correction_withdrawn"
    assert Correction.objects.count() == 1


def _change(row, actor):
    return corrections.correction_change(row, actor=actor, value="vm", reason="x")


def test_without_a_snapshot_there_is_nothing_to_correct(cluster, manager):
    with pytest.raises(Conflict) as caught:
        make(cluster, manager)
    assert caught.value.code == "correction_without_snapshot"


def test_a_fact_is_corrected_field_by_field(imported, manager):
    def fact_correct(**values):
        return corrections.fact_correct(
            cluster=imported.cluster, actor=manager, section="nodes", key="node-1", values=values, reason="console"
        )

    def in_force():
        return {c.field: c.value for c in selectors.corrections_in_force(imported.cluster)}

    assert fact_correct(kind="vm", flavor="c3.large.2", private_ips=["10.0.0.11"]) == 2
    assert in_force() == {"kind": "vm", "flavor": "c3.large.2"}
    assert fact_correct(kind="vm", flavor="c3.xlarge.2") == 1
    assert in_force() == {"kind": "vm", "flavor": "c3.xlarge.2"}
    assert fact_correct(kind="unknown", flavor="c3.xlarge.2") == 1
    assert in_force() == {"flavor": "c3.xlarge.2"}


def test_plans_find_their_way_by_the_corrected_facts(plan, manager):
    before = plan_route(plan)
    subject = {"section": "cluster", "key": "", "field": "version"}
    make(plan.cluster, manager, value="v1.15.11-r1", **subject)
    assert (str(before.source), str(plan_route(plan).source)) == ("v1.13.10-r0", "v1.15.11-r1")


def test_an_assessment_carries_the_digest_of_the_corrected_facts(plan, manager):
    from apps.checklists.models import Assessment
    from apps.checklists.services import assessment_request

    make(plan.cluster, manager)
    operation = assessment_request(actor=manager, plan=plan)
    assert run_operation(str(operation.uid))

    row = Assessment.objects.get(operation=operation)
    assert row.snapshot_digest == codec.digest(selectors.effective_facts(row.snapshot))
    assert row.snapshot_digest != row.snapshot.digest


def test_an_import_judges_any_number_of_corrections_with_the_same_statements(
    imported, manager, import_again, django_assert_max_num_queries
):
    for field, value in (("kind", "vm"), ("flavor", "a"), ("zone", "b"), ("pool", "c"), ("os_image", "d")):
        make(imported.cluster, manager, field=field, value=value)
    facts = selectors.effective_facts(imported)
    with django_assert_max_num_queries(5):
        corrections.corrections_judge(cluster=imported.cluster, facts=facts)
    assert set(Correction.objects.values_list("state", flat=True)) == {"obsolete"}

"""What people enter beside the dump: it outlives imports and joins the facts; without it the facts stay untouched."""

from __future__ import annotations

import pytest

from apps.core.errors import Conflict
from apps.inventory import adapters, selectors, services
from apps.inventory.choices import Origin
from apps.inventory.models import AddressUse, NodeSetting
from migrator.snapshot import codec
from migrator.snapshot.model import Section, Snapshot


def enter_address(cluster, manager, address="10.0.0.11", location="whitelist of the order database", owner="DBA"):
    fields = {"address": address, "location": location, "owner": owner}
    return services.register_add(AddressUse, cluster=cluster, actor=manager, fields=fields)


def test_an_empty_register_leaves_the_digest_alone(imported):
    assert codec.digest(selectors.effective_facts(imported)) == imported.digest


def test_entries_join_the_facts_and_make_the_section_known(imported, cluster, manager):
    enter_address(cluster, manager)
    fields = {"node": "*", "category": "sysctl", "key": "net.core.somaxconn", "value": "32768"}
    services.register_add(NodeSetting, cluster=cluster, actor=manager, fields=fields)
    facts = selectors.effective_facts(imported)
    entered = [u for u in facts.address_uses if u.origin == "form"]
    assert [(u.address, u.location, u.owner) for u in entered] == [
        ("10.0.0.11", "whitelist of the order database", "DBA")
    ]
    assert [(s.key, s.value) for s in facts.node_settings if s.origin == "form"] == [("net.core.somaxconn", "32768")]
    assert facts.covers(Section.ADDRESS_USES)
    assert facts.covers(Section.NODE_SETTINGS)
    assert codec.decode(codec.encode(facts)) == facts


def test_the_order_of_entering_does_not_matter():
    rows = [AddressUse(address=a, location="dns") for a in ("10.0.0.2", "10.0.0.1", "10.0.0.1")]
    there, back = adapters.with_register(Snapshot(), rows, []), adapters.with_register(Snapshot(), rows[::-1], [])
    assert there == back
    assert [u.address for u in there.address_uses] == ["10.0.0.1", "10.0.0.2"]


def test_what_the_dump_says_already_is_not_said_twice(imported, cluster, manager):
    known = adapters.with_register(
        adapters.snapshot_facts(imported), [AddressUse(address="10.0.0.9", location="dns")], []
    )
    assert adapters.with_register(known, [AddressUse(address="10.0.0.9", location="dns")], []) is known


def test_entries_outlive_an_import(imported, cluster, manager, small_dump, data_folder, no_broker):
    from apps.operations.runner import run_operation

    entry = enter_address(cluster, manager)
    operation = services.import_start_from_paths(cluster=cluster, actor=manager, paths=[small_dump])
    run_operation(str(operation.uid))
    assert entry in selectors.register_entries(AddressUse, cluster)
    assert entry in selectors.found_and_entered(AddressUse, cluster)


def test_what_a_dump_told_cannot_be_changed(imported, cluster):
    row = AddressUse.objects.create(
        cluster=cluster, snapshot=imported, origin=Origin.DUMP, address="10.0.0.11", location="ConfigMap shop/app"
    )
    with pytest.raises(Conflict):
        services.register_change(row, fields={"address": "10.0.0.12"})
    with pytest.raises(Conflict):
        services.register_remove(row)


def test_only_the_latest_snapshots_finds_are_listed(imported, cluster, manager, small_dump, data_folder, no_broker):
    from apps.operations.runner import run_operation

    AddressUse.objects.create(
        cluster=cluster, snapshot=imported, origin=Origin.DUMP, address="192.0.2.1", location="only in the old snapshot"
    )
    operation = services.import_start_from_paths(cluster=cluster, actor=manager, paths=[small_dump])
    run_operation(str(operation.uid))
    listed = {row.location for row in selectors.found_and_entered(AddressUse, cluster)}
    assert "only in the old snapshot" not in listed

"""Corrections in the admin: a form on the page of a fact, a list with what became of each, a tab of the cluster."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.inventory import corrections, selectors
from apps.inventory.models import Correction, Node, Snapshot, Workload
from apps.inventory.services import import_start_from_paths
from apps.operations.runner import run_operation
from tests.conftest import ROOT

CHINESE = {"HTTP_ACCEPT_LANGUAGE": "zh-CN"}
ENGLISH = {"HTTP_ACCEPT_LANGUAGE": "en"}


@pytest.fixture
def node_form(imported):
    """The address of the form for the node, and the form as it is shown."""
    form = {"kind": "unknown", "private_ips": "10.0.0.11", "eips": "203.0.113.7", "exists": "true", "reason": "console"}
    form |= dict.fromkeys(("flavor", "zone", "pool", "os_image", "architecture", "billing"), "")
    form["runtime"] = "docker://18.9.0"
    return reverse("admin:inventory_node_correct", args=[imported.node_rows.get().pk]), form


def in_force(cluster):
    return {c.field: c.value for c in selectors.corrections_in_force(cluster)}


def test_changed_fields_become_corrections(admin_pages, administrator, imported, node_form):
    address, form = node_form
    page = admin_pages.get(address, **ENGLISH)
    assert page.status_code == 200
    assert b"In the dump: 203.0.113.7" in page.content
    assert {name: field.initial for name, field in page.context["form"].fields.items()}["eips"] == "203.0.113.7"
    changed = form | {"kind": "bare_metal", "eips": "203.0.113.9\n203.0.113.8\n", "billing": "yearly_monthly"}
    answer = admin_pages.post(address, changed)
    assert answer.status_code == 302, answer.context["form"].errors
    assert in_force(imported.cluster) == {
        "kind": "bare_metal",
        "eips": ["203.0.113.8", "203.0.113.9"],
        "billing": "yearly_monthly",
    }
    assert {c.created_by for c in Correction.objects.all()} == {administrator}
    again = admin_pages.get(address, **ENGLISH)
    assert again.context["form"].fields["kind"].initial == "bare_metal"
    assert "corrected by administrator: console" in again.content.decode()


def test_the_value_of_the_dump_takes_a_correction_back(admin_pages, imported, node_form):
    address, form = node_form
    admin_pages.post(address, form | {"kind": "bare_metal"})
    admin_pages.post(address, form | {"kind": "unknown"})
    assert in_force(imported.cluster) == {}
    assert Correction.objects.exclude(withdrawn_at=None).get().value == "bare_metal"


def test_an_object_can_be_said_to_be_gone_and_to_be_there_again(admin_pages, imported, node_form):
    address, form = node_form
    admin_pages.post(address, form | {"exists": "false"})
    assert selectors.effective_facts(imported).nodes == ()
    assert admin_pages.get(address).context["form"].fields["exists"].initial == "false"
    admin_pages.post(address, form)
    assert in_force(imported.cluster) == {}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"eips": "203.0.113"}, "eips"),
        ({"kind": "mainframe"}, "kind"),
        ({"kind": "vm", "reason": " "}, "reason"),
        ({}, "__all__"),
    ],
)
def test_a_mistake_is_told_at_its_field(admin_pages, node_form, given, field):
    address, form = node_form
    answer = admin_pages.post(address, form | given)
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]
    assert not Correction.objects.exists()


def test_every_kind_of_fact_has_its_form_in_both_languages(admin_pages, cluster, manager, data_folder, no_broker):
    sample = ROOT / "docs" / "sample" / "yunhe-mall"
    operation = import_start_from_paths(cluster=cluster, actor=manager, paths=[sample])
    assert run_operation(str(operation.uid))
    snapshot = Snapshot.objects.get()
    for kind in ("node", "workload", "volume", "claim", "service", "ingress", "addon"):
        row = getattr(snapshot, f"{kind}_rows").first()
        for language in (CHINESE, ENGLISH):
            page = admin_pages.get(reverse(f"admin:inventory_{kind}_correct", args=[row.pk]), **language)
            assert page.status_code == 200, kind
            assert len(page.context["form"].fields) > 2
    page = admin_pages.get(reverse("admin:inventory_cluster_correct", args=[cluster.pk]), **CHINESE)
    assert "容器网络模型" in page.content.decode()


def test_what_follows_from_a_correction_is_shown_as_holding(admin_pages, imported, small_dump, manager):
    small_dump.write_text(
        "apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: pv}\n"
        "spec: {accessModes: [ReadWriteMany], flexVolume: {driver: example.com/x}}\n"
    )
    operation = import_start_from_paths(cluster=imported.cluster, actor=manager, paths=[small_dump])
    assert run_operation(str(operation.uid))
    volume = Snapshot.objects.get(operation=operation).volume_rows.get()
    address = reverse("admin:inventory_volume_correct", args=[volume.pk])
    shown = {name: field.initial for name, field in admin_pages.get(address).context["form"].fields.items()}
    answer = admin_pages.post(address, shown | {"storage": "nfs", "reason": "built by the customer"})
    assert answer.status_code == 302, answer.context["form"].errors
    assert in_force(imported.cluster) == {"storage": "nfs"}
    fields = admin_pages.get(address).context["form"].fields
    assert (fields["provisioning"].initial, fields["outage"].initial) == ("self_built", "none")


def test_a_fact_of_an_old_snapshot_that_is_gone_is_told(admin_pages, imported, manager, small_dump):
    node = imported.node_rows.get()
    small_dump.write_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n")
    operation = import_start_from_paths(cluster=imported.cluster, actor=manager, paths=[small_dump])
    assert run_operation(str(operation.uid))
    page = admin_pages.get(reverse("admin:inventory_node_correct", args=[node.pk]), follow=True, **ENGLISH)
    assert "The latest snapshot has no nodes node-1" in page.content.decode()


def test_any_object_can_be_corrected_by_its_name(admin_pages, imported):
    address = reverse("admin:inventory_cluster_correct", args=[imported.cluster.pk])
    page = admin_pages.get(address, {"section": "namespaces", "key": " shop "}, **ENGLISH)
    assert page.context["form"].fields["system"].initial == "false"
    answer = admin_pages.post(f"{address}?section=namespaces&key=shop", {"system": "true", "reason": "tools"})
    assert answer.status_code == 302
    assert selectors.effective_facts(imported).user_workloads == ()
    assert admin_pages.get(address, {"section": "nothing", "key": "x"}).status_code == 404
    missing = admin_pages.get(address, {"section": "volumes", "key": "pv-none"}, follow=True, **ENGLISH)
    assert "The latest snapshot has no volumes pv-none" in missing.content.decode()


@pytest.fixture
def corrected(imported, manager):
    def make(field, value):
        return corrections.correction_make(
            cluster=imported.cluster,
            actor=manager,
            section="nodes",
            key="node-1",
            field=field,
            value=value,
            reason="console",
        )

    return make


def test_chosen_corrections_are_confirmed_and_withdrawn(admin_pages, administrator, corrected):
    first, second = corrected("kind", "vm"), corrected("flavor", "c3")
    Correction.objects.filter(pk=first.pk).update(state="conflict", read_value="bare_metal")
    page = reverse("admin:inventory_correction_changelist")
    admin_pages.post(page, {"action": "confirm", "_selected_action": [first.pk]})
    first.refresh_from_db()
    assert (first.state, first.read_value, first.created_by) == ("applied", "unknown", administrator)
    admin_pages.post(page, {"action": "withdraw", "_selected_action": [first.pk, second.pk]})
    second.refresh_from_db()
    assert second.withdrawn_by == administrator
    assert admin_pages.get(page).context["cl"].result_count == 0
    assert admin_pages.get(page + "?in_force=no").context["cl"].result_count == 3
    assert admin_pages.get(page + "?in_force=all").context["cl"].result_count == 3


def test_the_list_says_what_became_of_each(admin_pages, corrected, imported):
    corrected("kind", "bare_metal")
    listed = admin_pages.get(reverse("admin:inventory_correction_changelist"), **CHINESE).content.decode()
    assert "节点 node-1" in listed
    assert "裸金属" in listed
    tab = admin_pages.get(reverse("admin:inventory_cluster_change", args=[imported.cluster.pk]), **ENGLISH)
    assert "bare metal" in tab.content.decode()


def test_the_list_needs_as_many_queries_for_nine_as_for_one(admin_pages, corrected):
    page = reverse("admin:inventory_correction_changelist")

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert admin_pages.get(page).status_code == 200
        return len(captured)

    corrected("kind", "vm")
    before = count()
    for field in ("flavor", "zone", "pool", "os_image"):
        corrected(field, "x")
    assert count() == before


def test_without_the_permission_nothing_is_corrected(client, stranger, imported, node_form, corrected):
    row = corrected("flavor", "c3")
    address, form = node_form
    for name in ("view_node", "view_correction"):
        stranger.user_permissions.add(Permission.objects.get(codename=name, content_type__app_label="inventory"))
    client.force_login(stranger)
    assert client.post(address, form | {"kind": "vm"}).status_code == 403
    assert client.get(reverse("admin:inventory_cluster_correct", args=[imported.cluster.pk])).status_code == 403
    page = reverse("admin:inventory_correction_changelist")
    client.post(page, {"action": "withdraw", "_selected_action": [row.pk]})
    assert selectors.corrections_in_force(imported.cluster).count() == 1
    stranger.user_permissions.add(Permission.objects.get(codename="add_correction"))
    client.force_login(type(stranger).objects.get(pk=stranger.pk))
    assert client.post(address, form | {"flavor": "c3", "kind": "vm"}).status_code == 302
    assert in_force(imported.cluster) == {"flavor": "c3", "kind": "vm"}


def test_rows_of_every_kind_lead_to_their_form(admin_pages, imported):
    for model in (Node, Workload):
        row = model.objects.get()
        name = model._meta.model_name
        page = admin_pages.get(reverse(f"admin:inventory_{name}_changelist"))
        assert reverse(f"admin:inventory_{name}_correct", args=[row.pk]) in page.content.decode()

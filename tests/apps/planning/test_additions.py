"""What administrators add to the catalog, and what of it is kept."""

from __future__ import annotations

import zlib

import msgspec
import pytest

from apps.checklists.models import Assessment
from apps.checklists.services import assessment_request
from apps.operations.runner import run_operation
from apps.planning import selectors, services
from apps.planning.models import CatalogAddition, CatalogCopy
from apps.runbooks.services import runbook_request
from migrator.catalog.loader import shipped_catalog
from migrator.errors import CatalogError, MigratorError

HOP = """
source: "1.17"
target: "1.25"
modes: [in_place]
start: console
rollback: on_failure
minutes: ["20", "25"]
sources: [support letter]
"""
ADDRESS = "/api/v1/catalog-additions/"


def add(manager, text: str = HOP, name: str = "letter") -> CatalogAddition:
    return services.addition_create(actor=manager, name=name, kind="hop", profile="ctyun", text=text)


def assessed(plan, manager) -> Assessment:
    operation = assessment_request(actor=manager, plan=plan)
    assert run_operation(str(operation.uid))
    return Assessment.objects.get(operation=operation)


def test_an_added_hop_opens_the_way_of_a_plan(plan, manager):
    assert not selectors.plan_route(plan).path.found
    row = add(manager)
    assert [hop.key for hop in selectors.plan_route(plan).path.hops][-1] == "1.17->1.25"
    services.addition_update(addition=row, changes={"enabled": False})
    assert not selectors.plan_route(plan).path.found


def test_catalogs_are_kept_whole_and_once(plan, manager):
    before = assessed(plan, manager)
    assert before.catalog_digest == shipped_catalog().digest
    row = add(manager)
    used = selectors.catalog()
    after = [assessed(plan, manager), assessed(plan, manager)]
    assert {a.catalog_digest for a in after} == {used.digest}
    assert set(CatalogCopy.objects.values_list("digest", flat=True)) == {before.catalog_digest, used.digest}
    row.delete()
    assert selectors.catalog().digest == shipped_catalog().digest
    assert selectors.kept_catalog(used.digest) == used
    with pytest.raises(MigratorError) as unknown:
        selectors.kept_catalog("sha256:0")
    assert unknown.value.code == "catalog_not_kept"


def test_a_kept_catalog_outlives_the_product_that_shipped_it(plan, manager):
    """As if it had been kept by an earlier version: of another digest than what is shipped today."""
    old = msgspec.structs.replace(shipped_catalog(), digest="sha256:earlier", known_risks=())
    services.catalog_keep(old)
    assert selectors.kept_catalog("sha256:earlier") == old
    kept = CatalogCopy.objects.get(digest="sha256:earlier")
    assert kept.additions == []
    assert len(kept.document) < 50_000
    kept.document = zlib.compress(b'{"digest": "sha256:earlier", "weather": "fine"}')
    kept.save()
    with pytest.raises(MigratorError) as unreadable:
        selectors.kept_catalog("sha256:earlier")
    assert unreadable.value.code == "catalog_kept_unreadable"


def test_a_runbook_keeps_the_catalog_that_it_was_made_with(plan, manager):
    add(manager)
    operation = runbook_request(actor=manager, plan=plan)
    assert run_operation(str(operation.uid))
    kept = CatalogCopy.objects.get()
    assert kept.digest == selectors.catalog().digest == Assessment.objects.get().catalog_digest
    assert kept.additions[0]["name"] == "letter"


def test_what_the_catalog_refuses_is_not_stored(manager):
    with pytest.raises(CatalogError):
        add(manager, HOP.replace("1.25", "1.15"))
    add(manager)
    with pytest.raises(CatalogError):
        add(manager, name="the same again")
    with pytest.raises(MigratorError) as taken:
        add(manager)
    assert taken.value.code == "addition_name_taken"
    assert CatalogAddition.objects.count() == 1


def test_over_rest_only_those_who_may_change_additions_write(api, client, manager, plan, django_user_model):
    body = {"name": "letter", "kind": "hop", "profile": "ctyun", "text": HOP}
    reader = django_user_model.objects.create_user("reader", password="x")
    api.force_authenticate(reader)
    assert api.post(ADDRESS, body, format="json").status_code == 403
    assert api.get(ADDRESS).status_code == 200
    api.force_authenticate(django_user_model.objects.create_superuser("root", password="x"))
    broken = api.post(ADDRESS, {**body, "text": "{"}, format="json")
    assert (broken.status_code, broken.json()["code"]) == (422, "catalog_broken")
    made = api.post(ADDRESS, body, format="json")
    assert made.status_code == 201
    changed = api.patch(f"{ADDRESS}{made.json()['uid']}/", {"enabled": False}, format="json")
    assert changed.json()["enabled"] is False
    assert api.delete(f"{ADDRESS}{made.json()['uid']}/").status_code == 204


def test_the_graph_and_the_comparison_of_a_plan_over_rest(api, plan):
    graph = api.get(f"/api/v1/plans/{plan.uid}/graph/")
    assert graph["Content-Type"] == "image/svg+xml"
    assert graph.content.startswith(b"<svg")
    compared = api.get(f"/api/v1/plans/{plan.uid}/strategies/").json()
    assert [o["strategy"] for o in compared["options"]] == ["upgrade", "migrate"]
    assert compared["options"][1]["blockers"] is not None
    path = api.get(f"/api/v1/plans/{plan.uid}/path/").json()
    assert path["strategy"]["options"][0]["feasible"] is False


def test_the_form_of_a_plan_shows_graph_comparison_and_reason(admin_client, plan):
    page = admin_client.get(f"/admin/planning/plan/{plan.pk}/change/").content.decode()
    assert "<svg" in page
    assert "strategy_reason" in page

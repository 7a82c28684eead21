"""Waivers that accept nothing are told, and one that was withdrawn accepts nothing any more but stays on record."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from django.urls import reverse

from apps.checklists import adapters
from apps.checklists.models import Assessment, Waiver
from apps.checklists.services import assessment_request, today, waiver_create, waiver_withdraw
from apps.checklists.waivers import standings
from apps.core.errors import Conflict
from apps.inventory.models import AddressUse
from apps.inventory.services import register_add
from apps.operations.runner import run_operation
from migrator.checks.waivers import WaiverState


def assessed(plan, actor) -> Assessment:
    operation = assessment_request(actor=actor, plan=plan)
    assert run_operation(str(operation.uid))
    return Assessment.objects.get(operation=operation)


@pytest.fixture
def accept(plan, manager):
    def made(check, **scope) -> Waiver:
        given = {"actor": manager, "cluster": plan.cluster, "reason": "agreed", "until": today()}
        return waiver_create(check=check, **given, **scope)

    return made


def test_the_standing_of_every_kind_of_waiver(plan, manager, assessment, accept):
    blocker = assessment.findings.filter(severity="blocker").first()
    used, unused, late = accept(blocker.check_code), accept("WKL001", name="no-such"), accept("WKL001")
    gone = waiver_withdraw(actor=manager, waiver=accept(blocker.check_code))
    Waiver.objects.filter(pk=late.pk).update(until="2020-01-01")
    untried = {w.pk: standings(list(Waiver.objects.all()), today())[w.pk] for w in (used, unused)}
    assert untried == {used.pk: "applied", unused.pk: "not_assessed"}
    assessed(plan, manager)
    found = standings(list(Waiver.objects.all()), today())
    assert found == {used.pk: "applied", unused.pk: "unused", late.pk: "expired", gone.pk: "withdrawn"}


def test_a_withdrawn_waiver_accepts_nothing_from_the_next_assessment_on(plan, manager, assessment, accept):
    waiver = accept(assessment.findings.filter(severity="blocker").first().check_code)
    before = assessed(plan, manager)
    assert before.findings.filter(waived=True).exists()
    waiver_withdraw(actor=manager, waiver=waiver)
    after = assessed(plan, manager)
    assert not after.findings.filter(waived=True).exists()
    assert adapters.assessment_of(before).waivers[0].state is WaiverState.APPLIED
    assert (waiver.withdrawn_by, waiver.reason) == (manager, "agreed")
    with pytest.raises(Conflict) as refusal:
        waiver_withdraw(actor=manager, waiver=waiver)
    assert refusal.value.code == "waiver_withdrawn_before"


def test_withdrawing_and_listing_over_the_api(api, cluster):
    address = f"/api/v1/clusters/{cluster.uid}/waivers/"
    given = {"check": "WKL001", "namespace": "", "reason": "agreed", "until": today().isoformat()}
    made = api.post(address, given).json()
    assert (made["namespace"], made["standing"], made["withdrawn_at"]) == ("", "not_assessed", None)
    answer = api.post(f"{address}{made['uid']}/withdraw/").json()
    assert (answer["standing"], answer["withdrawn_by"]) == ("withdrawn", "manager")
    assert api.post(f"{address}{made['uid']}/withdraw/").status_code == 409
    assert api.get(address, {"standing": "unused"}).json()["results"] == []
    assert api.get(address, {"standing": "withdrawn"}).json()["results"] == [answer]
    assert api.get(address, {"standing": "sometimes"}).status_code == 400


def test_a_waiver_from_a_finding_without_namespace_covers_that_object_alone(admin_client, plan, manager):
    for address in ("10.0.0.11", "10.0.0.12"):
        fields = {"address": address, "location": "whitelist"}
        register_add(AddressUse, cluster=plan.cluster, actor=manager, fields=fields)
    assessment = assessed(plan, manager)
    found = assessment.findings.filter(namespace="").exclude(name="").first()
    page = admin_client.get(
        reverse("admin:checklists_finding_changelist"), {"assessment__id__exact": assessment.pk, "q": found.name}
    )
    links = [row for row in page.content.decode().split('"') if row.startswith(reverse("admin:checklists_waiver_add"))]
    wanted = {"check_code": found.check_code, "kind": found.kind, "namespace": "", "name": found.name}
    scopes = [dict(parse_qsl(urlsplit(x.replace("&amp;", "&")).query, keep_blank_values=True)) for x in links]
    (scope,) = [s for s in scopes if wanted.items() <= s.items()][:1]
    form = admin_client.get(reverse("admin:checklists_waiver_add"), scope).context["adminform"].form
    assert form["namespace"].value() == ""
    admin_client.post(
        reverse("admin:checklists_waiver_add"), {**scope, "reason": "agreed", "until": today().isoformat()}
    )
    assert Waiver.objects.get().namespace == ""
    waived = assessed(plan, manager).findings.filter(waived=True)
    assert {(f.check_code, f.kind, f.namespace, f.name) for f in waived} == {
        (found.check_code, found.kind, "", found.name)
    }


def test_withdrawing_in_the_admin_asks_first(admin_client, plan, manager, assessment, accept):
    waiver = accept("WKL001", name="no-such")
    assessed(plan, manager)
    listed = reverse("admin:checklists_waiver_changelist")
    assert admin_client.get(listed, {"standing": "unused"}).context["cl"].result_count == 1
    page = admin_client.get(reverse("admin:checklists_waiver_change", args=(waiver.pk,))).content.decode()
    address = reverse("admin:checklists_waiver_withdraw", args=(waiver.pk,))
    assert address in page
    assert "agreed" in admin_client.get(address).content.decode()
    waiver.refresh_from_db()
    assert waiver.withdrawn_at is None
    admin_client.post(address)
    waiver.refresh_from_db()
    assert waiver.withdrawn_by.is_superuser
    assert admin_client.get(listed, {"standing": "unused"}).context["cl"].result_count == 0

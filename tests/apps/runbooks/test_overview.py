"""The page on which the admin begins: where clusters stand, what comes next for whom."""

from __future__ import annotations

from html import unescape

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from apps.checklists.questions import clusters_to_answer, open_questions
from apps.checklists.services import assessment_request, attestations_create
from apps.inventory.models import Cluster
from apps.inventory.selectors import clusters
from apps.inventory.services import cluster_create
from apps.operations.runner import run_operation
from apps.planning.services import plan_create
from apps.runbooks.progress import NextStep, Standing, standings
from apps.runbooks.reviews import review_decide, review_submit
from apps.runbooks.services import runbook_request


def shown(client, language: str = "en") -> str:
    answer = client.get(reverse("admin:index"), headers={"accept-language": language})
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def standing(cluster: Cluster, actor: User) -> Standing:
    return standings(list(clusters(actor).filter(pk=cluster.pk)))[0]


def test_without_a_cluster_it_says_how_to_begin(admin_client):
    page = shown(admin_client)
    assert "No cluster yet" in page
    assert reverse("admin:inventory_cluster_add") in page
    assert "还没有集群" in shown(admin_client, "zh-hans")


def test_each_step_is_followed_by_the_next(shop, manager, reviewer):
    cluster = shop.cluster
    assert standing(cluster, manager).next is NextStep.PLAN
    plan = plan_create(actor=manager, cluster=cluster, target="1.25")
    assert standing(cluster, manager).next is NextStep.ASSESS
    waiting = assessment_request(actor=manager, plan=plan)
    assert standing(cluster, manager).next is NextStep.WAIT
    assert run_operation(str(waiting.uid))

    now = standing(cluster, manager)
    asked = open_questions(now.assessment)
    assert (now.next, now.questions) == (NextStep.ANSWER, len(asked))
    assert clusters_to_answer() == [(cluster, len(asked))]
    answers = [{"check": row.code, "answer": "pass", "evidence": "seen"} for row in asked]
    attestations_create(actor=manager, cluster=cluster, answers=answers)
    now = standing(cluster, manager)
    assert (now.next, now.questions, clusters_to_answer()) == (NextStep.ASSESS, 0, [])

    assert run_operation(str(assessment_request(actor=manager, plan=plan).uid))
    assert standing(cluster, manager).next is NextStep.COMPILE
    assert run_operation(str(runbook_request(actor=manager, plan=plan).uid))
    now = standing(cluster, manager)
    assert now.next is NextStep.SUBMIT
    review_submit(actor=manager, runbook=now.runbook)
    assert standing(cluster, manager).next is NextStep.REVIEW
    review_decide(actor=reviewer, runbook=now.runbook, act="approved")
    assert standing(cluster, manager).next is NextStep.CARRY_OUT


def test_a_revision_that_was_not_accepted_is_reworked(assessment, runbook, manager, reviewer):
    review_submit(actor=manager, runbook=runbook)
    review_decide(actor=reviewer, runbook=runbook, act="changes_requested", comment="更正第 3 步")
    asked = open_questions(assessment)
    assert asked
    found = standing(runbook.plan.cluster, manager)
    assert found._replace(questions=0).next is NextStep.REVISE


def test_what_the_new_dump_changed_is_assessed_again(assessment, manager, shop):
    from apps.inventory.services import snapshot_prepare, snapshot_store
    from migrator.snapshot.model import Snapshot

    assert standing(shop.cluster, manager).next is NextStep.ANSWER
    snapshot_store(snapshot_prepare(cluster=shop.cluster, facts=Snapshot(), actor_id=manager.pk))
    assert standing(shop.cluster, manager).next is NextStep.ASSESS


def test_an_empty_cluster_wants_a_dump(cluster, admin_client, manager):
    assert standing(cluster, manager).next is NextStep.IMPORT
    page = shown(admin_client)
    assert cluster.name in page
    assert reverse("admin:inventory_cluster_import_dump", args=(cluster.pk,)) in page


def test_the_page_leads_to_all_that_it_names(runbook, admin_client):
    page = shown(admin_client)
    for name, key in (
        ("inventory_cluster_change", runbook.plan.cluster_id),
        ("planning_plan_change", runbook.plan_id),
        ("checklists_assessment_change", runbook.assessment_id),
        ("runbooks_runbook_change", runbook.pk),
        ("checklists_attestation_answer", runbook.plan.cluster_id),
    ):
        address = reverse(f"admin:{name}", args=(key,))
        assert f'href="{address}"' in page, name
        assert admin_client.get(address).status_code == 200


def test_reviews_are_told_to_who_decides_alone(client, runbook, manager, reviewer):
    review_submit(actor=manager, runbook=runbook)
    told = "Runbooks that wait for a decision"
    reviewer.is_staff = True
    reviewer.save()
    reviewer.user_permissions.add(Permission.objects.get(codename="view_runbook"))
    client.force_login(reviewer)
    assert told in shown(client)
    client.force_login(manager)
    assert told not in shown(client)


def test_operations_that_failed_are_told(admin_client, plan, manager):
    operation = assessment_request(actor=manager, plan=plan)
    operation.params = {**operation.params, "snapshot": str(plan.uid)}  # gone meanwhile
    operation.save()
    run_operation(str(operation.uid))
    page = shown(admin_client)
    assert "Operations that run or have failed" in page
    assert reverse("admin:operations_operation_change", args=(operation.pk,)) in page


def test_nobody_sees_more_than_they_may(client, cluster, quick_passwords):
    client.force_login(User.objects.create_user("guest", is_staff=True))
    assert cluster.name not in shown(client)


def test_a_person_without_the_right_gets_no_way_to_the_step(client, cluster, quick_passwords):
    user = User.objects.create_user("guest", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_cluster"))
    client.force_login(user)
    page = shown(client)
    assert "Import a dump" in page
    assert reverse("admin:inventory_cluster_import_dump", args=(cluster.pk,)) not in page


@pytest.mark.parametrize("more", [2, 20])
def test_the_number_of_queries_does_not_grow_with_the_clusters(
    more, runbook, manager, admin_client, django_assert_max_num_queries
):
    for number in range(more):
        plan_create(actor=manager, cluster=cluster_create(actor=manager, name=f"more {number}"), target="1.25")
    with django_assert_max_num_queries(18):
        assert "more 1" in shown(admin_client)


def test_many_clusters_come_page_by_page(admin_client, manager):
    for number in range(30):
        cluster_create(actor=manager, name=f"c{number:02}")
    page = shown(admin_client)
    assert ("c00" in page, "c29" in page) == (True, False)
    second = unescape(admin_client.get(reverse("admin:index"), {"p": 2}).content.decode())
    assert ("c00" in second, "c29" in second) == (False, True)

"""After a change of catalog or rules, all plans are assessed again, behind what people wait for."""

from __future__ import annotations

import msgspec
import pytest
from django.core.management import call_command

from apps.checklists.models import Assessment
from apps.checklists.renewal import assessments_renew, outdated_plans
from apps.operations.models import Operation
from apps.operations.runner import run_operation
from migrator.catalog.loader import shipped_catalog

CHANGED = msgspec.structs.replace(shipped_catalog(), digest="sha256:another")


def test_only_what_other_rules_have_judged_is_outdated(assessment, plan):
    assert not outdated_plans(shipped_catalog())
    assert [p.uid for p in outdated_plans(CHANGED)] == [plan.uid]


def test_a_plan_without_an_assessment_is_left_alone(plan):
    assert not outdated_plans(CHANGED)


def test_outdated_plans_are_assessed_again_in_the_queue_for_bulk(assessment, plan, manager):
    (operation,) = assessments_renew(actor=manager, catalog=CHANGED)
    stored = Operation.objects.get(uid=operation.uid)
    assert (stored.status, stored.params["bulk"], stored.actor) == ("queued", True, manager)
    assert run_operation(str(operation.uid))
    assert Assessment.objects.filter(plan=plan).count() == 2


def test_a_thousand_take_as_many_statements_as_one(
    assessment, plan, manager, django_assert_max_num_queries, django_capture_on_commit_callbacks
):
    from apps.planning.services import plan_create

    for target in ("1.27", "1.29"):
        other = plan_create(actor=manager, cluster=plan.cluster, target=target)
        Assessment.objects.create(
            **{
                f.attname: getattr(assessment, f.attname)
                for f in Assessment._meta.concrete_fields
                if f.attname not in ("id", "uid", "plan_id", "operation_id")
            },
            plan=other,
            operation=Operation.objects.create(kind="checklists.assess"),
        )
    with django_assert_max_num_queries(8), django_capture_on_commit_callbacks(execute=True):
        assert len(assessments_renew(actor=None, catalog=CHANGED)) == 3


@pytest.mark.django_db
def test_the_command_says_how_many(assessment, capsys):
    call_command("reassess")
    assert capsys.readouterr().out == "assessments started: 0\n"

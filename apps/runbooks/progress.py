"""How far each cluster is on its way, and what a person does next about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db import models
from django.db.models import Max, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from apps.checklists.models import Assessment, Attestation
from apps.checklists.questions import open_counts
from apps.inventory.models import Cluster
from apps.operations.choices import OPEN
from apps.operations.models import Operation
from apps.planning.models import Plan
from apps.runbooks.choices import Playbook, ReviewState
from apps.runbooks.models import Review, Runbook

_MOVES = (Playbook.MIGRATION, Playbook.UPGRADE)  # the playbooks that bring a cluster to its target
_LARGE = ("document", "compiled", "sentences", "bundle")


class NextStep(models.TextChoices):
    IMPORT = "import", _("Import a dump")
    PLAN = "plan", _("Make a plan")
    WAIT = "wait", _("In progress")
    ASSESS = "assess", _("Have it assessed")
    ANSWER = "answer", _("Answer open questions")
    COMPILE = "compile", _("Have the runbook written")
    SUBMIT = "submit", _("Submit for review")
    REVIEW = "review", _("Review")
    REVISE = "revise", _("Rework the runbook")
    CARRY_OUT = "carry_out", _("Carry out the runbook")


_BY_REVIEW = {
    ReviewState.DRAFT: NextStep.SUBMIT,
    ReviewState.SUBMITTED: NextStep.REVIEW,
    ReviewState.CHANGES_REQUESTED: NextStep.REVISE,
    ReviewState.REJECTED: NextStep.REVISE,
    ReviewState.APPROVED: NextStep.CARRY_OUT,
}


class Standing(NamedTuple):
    """A cluster with the newest of everything that was made for it; of its plans the newest counts."""

    cluster: Any  # annotated as ``inventory.selectors.clusters`` does
    plan: Plan | None
    assessment: Assessment | None
    questions: int  # that nobody has answered
    answered: bool  # whether somebody has answered any since the assessment
    runbook: Runbook | None  # of the migration or the upgrade
    operation: Operation | None  # one that is not yet done

    @property
    def next(self) -> NextStep:
        if self.operation is not None:
            return NextStep.WAIT
        if not self.cluster.latest_uid:
            return NextStep.IMPORT
        if self.plan is None:
            return NextStep.PLAN
        if self.assessment is None or self.assessment.snapshot.uid != self._looked_at:
            return NextStep.ASSESS
        if self.questions:
            return NextStep.ANSWER
        if self.answered:
            return NextStep.ASSESS
        if self.runbook is None or self.runbook.assessment_id != self.assessment.pk:
            return NextStep.COMPILE
        return _BY_REVIEW[ReviewState(self.runbook.review.state)]

    @property
    def _looked_at(self) -> Any:
        """The snapshot that an assessment of today would look at."""
        own = self.plan.snapshot if self.plan else None
        return own.uid if own else self.cluster.latest_uid


def standings(clusters: Sequence[Any]) -> list[Standing]:
    """Where each of the clusters stands, in their order; ten queries, however many there are."""
    plans = _newest(
        Plan.objects.select_related("snapshot").defer("snapshot__document"),
        _first(Cluster, clusters, Plan.objects.filter(cluster=OuterRef("pk"))),
        "cluster_id",
    )
    given = list(plans.values())
    assessments = _newest(
        Assessment.objects.select_related("plan", "snapshot").defer("document", "request", "snapshot__document"),
        _first(Plan, given, Assessment.objects.filter(plan=OuterRef("pk"))),
        "plan_id",
    )
    moves = Runbook.objects.filter(plan=OuterRef("pk"), playbook__in=_MOVES)
    runbooks = _newest(
        Runbook.objects.select_related("review").defer(*_LARGE),
        _first(Plan, given, moves),
        "plan_id",
    )
    questions = open_counts(list(assessments.values()))
    answers = Attestation.objects.filter(cluster__in=list(plans)).order_by().values("cluster")
    answered = dict(answers.annotate(last=Max("created_at")).values_list("cluster", "last"))
    targets = [f"cluster:{c.uid}" for c in clusters] + [f"plan:{p.uid}" for p in given]
    running = {o.target: o for o in Operation.objects.filter(status__in=OPEN, target__in=targets).order_by("-id")}
    found = []
    for cluster in clusters:
        plan = plans.get(cluster.pk)
        assessment = assessments.get(plan.pk) if plan else None
        found.append(
            Standing(
                cluster=cluster,
                plan=plan,
                assessment=assessment,
                questions=questions[assessment.pk] if assessment else 0,
                answered=bool(assessment and cluster.pk in answered and answered[cluster.pk] > assessment.created_at),
                runbook=runbooks.get(plan.pk) if plan else None,
                operation=running.get(f"cluster:{cluster.uid}") or (running.get(f"plan:{plan.uid}") if plan else None),
            )
        )
    return found


def submitted() -> QuerySet[Review]:
    """Reviews that wait for a decision, the oldest first."""
    rows = Review.objects.filter(state=ReviewState.SUBMITTED).select_related("runbook__plan__cluster")
    return rows.defer(*(f"runbook__{f}" for f in ("document", "compiled", "sentences", "bundle"))).order_by(
        "updated_at"
    )


def _first(model: type[models.Model], rows: Iterable[models.Model], newest: QuerySet[Any]) -> QuerySet[Any]:
    """The key of the newest of something for each of the rows of ``model``."""
    ordered = newest.order_by("-created_at", "-id").values("pk")[:1]
    keys = [row.pk for row in rows]
    return model._default_manager.filter(pk__in=keys).annotate(newest=Subquery(ordered)).values("newest")


def _newest(rows: QuerySet[Any], keys: QuerySet[Any], of: str) -> dict[int, Any]:
    """Those rows by the key of what they are of."""
    return {getattr(row, of): row for row in rows.filter(pk__in=[k["newest"] for k in keys if k["newest"]])}

"""Runbooks and their steps as programs see them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.checklists.api.compare import ComparedFinding
from apps.checklists.api.serializers import LanguageQuery, SubjectOutput
from apps.planning.api.serializers import Sentence
from apps.runbooks.api.reviews import CommentOutput
from apps.runbooks.choices import Origin, Playbook, Readiness, ReviewState, Role, StepKind
from apps.runbooks.models import Runbook
from migrator.render import FORMATS
from migrator.runbook.model import Where


class RunbookOutput(serializers.ModelSerializer[Runbook]):
    plan = serializers.UUIDField(source="plan.uid", read_only=True)
    plan_name = serializers.CharField(source="plan.name", read_only=True)
    cluster = serializers.UUIDField(source="plan.cluster.uid", read_only=True)
    assessment = serializers.UUIDField(source="assessment.uid", read_only=True)
    operation = serializers.UUIDField(source="operation.uid", read_only=True)
    playbook = serializers.ChoiceField(choices=Playbook.words(), read_only=True)
    readiness = serializers.ChoiceField(choices=Readiness.words(), read_only=True)
    review = serializers.ChoiceField(source="review.state", choices=ReviewState.words(), read_only=True)
    conflicts = serializers.IntegerField(source="conflict_count", read_only=True, help_text="Edits that did not fit")

    class Meta:
        model = Runbook
        fields = (
            "uid",
            "plan",
            "plan_name",
            "cluster",
            "assessment",
            "operation",
            "number",
            "playbook",
            "readiness",
            "source",
            "target",
            "digest",
            "phase_count",
            "step_count",
            "minutes_min",
            "minutes_max",
            "outage_minutes_min",
            "outage_minutes_max",
            "review",
            "conflicts",
            "manifest_count",
            "note_count",
            "bundle_digest",
            "created_at",
        )
        read_only_fields = fields


class ActionOutput(serializers.Serializer[Any]):
    where = serializers.ChoiceField(choices=[w.value for w in Where])
    command = serializers.CharField(allow_blank=True)
    text = Sentence(allow_null=True)
    manifest = serializers.CharField(allow_blank=True, help_text="YAML to apply")


class ColumnOutput(serializers.Serializer[Any]):
    key = serializers.CharField()
    text = serializers.CharField()


class TableOutput(serializers.Serializer[Any]):
    columns = ColumnOutput(many=True)
    rows = serializers.ListField(
        child=serializers.ListField(child=serializers.JSONField(help_text="Text, or a sentence as an object")),
    )


class StepOutput(serializers.Serializer[Any]):
    """One whole step, as in the JSON document."""

    number = serializers.CharField()
    key = serializers.CharField(help_text="Stays the same from one revision to the next")
    phase = serializers.CharField()
    kind = serializers.ChoiceField(choices=StepKind.words())
    title = Sentence()
    why = Sentence()
    role = serializers.ChoiceField(choices=Role.words())
    actions = ActionOutput(many=True)
    expected = Sentence()
    verify = ActionOutput(many=True)
    rollback = ActionOutput(many=True)
    no_rollback_reason = Sentence(allow_null=True)
    minutes = serializers.ListField(child=serializers.IntegerField(), min_length=2, max_length=2)
    interrupts = serializers.BooleanField()
    outage = Sentence(allow_null=True)
    stops = SubjectOutput(many=True, help_text="Workloads that stand still from this step on")
    after = serializers.ListField(child=serializers.CharField(), help_text="Keys of the steps to be done before")
    answers = serializers.ListField(child=serializers.CharField(), help_text="Keys of the findings that it answers")
    subjects = SubjectOutput(many=True)
    tables = TableOutput(many=True)
    warnings = Sentence(many=True)
    destructive = serializers.BooleanField()
    point_of_no_return = serializers.BooleanField()
    signs = serializers.ListField(child=serializers.CharField(), help_text="Roles that sign a gate")
    files = serializers.ListField(child=serializers.CharField(), help_text="Manifests that the step applies")
    origin = serializers.ChoiceField(choices=Origin.words())
    excluded = serializers.CharField(allow_blank=True, help_text="Why it is left out; empty: it is carried out")


class StepDetail(StepOutput):
    """A step with what it answers and what reviewers have said of it."""

    findings = ComparedFinding(many=True)
    comments = CommentOutput(many=True)


class CompileInput(serializers.Serializer[Any]):
    playbook = serializers.ChoiceField(
        choices=Playbook.words(), required=False, default="", help_text="Left out: that of the plan's strategy"
    )
    form = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        trim_whitespace=False,
        max_length=1 << 20,
        help_text="Of containerise: the form of the application in YAML, as the command line reads it; "
        "left out, that of the plan's last such runbook",
    )


class StepPart(serializers.Serializer[Any]):
    field = serializers.CharField()
    old = serializers.ListField(child=serializers.JSONField(help_text="Text, or a sentence as an object"))
    new = serializers.ListField(child=serializers.JSONField(help_text="Text, or a sentence as an object"))


class StepDifferenceOutput(serializers.Serializer[Any]):
    key = serializers.CharField()
    title = Sentence()
    old_number = serializers.CharField(allow_blank=True)
    new_number = serializers.CharField(allow_blank=True)
    moved = serializers.BooleanField()
    changes = StepPart(many=True)


class DifferenceOutput(serializers.Serializer[Any]):
    """Two revisions step by step; every step of both is in one of the lists, or counted as the same."""

    differs = serializers.BooleanField()
    overall = StepPart(many=True)
    added = StepDifferenceOutput(many=True)
    removed = StepDifferenceOutput(many=True)
    moved = StepDifferenceOutput(many=True)
    changed = StepDifferenceOutput(many=True)
    same = serializers.IntegerField()


class CompareQuery(serializers.Serializer[Any]):
    old = serializers.UUIDField(help_text="The runbook to compare with")


class DownloadQuery(LanguageQuery):
    format = serializers.ChoiceField(choices=list(FORMATS), default="md")
    reconciliation = serializers.UUIDField(
        required=False, help_text="Of the same plan: it stands as the last appendix of the document"
    )

"""Runbooks and their steps as programs see them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.checklists.api.serializers import LanguageQuery, SubjectOutput
from apps.checklists.choices import Readiness
from apps.planning.api.serializers import Sentence
from apps.runbooks.choices import Playbook, Role, StepKind
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
    after = serializers.ListField(child=serializers.CharField(), help_text="Keys of the steps to be done before")
    answers = serializers.ListField(child=serializers.CharField(), help_text="Keys of the findings that it answers")
    subjects = SubjectOutput(many=True)
    tables = TableOutput(many=True)
    warnings = Sentence(many=True)
    destructive = serializers.BooleanField()
    point_of_no_return = serializers.BooleanField()


class DownloadQuery(LanguageQuery):
    format = serializers.ChoiceField(choices=list(FORMATS), default="md")

"""Assessments, results, findings and answers as programs see them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.checklists import services
from apps.checklists.choices import Answer, Category, Outcome, Readiness, Severity
from apps.checklists.models import Assessment, Attestation
from apps.core.errors import ServiceError
from apps.core.language import request_lang
from apps.core.texts import check_fields
from apps.planning.api.serializers import Sentence
from apps.planning.choices import ChosenStrategy
from migrator.locale import LANGS, text

FINDING_STATES = ("open", "waived")


class LanguageQuery(serializers.Serializer[Any]):
    lang = serializers.ChoiceField(choices=list(LANGS), required=False, help_text="Default: the request's language")


class ReportQuery(LanguageQuery):
    type = serializers.ChoiceField(choices=["sarif", "junit"])


class AssessmentOutput(serializers.ModelSerializer[Assessment]):
    plan = serializers.UUIDField(source="plan.uid", read_only=True)
    snapshot = serializers.UUIDField(source="snapshot.uid", read_only=True)
    operation = serializers.UUIDField(source="operation.uid", read_only=True)
    strategy = serializers.ChoiceField(choices=ChosenStrategy.words(), read_only=True)
    recommended = serializers.ChoiceField(choices=ChosenStrategy.words(), read_only=True)
    readiness = serializers.ChoiceField(choices=Readiness.words(), read_only=True)
    coverage = serializers.FloatField(
        read_only=True, allow_null=True, help_text="Decided checks by checks that apply, 0 to 1"
    )

    class Meta:
        model = Assessment
        fields = (
            "uid",
            "plan",
            "snapshot",
            "operation",
            "source",
            "target",
            "profile",
            "strategy",
            "recommended",
            "readiness",
            "blockers",
            "warnings",
            "notes",
            "unknowns",
            "decided",
            "applicable",
            "coverage",
            "snapshot_digest",
            "catalog_digest",
            "ruleset_digest",
            "created_at",
        )
        read_only_fields = fields


class SubjectOutput(serializers.Serializer[Any]):
    api_version = serializers.CharField(allow_blank=True)
    kind = serializers.CharField(allow_blank=True)
    namespace = serializers.CharField(allow_blank=True)
    name = serializers.CharField(allow_blank=True)


class UnresolvedOutput(serializers.Serializer[Any]):
    subject = SubjectOutput()
    reason = Sentence()


class AnswerOutput(serializers.Serializer[Any]):
    """The answer that took part in an assessment."""

    check = serializers.CharField()
    answer = serializers.ChoiceField(choices=Answer.words())
    evidence = serializers.CharField(allow_blank=True)
    by = serializers.CharField(allow_blank=True)
    on = serializers.CharField(allow_blank=True, help_text="YYYY-MM-DD")
    valid_until = serializers.CharField(allow_blank=True, help_text="Last day on which it holds; empty: for good")
    expired = serializers.BooleanField(help_text="It had run out, so the check asks again")
    taken_over = serializers.BooleanField(help_text="Given for an earlier assessment of the same cluster")


class ResultOutput(serializers.Serializer[Any]):
    check = serializers.CharField()
    slug = serializers.CharField()
    title = serializers.CharField()
    category = serializers.ChoiceField(choices=Category.words())
    severity = serializers.ChoiceField(choices=Severity.words())
    outcome = serializers.ChoiceField(choices=Outcome.words())
    reason = Sentence()
    unanswered = serializers.BooleanField()
    question = serializers.CharField(allow_blank=True, help_text="What a person is asked; empty where nobody is")
    rationale = serializers.CharField()
    remediation = serializers.CharField()
    findings = serializers.IntegerField(help_text="How many there are")
    evidence = Sentence(many=True)
    unresolved = UnresolvedOutput(many=True)
    attestation = AnswerOutput(allow_null=True)


class FindingOutput(serializers.Serializer[Any]):
    check = serializers.CharField()
    title = serializers.CharField(help_text="Of the check")
    category = serializers.ChoiceField(choices=Category.words())
    severity = serializers.ChoiceField(choices=Severity.words())
    subject = SubjectOutput()
    file = serializers.CharField(allow_blank=True)
    values = serializers.JSONField()
    message = serializers.CharField()
    message_key = serializers.CharField()
    key = serializers.CharField(help_text="The same in every assessment that finds it")
    state = serializers.ChoiceField(choices=FINDING_STATES, help_text="Whether a waiver took it out of the verdict")
    evidence = Sentence(many=True, help_text="What the check saw, its first sentences; all are on its result")
    rationale = serializers.CharField()
    remediation = serializers.CharField()


class AttestationInput(serializers.Serializer[Any]):
    check = serializers.CharField(max_length=120, help_text="Code or slug of a check that is unknown or asks")
    answer = serializers.ChoiceField(choices=Answer.words())
    evidence = serializers.CharField(help_text="What the answer rests on")
    on = serializers.DateField(required=False, help_text="Default: today")
    valid_until = serializers.DateField(required=False, help_text="Last day on which it holds. Default: for good")


class AttestationRow(AttestationInput):
    """One answer of many: what the service refuses is told beside its row. The context has the cluster's ``rule``."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        try:
            code = services.attestation_check(self.context["rule"], check=attrs["check"], on=attrs.get("on"))
            if "valid_until" in attrs:
                services.check_not_past(attrs["valid_until"], "valid_until")
            check_fields(evidence=attrs["evidence"])
        except ServiceError as error:
            told = serializers.ErrorDetail(error.message(request_lang()), code=error.code)
            raise serializers.ValidationError({error.field: [told]}) from error
        return {**attrs, "check": code}


class AttestationsInput(serializers.Serializer[Any]):
    answers = AttestationRow(many=True, allow_empty=False, max_length=500)

    def validate_answers(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Two answers to one check would leave it to chance which of them holds."""
        told: list[dict[str, Any]] = []
        seen: set[str] = set()
        for row in rows:
            detail = text("error.answer_twice", request_lang(), check=row["check"])
            again = {"check": [serializers.ErrorDetail(detail, code="answer_twice")]}
            told.append(again if row["check"] in seen else {})
            seen.add(row["check"])
        if any(told):
            raise serializers.ValidationError(told)
        return rows


class AttestationOutput(serializers.ModelSerializer[Attestation]):
    cluster = serializers.UUIDField(source="cluster.uid", read_only=True)
    check = serializers.CharField(source="check_code", read_only=True)
    answer = serializers.ChoiceField(choices=Answer.words(), read_only=True)
    by = serializers.CharField(source="answered_by.username", read_only=True)
    on = serializers.DateField(source="answered_on", read_only=True)

    class Meta:
        model = Attestation
        fields = ("uid", "cluster", "check", "answer", "evidence", "by", "on", "valid_until", "created_at")
        read_only_fields = fields

"""Edits of a plan's runbook over HTTP: written down, replaced, undone; beside each whether it fits the revision."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.checklists.api.views import OUTDATED
from apps.core.errors import Malformed
from apps.core.language import request_lang
from apps.core.permissions import WRITES, AsInAdmin
from apps.core.schema import Problem
from apps.planning.api.serializers import Sentence
from apps.planning.models import Plan
from apps.planning.selectors import visible_to as plans_visible_to
from apps.runbooks import edits
from apps.runbooks.choices import EditAct, Playbook, Role, StepKind
from apps.runbooks.models import RunbookEdit
from migrator.locale import Msg
from migrator.render.jsondoc import plain
from migrator.runbook.edits import AnyEdit, Place
from migrator.runbook.model import Where

TAGS = ["runbook edits"]
PROBLEM = "application/problem+json"
REFUSED = {(409, PROBLEM): Problem, (412, PROBLEM): Problem, **OUTDATED}
IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description="ETag of the list: nothing is stored if it has changed"
)


class TypedAction(serializers.Serializer[Any]):
    """A command or words; one of the two."""

    where = serializers.ChoiceField(choices=[w.value for w in Where])
    command = serializers.CharField(required=False, allow_blank=True)
    text = serializers.CharField(required=False, allow_blank=True)


class EditWords(serializers.Serializer[Any]):
    """What is left out stays as compiled."""

    title = serializers.CharField(required=False)
    why = serializers.CharField(required=False)
    expected = serializers.CharField(required=False)
    outage = serializers.CharField(required=False)
    no_rollback_reason = serializers.CharField(required=False)
    actions = TypedAction(many=True, required=False)
    verify = TypedAction(many=True, required=False)
    rollback = TypedAction(many=True, required=False, help_text="Empty: there is no way back")
    minutes = serializers.ListField(child=serializers.IntegerField(), min_length=2, max_length=2, required=False)
    role = serializers.ChoiceField(choices=Role.words(), required=False)


_PLACE = re.compile(r"at `\$\.(?P<field>[^`]*)`")
_MISSING = re.compile(r"missing required field `(?P<field>[^`]*)`")


class EditInput(serializers.Serializer[Any]):
    act = serializers.ChoiceField(choices=EditAct.words())
    step = serializers.CharField(required=False, max_length=400, help_text="Key of the step; of an own one made here")
    anchor = serializers.CharField(required=False, max_length=400, help_text="move, add: the step beside it")
    place = serializers.ChoiceField(choices=[p.value for p in Place], required=False)
    kind = serializers.ChoiceField(choices=StepKind.words(), required=False, help_text="add")
    words = EditWords(required=False, help_text="add, change")
    interrupts = serializers.BooleanField(required=False, help_text="add")
    destructive = serializers.BooleanField(required=False, help_text="add: only after all gates")
    reason = serializers.CharField(required=False, help_text="exclude")

    def edit(self) -> AnyEdit:
        """The edit of the core.

        Raises:
            Malformed: ``edit_malformed`` where a field is missing or does not belong to the act.
        """
        given = dict(self.validated_data)
        if given["act"] == EditAct.ADD:
            given.setdefault("step", edits.own_key())
        allowed = _FIELDS[given["act"]]
        if extra := sorted(given.keys() - allowed - {"act", "step"}):
            raise Malformed("edit_malformed", field=extra[0])
        try:
            return msgspec.convert(given, AnyEdit, strict=False)
        except msgspec.ValidationError as error:
            raise Malformed("edit_malformed", field=_field_of(str(error))) from error


def _field_of(said: str) -> str:
    """The field that the decoder's English sentence names: ``anchor``, ``words.minutes``."""
    place, missing = _PLACE.search(said), _MISSING.search(said)
    return ".".join(found["field"] for found in (place, missing) if found) or "-"


_FIELDS: dict[str, set[str]] = {
    "move": {"anchor", "place"},
    "add": {"anchor", "place", "kind", "words", "interrupts", "destructive"},
    "change": {"words"},
    "exclude": {"reason"},
    "restore": set(),
}


class EditOutput(serializers.ModelSerializer[RunbookEdit]):
    playbook = serializers.ChoiceField(choices=Playbook.words(), read_only=True)
    act = serializers.ChoiceField(choices=EditAct.words(), read_only=True)
    runbook = serializers.SlugRelatedField(
        slug_field="uid", read_only=True, help_text="Revision it was written against"
    )
    created_by = serializers.CharField(source="created_by.username", default=None, allow_null=True, read_only=True)
    undone_by = serializers.CharField(source="undone_by.username", default=None, allow_null=True, read_only=True)
    edit = serializers.JSONField(source="data", read_only=True)
    conflict = serializers.SerializerMethodField(help_text="Why it does not fit the latest revision; null: it does")

    class Meta:
        model = RunbookEdit
        fields = (
            *("uid", "playbook", "runbook", "act", "step", "edit", "conflict"),
            *("created_by", "created_at", "undone_by", "undone_at"),
        )
        read_only_fields = fields

    @extend_schema_field(Sentence(allow_null=True))
    def get_conflict(self, row: RunbookEdit) -> Any:
        reason: Msg | None = self.context["conflicts"].get(row.pk)
        return plain(reason, self.context["lang"]) if reason is not None else None


class EditsQuery(serializers.Serializer[Any]):
    playbook = serializers.ChoiceField(
        choices=Playbook.words(), required=False, help_text="Default: that of the latest revision"
    )
    undone = serializers.BooleanField(required=False, default=False, help_text="With those that were undone")


class _OfPlan(generics.GenericAPIView[RunbookEdit]):
    serializer_class = EditOutput
    permission_classes = (AsInAdmin,)
    needs = WRITES
    filter_backends = ()
    pagination_class = None
    queryset = RunbookEdit.objects.none()

    def _plan(self) -> Plan:
        return get_object_or_404(plans_visible_to(self.request.user), uid=self.kwargs["uid"])

    def _row(self) -> RunbookEdit:
        return get_object_or_404(edits.edits_of(self._plan()), uid=self.kwargs["edit"])

    def _tag(self, request: Request) -> str | None:
        return request.headers.get("If-Match")

    def _shown(self, plan: Plan, playbook: str, rows: list[RunbookEdit], *, many: bool = True) -> Response:
        context = {"lang": request_lang(), "conflicts": edits.conflicts_now(plan, playbook)}
        body = EditOutput(rows if many else rows[0], many=many, context=context).data
        return Response(body, headers={"ETag": edits.edits_tag(plan, playbook)})


class PlanEdits(_OfPlan):
    """All edits of a plan's runbook, in the order in which they are laid over a revision."""

    @extend_schema(
        summary="List the edits of a runbook",
        operation_id="plans_edits_list",
        description="The answer carries an ETag; with it as If-Match nobody overwrites what another has just changed.",
        tags=TAGS,
        parameters=[EditsQuery],
        responses={200: EditOutput(many=True), (400, PROBLEM): Problem, (409, PROBLEM): Problem, **OUTDATED},
    )
    def get(self, request: Request, uid: Any) -> Response:
        query = EditsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        plan = self._plan()
        playbook = query.validated_data.get("playbook") or edits.needed_latest(plan).playbook
        rows = edits.edits_of(plan).filter(playbook=playbook)
        return self._shown(
            plan, playbook, list(rows if query.validated_data["undone"] else rows.filter(undone_at=None))
        )

    @extend_schema(
        summary="Edit a runbook",
        description="Of the latest revision of the plan, or of the given playbook. Takes effect when the runbook is "
        "written anew.",
        tags=TAGS,
        parameters=[EditsQuery, IF_MATCH],
        request=EditInput,
        responses={201: EditOutput, **REFUSED},
    )
    def post(self, request: Request, uid: Any) -> Response:
        query = EditsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        plan = self._plan()
        latest = edits.needed_latest(plan, query.validated_data.get("playbook", ""))
        form = EditInput(data=request.data)
        form.is_valid(raise_exception=True)
        row = edits.edit_create(actor=request.user, runbook=latest, edit=form.edit(), tag=self._tag(request))
        answer = self._shown(plan, row.playbook, [row], many=False)
        answer.status_code = status.HTTP_201_CREATED
        return answer


class PlanEdit(_OfPlan):
    @extend_schema(summary="Show an edit", tags=TAGS, responses={200: EditOutput, **OUTDATED})
    def get(self, request: Request, uid: Any, edit: Any) -> Response:
        row = self._row()
        return self._shown(row.plan, row.playbook, [row], many=False)

    @extend_schema(
        summary="Put another edit in the place of this one",
        description="For an edit that conflicts with the latest revision: written anew against it. The old one stays "
        "on record as undone.",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=EditInput,
        responses={200: EditOutput, **REFUSED},
    )
    def put(self, request: Request, uid: Any, edit: Any) -> Response:
        row = self._row()
        form = EditInput(data=request.data)
        form.is_valid(raise_exception=True)
        made = edits.edit_replace(actor=request.user, row=row, edit=form.edit(), tag=self._tag(request))
        return self._shown(made.plan, made.playbook, [made], many=False)

    @extend_schema(
        summary="Undo an edit",
        description="It stays on record with who undid it.",
        tags=TAGS,
        parameters=[IF_MATCH],
        responses={200: EditOutput, **REFUSED},
    )
    def delete(self, request: Request, uid: Any, edit: Any) -> Response:
        row = edits.edit_undo(actor=request.user, row=self._row(), tag=self._tag(request))
        return self._shown(row.plan, row.playbook, [row], many=False)

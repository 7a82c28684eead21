"""Checks that people write as expressions, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from apps.checklists import custom
from apps.checklists.choices import Category, CustomState, Severity
from apps.checklists.models import CustomCheck
from apps.core.language import request_lang
from apps.core.schema import Problem
from apps.inventory.models import Cluster
from apps.operations.api.responses import accepted
from apps.operations.api.serializers import OperationOutput
from apps.planning.choices import ChosenStrategy

TAGS = ["custom checks"]
REFUSED = {(400, "application/problem+json"): Problem}
CONFLICT = {(409, "application/problem+json"): Problem}


class CustomCheckInput(serializers.ModelSerializer[CustomCheck]):
    """What is wrong in it is told by field, the expression with line and column."""

    kinds = serializers.ListField(child=serializers.CharField(max_length=63), allow_empty=False, max_length=50)
    severity = serializers.ChoiceField(choices=Severity.words(), required=False)
    category = serializers.ChoiceField(choices=Category.words(), required=False)
    strategies = serializers.MultipleChoiceField(choices=ChosenStrategy.words(), required=False)

    class Meta:
        model = CustomCheck
        fields = custom.FIELDS
        extra_kwargs = {name: {"validators": []} for name in ("code", "slug")}  # refused with the core's words

    def validate_strategies(self, given: set[str]) -> list[str]:
        return [name for name in ChosenStrategy.values if name in given]


class TriedObject(serializers.Serializer[Any]):
    api_version = serializers.CharField(allow_blank=True)
    kind = serializers.CharField()
    namespace = serializers.CharField(allow_blank=True)
    name = serializers.CharField()


class ProblemObject(TriedObject):
    problem = serializers.CharField(help_text="What kept the expression from telling")


class TrialOutput(serializers.Serializer[Any]):
    """What the check said of a cluster when it was last tried."""

    cluster = serializers.UUIDField()
    cluster_name = serializers.CharField()
    snapshot = serializers.UUIDField()
    target = serializers.CharField()
    looked = serializers.IntegerField(help_text="Objects that it was asked of")
    found = serializers.IntegerField(help_text="Objects that are not in order")
    problems = serializers.IntegerField(help_text="Objects of which it could not tell")
    beyond_limits = serializers.BooleanField(help_text="It took too much time or memory")
    seconds = serializers.FloatField()
    found_first = TriedObject(many=True)
    problems_first = ProblemObject(many=True)


class CustomCheckOutput(serializers.ModelSerializer[CustomCheck]):
    kinds = serializers.ListField(child=serializers.CharField(), read_only=True)
    severity = serializers.ChoiceField(choices=Severity.words(), read_only=True)
    category = serializers.ChoiceField(choices=Category.words(), read_only=True)
    strategies = serializers.ListField(child=serializers.ChoiceField(choices=ChosenStrategy.words()), read_only=True)
    state = serializers.ChoiceField(choices=CustomState.words(), read_only=True)
    tried = serializers.BooleanField(
        source="is_tried", read_only=True, help_text="What it says now was tried without an error"
    )
    trial = TrialOutput(allow_null=True, read_only=True)
    created_by = serializers.CharField(source="created_by.username", default=None, allow_null=True, read_only=True)

    class Meta:
        model = CustomCheck
        fields = (
            "uid",
            *custom.FIELDS,
            "state",
            "tried",
            "tried_at",
            "trial",
            "created_by",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields


class TryInput(serializers.Serializer[Any]):
    cluster = serializers.SlugRelatedField(
        slug_field="uid", queryset=Cluster.objects.all(), help_text="Its latest snapshot is looked at"
    )
    target = serializers.CharField(max_length=40, help_text="For example 1.31")


class CustomChecksFile(serializers.Serializer[Any]):
    file = serializers.FileField(max_length=1024, use_url=False, help_text="YAML, as `migrator try-checks` reads it")


class MayEditChecks(BasePermission):
    """Everybody reads; whoever may do the same in the admin writes."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not (request.user and request.user.is_authenticated):
            return False
        needed = {"create": ("add",), "import_file": ("add", "change"), "destroy": ("delete",)}
        names = () if request.method in SAFE_METHODS else needed.get(view.action, ("change",))
        return all(request.user.has_perm(f"checklists.{name}_customcheck") for name in names)


@extend_schema_view(
    list=extend_schema(summary="List the checks that people wrote", tags=TAGS),
    retrieve=extend_schema(summary="Show a check with its last trial", tags=TAGS),
    destroy=extend_schema(
        summary="Delete a check", description="What was assessed with it keeps its findings and words.", tags=TAGS
    ),
)
class CustomCheckViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.DestroyModelMixin,
    viewsets.GenericViewSet[CustomCheck],
):
    serializer_class = CustomCheckOutput
    permission_classes = (MayEditChecks,)
    filterset_fields = ("state", "severity", "category")
    lookup_field = "uid"
    lookup_value_converter = "uuid"
    queryset = CustomCheck.objects.none()

    def get_queryset(self) -> QuerySet[CustomCheck]:
        return custom.visible_to(self.request.user)

    @extend_schema(
        summary="Write a check",
        description="It is a draft until it has been tried and switched on. What is wrong is told by field.",
        tags=TAGS,
        request=CustomCheckInput,
        responses={201: CustomCheckOutput, **REFUSED},
    )
    def create(self, request: Request) -> Response:
        form = CustomCheckInput(data=request.data)
        form.is_valid(raise_exception=True)
        with _by_field():
            row = custom.custom_create(actor=request.user, **form.validated_data)
        location = request.build_absolute_uri(reverse("custom-check-detail", kwargs={"uid": row.uid}))
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED, headers={"Location": location})

    @extend_schema(
        summary="Change a check",
        description="Where that changes its verdicts (expression, kinds, platform), it is a draft again.",
        tags=TAGS,
        request=CustomCheckInput(partial=True),
        responses={200: CustomCheckOutput, **REFUSED},
    )
    def partial_update(self, request: Request, uid: Any) -> Response:
        form = CustomCheckInput(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        with _by_field():
            row = custom.custom_update(check=self.get_object(), changes=form.validated_data)
        return Response(self.get_serializer(row).data)

    @extend_schema(
        summary="Try a check on a cluster",
        description="The expression runs in a process of its own with limits of time and memory. When the operation "
        "has ended, its `result` has the numbers, and the check's `trial` the first objects as well.",
        tags=TAGS,
        request=TryInput,
        responses={202: OperationOutput, **CONFLICT},
    )
    @action(detail=True, methods=["post"], url_path="try")
    def try_on(self, request: Request, uid: Any) -> Response:
        form = TryInput(data=request.data)
        form.is_valid(raise_exception=True)
        operation = custom.trial_request(actor=request.user, check=self.get_object(), **form.validated_data)
        return accepted(operation, request)

    @extend_schema(
        summary="Switch a check on",
        description="Only what was tried without an error, as it is now, can be switched on.",
        tags=TAGS,
        request=None,
        responses={200: CustomCheckOutput, **CONFLICT},
    )
    @action(detail=True, methods=["post"])
    def on(self, request: Request, uid: Any) -> Response:
        return Response(self.get_serializer(custom.custom_on(check=self.get_object())).data)

    @extend_schema(summary="Switch a check off", tags=TAGS, request=None, responses={200: CustomCheckOutput})
    @action(detail=True, methods=["post"])
    def off(self, request: Request, uid: Any) -> Response:
        return Response(self.get_serializer(custom.custom_off(check=self.get_object())).data)

    @extend_schema(
        summary="Download all checks as the command line reads them",
        tags=TAGS,
        filters=False,
        responses={(200, custom.YAML_TYPE): OpenApiTypes.BINARY},
    )
    @action(detail=False, pagination_class=None, filter_backends=())
    def export(self, request: Request) -> HttpResponse:
        return custom.custom_file(self.get_queryset())

    @extend_schema(
        summary="Take in the checks of a file",
        description="New codes become drafts, known ones are changed; all are stored or none.",
        tags=TAGS,
        request={"multipart/form-data": CustomChecksFile},
        responses={200: CustomCheckOutput(many=True), **REFUSED, (422, "application/problem+json"): Problem},
    )
    @action(
        detail=False,
        methods=["post"],
        url_path="import",
        parser_classes=(MultiPartParser,),
        pagination_class=None,
        filter_backends=(),
    )
    def import_file(self, request: Request) -> Response:
        form = CustomChecksFile(data=request.data)
        form.is_valid(raise_exception=True)
        content, name = custom.content_of(form.validated_data["file"])
        rows = custom.custom_import(actor=request.user, content=content, name=name)
        return Response(self.get_serializer(rows, many=True).data)


@contextmanager
def _by_field() -> Iterator[None]:
    """What is refused, beside its field."""
    try:
        yield
    except custom.CustomRefused as refused:
        told = ErrorDetail(refused.message(request_lang()), code=refused.code)
        raise ValidationError({refused.field: [told]}) from refused

"""Reviews of revisions over HTTP: submit, comment, decide."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.permissions import WRITES, AsInAdmin
from apps.core.schema import Problem
from apps.runbooks import reviews, selectors
from apps.runbooks.choices import ReviewAct, ReviewState
from apps.runbooks.models import Review, ReviewComment, ReviewEntry, Runbook

TAGS = ["reviews"]
PROBLEM = "application/problem+json"
REFUSED = {(409, PROBLEM): Problem, (412, PROBLEM): Problem}


class ReviewEntryOutput(serializers.ModelSerializer[ReviewEntry]):
    act = serializers.ChoiceField(choices=ReviewAct.words(), read_only=True)
    by = serializers.CharField(source="created_by.username", read_only=True)

    class Meta:
        model = ReviewEntry
        fields = ("act", "by", "name", "comment", "digest", "bundle_digest", "created_at")
        read_only_fields = fields


class CommentOutput(serializers.ModelSerializer[ReviewComment]):
    by = serializers.CharField(source="created_by.username", read_only=True)

    class Meta:
        model = ReviewComment
        fields = ("uid", "step", "text", "by", "created_at")
        read_only_fields = fields


class ReviewOutput(serializers.ModelSerializer[Review]):
    """``version`` counts the acts: given back with the next one, it makes sure that nobody else acted in between."""

    runbook = serializers.SlugRelatedField(slug_field="uid", read_only=True)
    state = serializers.ChoiceField(choices=ReviewState.words(), read_only=True)
    entries = ReviewEntryOutput(many=True, read_only=True)
    comments = CommentOutput(many=True, read_only=True)
    may_decide = serializers.SerializerMethodField(help_text="Whether whoever asks could decide now")

    class Meta:
        model = Review
        fields = ("runbook", "state", "version", "entries", "comments", "may_decide")
        read_only_fields = fields

    def get_may_decide(self, row: Review) -> bool:
        return reviews.may_decide(self.context["request"].user, row.runbook)


class ReviewInput(serializers.Serializer[Any]):
    comment = serializers.CharField(required=False, allow_blank=True, default="", max_length=10_000)
    version = serializers.IntegerField(required=False, min_value=0, help_text="Of the review that was looked at")


class DecisionInput(ReviewInput):
    decision = serializers.ChoiceField(
        choices=[(act.value, act.label) for act in ReviewAct if act is not ReviewAct.SUBMITTED],
        help_text="All but an approval need a comment",
    )


class CommentInput(serializers.Serializer[Any]):
    step = serializers.CharField(required=False, allow_blank=True, default="", help_text="Key; empty: on the whole")
    text = serializers.CharField(max_length=10_000)


class _OfRunbook(generics.GenericAPIView[Review]):
    serializer_class = ReviewOutput
    filter_backends = ()
    pagination_class = None
    queryset = Review.objects.none()

    def _runbook(self) -> Runbook:
        return get_object_or_404(selectors.visible_to(self.request.user), uid=self.kwargs["uid"])

    def _shown(self, request: Request, runbook: Runbook) -> Response:
        row = Review.objects.select_related("runbook").get(runbook=runbook)
        row.runbook = runbook
        return Response(ReviewOutput(row, context={"request": request}).data)


class RunbookReview(_OfRunbook):
    @extend_schema(summary="Show the review of a runbook", tags=TAGS, responses=ReviewOutput)
    def get(self, request: Request, uid: Any) -> Response:
        return self._shown(request, self._runbook())


class RunbookSubmission(_OfRunbook):
    permission_classes = (AsInAdmin,)
    needs = WRITES

    @extend_schema(
        summary="Submit a runbook for review",
        tags=TAGS,
        request=ReviewInput,
        responses={200: ReviewOutput, **REFUSED},
    )
    def post(self, request: Request, uid: Any) -> Response:
        form = ReviewInput(data=request.data)
        form.is_valid(raise_exception=True)
        runbook = self._runbook()
        reviews.review_submit(actor=request.user, runbook=runbook, **form.validated_data)
        return self._shown(request, self._runbook())


class RunbookDecision(_OfRunbook):
    @extend_schema(
        summary="Approve a runbook, ask for changes, or reject it",
        description="By somebody with the right to decide who has neither submitted nor compiled this revision. An "
        "approved revision is frozen; its digest and signatures stand on its documents.",
        tags=TAGS,
        request=DecisionInput,
        responses={200: ReviewOutput, (403, PROBLEM): Problem, **REFUSED},
    )
    def post(self, request: Request, uid: Any) -> Response:
        form = DecisionInput(data=request.data)
        form.is_valid(raise_exception=True)
        given = dict(form.validated_data)
        reviews.review_decide(actor=request.user, runbook=self._runbook(), act=given.pop("decision"), **given)
        return self._shown(request, self._runbook())


class RunbookComments(_OfRunbook):
    serializer_class = CommentOutput  # type: ignore[assignment]

    @extend_schema(summary="List the comments on a runbook", tags=TAGS, responses=CommentOutput(many=True))
    def get(self, request: Request, uid: Any) -> Response:
        return Response(CommentOutput(reviews.comments_of(self._runbook()), many=True).data)

    @extend_schema(
        summary="Comment on a step or on the whole", tags=TAGS, request=CommentInput, responses={201: CommentOutput}
    )
    def post(self, request: Request, uid: Any) -> Response:
        form = CommentInput(data=request.data)
        form.is_valid(raise_exception=True)
        row = reviews.review_comment(actor=request.user, runbook=self._runbook(), **form.validated_data)
        return Response(CommentOutput(row).data, status=status.HTTP_201_CREATED)

"""Reviews: submit a revision, comment on its steps, approve it, ask for changes or reject it.

Nobody decides on what they submitted or had compiled. An approved revision stays as it is: its digests are compared
with its bytes whenever somebody acts on it, and whenever a document is written from it.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from apps.core.errors import Conflict, Forbidden, PreconditionFailed, ServiceError
from apps.core.texts import check_texts
from apps.runbooks.adapters import is_unchanged
from apps.runbooks.choices import ReviewAct, ReviewState
from apps.runbooks.models import Review, ReviewComment, ReviewEntry, Runbook, RunbookStep
from apps.runbooks.models.reviews import NAME_LENGTH

DECIDE = "runbooks.decide_review"
_FROM = {
    ReviewAct.SUBMITTED: (ReviewState.DRAFT, ReviewState.CHANGES_REQUESTED),
    ReviewAct.APPROVED: (ReviewState.SUBMITTED,),
    ReviewAct.CHANGES_REQUESTED: (ReviewState.SUBMITTED,),
    ReviewAct.REJECTED: (ReviewState.SUBMITTED,),
}


def review_submit(*, actor: Any, runbook: Runbook, comment: str = "", version: int | None = None) -> Review:
    """Hand a revision to the reviewers.

    Raises:
        Conflict: ``review_state``; ``review_conflicts`` while edits conflict with it; ``runbook_changed``.
        PreconditionFailed: ``review_changed`` where ``version`` is not that of the review.
    """
    if runbook.conflicts:
        raise Conflict("review_conflicts", count=len(runbook.conflicts))
    return _act(actor, runbook, ReviewAct.SUBMITTED, comment, version)


def review_decide(*, actor: Any, runbook: Runbook, act: str, comment: str = "", version: int | None = None) -> Review:
    """Approve a submitted revision, ask for changes, or reject it; the latter two with a reason.

    Raises:
        Forbidden: ``review_forbidden``, ``review_own``.
        ServiceError: ``review_reason``.
        Conflict, PreconditionFailed: as ``review_submit``.
    """
    if not actor.has_perm(DECIDE):
        raise Forbidden("review_forbidden")
    decision = ReviewAct(act)
    if decision is not ReviewAct.APPROVED and not comment.strip():
        raise ServiceError("review_reason")
    return _act(actor, runbook, decision, comment, version)


def may_decide(actor: Any, runbook: Runbook) -> bool:
    """Whether the person could decide now, by right and by what they have done."""
    submitted = runbook.review.state == ReviewState.SUBMITTED
    return bool(submitted and actor.has_perm(DECIDE) and actor.pk not in _own(runbook, runbook.review))


def may_submit(runbook: Runbook) -> bool:
    """Whether the revision is in a state in which it can be submitted."""
    return runbook.review.state in _FROM[ReviewAct.SUBMITTED] and not runbook.conflicts


def review_comment(*, actor: Any, runbook: Runbook, text: str, step: str = "") -> ReviewComment:
    """A remark on a step, or on the whole.

    Raises:
        ServiceError: ``review_reason`` where it is empty, ``review_step``, ``text_secret``.
    """
    if not text.strip():
        raise ServiceError("review_reason")
    if step and not RunbookStep.objects.filter(runbook=runbook, key=step).exists():
        raise ServiceError("review_step", number=runbook.number, step=step[:60])
    check_texts(text)
    return ReviewComment.objects.create(review=runbook.review, step=step, text=text.strip(), created_by=actor)


def comments_of(runbook: Runbook) -> QuerySet[ReviewComment]:
    return ReviewComment.objects.filter(review__runbook=runbook).select_related("created_by").order_by("id")


def entries_of(runbook: Runbook) -> QuerySet[ReviewEntry]:
    return ReviewEntry.objects.filter(review__runbook=runbook).select_related("created_by").order_by("id")


def name_of(actor: Any) -> str:
    """As it stands on documents: a Chinese name in the Chinese order, without a space."""
    first, last = actor.first_name.strip(), actor.last_name.strip()
    if first and last and all("\u4e00" <= char <= "\u9fff" for char in first + last):
        return f"{last}{first}"
    return actor.get_full_name() or actor.get_username()


def check_unchanged(runbook: Runbook) -> None:
    """Raises ``Conflict`` ``runbook_changed`` where the stored bytes are not those of the digests."""
    if not is_unchanged(runbook):
        raise Conflict("runbook_changed", number=runbook.number)


def _act(actor: Any, runbook: Runbook, act: ReviewAct, comment: str, version: int | None) -> Review:
    check_texts(comment)
    with transaction.atomic():
        review = Review.objects.select_for_update().get(runbook=runbook)
        if version is not None and version != review.version:
            raise PreconditionFailed("review_changed")
        if review.state not in _FROM[act]:
            raise Conflict("review_state", state=ReviewState(review.state).label)
        if act is not ReviewAct.SUBMITTED and actor.pk in _own(runbook, review):
            raise Forbidden("review_own")
        check_unchanged(runbook)
        ReviewEntry.objects.create(
            review=review,
            act=act,
            name=name_of(actor)[:NAME_LENGTH],
            comment=comment.strip(),
            digest=runbook.digest,
            bundle_digest=runbook.bundle_digest,
            created_by=actor,
        )
        review.state = ReviewState(act.value)
        review.version += 1
        review.save(update_fields=["state", "version", "updated_at"])
    return review


def _own(runbook: Runbook, review: Review) -> set[int]:
    """Keys of those whose work the revision is: who had it compiled, and who submitted it last."""
    submitted = review.entries.filter(act=ReviewAct.SUBMITTED).order_by("-id").first()
    found = {runbook.operation.actor_id, submitted.created_by_id if submitted else None}
    return {key for key in found if key is not None}

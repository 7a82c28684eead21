"""Reviews: what people have said of a revision, and whether it may be carried out."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import AuthoredModel, TimestampedModel
from apps.inventory.models.base import DIGEST_LENGTH
from apps.runbooks.choices import ReviewAct, ReviewState
from apps.runbooks.models.runbooks import KEY_LENGTH, Runbook

NAME_LENGTH = 150


class Review(TimestampedModel):
    """The review of one revision, which begins as a draft. ``version`` counts its changes."""

    runbook = models.OneToOneField(Runbook, on_delete=models.PROTECT, related_name="review", verbose_name=_("runbook"))
    state = models.CharField(_("state"), max_length=24, choices=ReviewState.words, default=ReviewState.DRAFT)
    version = models.PositiveIntegerField(_("version"), default=0)

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        ordering = ("-created_at", "-id")
        permissions = (("decide_review", "Can approve or reject runbooks"),)
        constraints = (
            models.CheckConstraint(
                name="runbooks_review_state_known", condition=models.Q(state__in=ReviewState.values)
            ),
        )

    def __str__(self) -> str:
        return f"{self.runbook} · {self.get_state_display()}"


class ReviewEntry(AuthoredModel):
    """Who did what about a revision, and of which bytes: insert-only. ``name`` is as it stands on the documents."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="entries", verbose_name=_("review"))
    act = models.CharField(_("act"), max_length=24, choices=ReviewAct.words)
    name = models.CharField(_("name"), max_length=NAME_LENGTH)
    comment = models.TextField(_("comment"), blank=True)
    digest = models.CharField(_("digest"), max_length=DIGEST_LENGTH)
    bundle_digest = models.CharField(_("digest of the manifests"), max_length=DIGEST_LENGTH, blank=True)

    class Meta:
        verbose_name = _("entry of a review")
        verbose_name_plural = _("entries of reviews")
        ordering = ("review", "id")

    def __str__(self) -> str:
        return f"{self.get_act_display()} · {self.name}"


class ReviewComment(AuthoredModel):
    """A remark on a step, or on the whole where ``step`` is empty."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="comments", verbose_name=_("review"))
    step = models.CharField(_("step"), max_length=KEY_LENGTH, blank=True)
    text = models.TextField(_("comment"))

    class Meta:
        verbose_name = _("comment of a review")
        verbose_name_plural = _("comments of reviews")
        ordering = ("review", "id")

    def __str__(self) -> str:
        return self.text[:60]

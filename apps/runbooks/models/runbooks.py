"""Runbooks: immutable revisions, each compiled from one assessment.

``Runbook.document`` is the truth from which every download is written; the steps are its copy to list and filter.
``compiled`` is the same before people's edits were laid over it, ``bundle`` the manifests of the new cluster.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.checklists.models import Assessment
from apps.core.models import TimestampedModel
from apps.inventory.models.base import DIGEST_LENGTH
from apps.operations.models import Operation
from apps.planning.models import Plan
from apps.runbooks.choices import Origin, Playbook, Readiness, Role, StepKind

KEY_LENGTH = 400  # longer ones are cut; the document has them whole


class Runbook(TimestampedModel):
    """Revision ``number`` of a plan's runbook; insert-only."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="runbooks", verbose_name=_("plan"))
    assessment = models.ForeignKey(
        Assessment, on_delete=models.PROTECT, related_name="runbooks", verbose_name=_("assessment")
    )
    # One operation gives at most one runbook: a message delivered twice cannot store a second.
    operation = models.OneToOneField(
        Operation, on_delete=models.PROTECT, related_name="runbook", verbose_name=_("operation")
    )
    number = models.PositiveIntegerField(_("revision"))
    playbook = models.CharField(_("playbook"), max_length=16, choices=Playbook.words)
    readiness = models.CharField(_("readiness"), max_length=24, choices=Readiness.words)
    source = models.CharField(_("source version"), max_length=80)
    target = models.CharField(_("target version"), max_length=80)
    digest = models.CharField(_("digest"), max_length=DIGEST_LENGTH)
    phase_count = models.PositiveIntegerField(_("phases"))
    step_count = models.PositiveIntegerField(_("steps"))
    minutes_min = models.PositiveIntegerField(_("shortest duration in minutes"))
    minutes_max = models.PositiveIntegerField(_("longest duration in minutes"))
    outage_minutes_min = models.PositiveIntegerField(_("shortest outage in minutes"))
    outage_minutes_max = models.PositiveIntegerField(_("longest outage in minutes"))
    # {"key", "number", "zh", "en"} of each; empty for what an earlier version of the product compiled
    phases = models.JSONField(_("phases"), default=list, editable=False)
    document = models.BinaryField(_("document"), editable=False)
    compiled = models.BinaryField(_("document before edits"), editable=False, null=True)  # null: there were no edits
    # What the document says by key, in the words of its day: {key: {"zh", "en"}}; null: an earlier version compiled it
    sentences = models.BinaryField(_("sentences"), editable=False, null=True)
    sentences_digest = models.CharField(_("digest of the sentences"), max_length=DIGEST_LENGTH, blank=True)
    edits = models.JSONField(_("edits"), default=list, editable=False)  # uids of those that were tried, in order
    conflicts = models.JSONField(_("conflicts"), default=list, editable=False)  # {"edit": uid, "reason": sentence}
    bundle = models.BinaryField(_("manifests"), editable=False, null=True)  # null: nothing is applied to a new cluster
    bundle_digest = models.CharField(_("digest of the manifests"), max_length=DIGEST_LENGTH, blank=True)
    manifest_count = models.PositiveIntegerField(_("manifests"), default=0)
    note_count = models.PositiveIntegerField(_("open notes on manifests"), default=0)

    class Meta:
        verbose_name = _("runbook")
        verbose_name_plural = _("runbooks")
        ordering = ("-created_at", "-id")
        constraints = (models.UniqueConstraint(fields=("plan", "number"), name="runbooks_runbook_number"),)

    def __str__(self) -> str:
        return f"{self.source} → {self.target} · r{self.number}"

    @property
    def conflict_count(self) -> int:
        """Edits that could not be laid over the revision."""
        return len(self.conflicts)


class RunbookStep(models.Model):
    """One step of a runbook with what lists are filtered on; the whole step stands in the document."""

    runbook = models.ForeignKey(Runbook, on_delete=models.CASCADE, related_name="steps", verbose_name=_("runbook"))
    position = models.PositiveIntegerField(_("position"))
    number = models.CharField(_("number"), max_length=16)
    key = models.CharField(_("key"), max_length=KEY_LENGTH)
    phase = models.CharField(_("phase"), max_length=64)
    kind = models.CharField(_("kind"), max_length=16, choices=StepKind.words)
    role = models.CharField(_("role"), max_length=32, choices=Role.words)
    minutes_min = models.PositiveIntegerField(_("shortest duration in minutes"))
    minutes_max = models.PositiveIntegerField(_("longest duration in minutes"))
    interrupts = models.BooleanField(_("interrupts service"))
    destructive = models.BooleanField(_("destructive"))
    point_of_no_return = models.BooleanField(_("point of no return"))
    origin = models.CharField(_("written by"), max_length=16, choices=Origin.words, default=Origin.COMPILED)
    excluded = models.BooleanField(_("left out"), default=False)
    title_zh = models.TextField(_("title in Chinese"))
    title_en = models.TextField(_("title in English"))

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ("runbook", "position")
        constraints = (
            # Also serves the list of one runbook in the order of its document.
            models.UniqueConstraint(fields=("runbook", "position"), name="runbooks_step_position"),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.title_en}"

"""Assessments: one run of all checks over one snapshot for one plan, and the answers that people gave.

Rows are insert-only, but for waivers, which can be withdrawn, and checks of people's own. ``Assessment.document`` is
the truth; results and findings are its copy to filter on.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.checklists.choices import Answer, Category, CustomState, Outcome, Readiness, Severity
from apps.core.models import AuthoredModel, TimestampedModel
from apps.inventory.models import Cluster, Snapshot
from apps.inventory.models.base import DIGEST_LENGTH
from apps.inventory.models.parts import NAME, NAMESPACE
from apps.operations.models import Operation
from apps.planning.choices import ChosenStrategy
from apps.planning.models import Plan


class Assessment(TimestampedModel):
    """A finished assessment; one that is still running or has failed is its Operation alone."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="assessments", verbose_name=_("plan"))
    snapshot = models.ForeignKey(
        Snapshot, on_delete=models.PROTECT, related_name="assessments", verbose_name=_("snapshot")
    )
    # One operation gives at most one assessment: a message delivered twice cannot store a second.
    operation = models.OneToOneField(
        Operation, on_delete=models.PROTECT, related_name="assessment", verbose_name=_("operation")
    )
    source = models.CharField(_("source version"), max_length=80)
    target = models.CharField(_("target version"), max_length=80)
    profile = models.CharField(_("profile"), max_length=40)
    strategy = models.CharField(_("strategy"), max_length=16, choices=ChosenStrategy.words)
    recommended = models.CharField(_("recommended strategy"), max_length=16, choices=ChosenStrategy.words)
    readiness = models.CharField(_("readiness"), max_length=24, choices=Readiness.words)
    blockers = models.PositiveIntegerField(_("blockers"))
    warnings = models.PositiveIntegerField(_("warnings"))
    notes = models.PositiveIntegerField(_("notes"))
    unknowns = models.PositiveIntegerField(_("unknown checks"))
    decided = models.PositiveIntegerField(_("decided checks"), default=0)
    applicable = models.PositiveIntegerField(_("checks that apply"), default=0)
    snapshot_digest = models.CharField(_("snapshot digest"), max_length=DIGEST_LENGTH)
    catalog_digest = models.CharField(_("catalog digest"), max_length=DIGEST_LENGTH)
    ruleset_digest = models.CharField(_("rule set digest"), max_length=DIGEST_LENGTH)
    request_digest = models.CharField(_("request digest"), max_length=DIGEST_LENGTH, editable=False)
    # The checks of people's own that took part, with their words as they were then.
    custom_checks = models.JSONField(_("own checks"), default=list, editable=False)
    request = models.BinaryField(_("request"), default=b"", editable=False)  # all that was asked; empty in old rows
    document = models.BinaryField(_("document"), editable=False)

    class Meta:
        verbose_name = _("assessment")
        verbose_name_plural = _("assessments")
        ordering = ("-created_at", "-id")

    def __str__(self) -> str:
        return f"{self.source} → {self.target} · {self.get_readiness_display()}"

    @property
    def coverage(self) -> float | None:
        """The share of the checks that apply which are decided, 0 to 1, rounded down; None where none applies."""
        return self.decided * 1000 // self.applicable / 1000 if self.applicable else None


class CheckResult(models.Model):
    """The outcome of one check in one assessment."""

    assessment = models.ForeignKey(
        Assessment, on_delete=models.CASCADE, related_name="results", verbose_name=_("assessment")
    )
    position = models.PositiveIntegerField(_("position"))
    code = models.CharField(_("code"), max_length=40)
    slug = models.CharField(_("slug"), max_length=120)
    category = models.CharField(_("category"), max_length=16, choices=Category.words)
    severity = models.CharField(_("severity"), max_length=16, choices=Severity.words)
    outcome = models.CharField(_("outcome"), max_length=16, choices=Outcome.words)
    unanswered = models.BooleanField(_("waits for an answer"))
    finding_count = models.PositiveIntegerField(_("findings"))
    reason_key = models.CharField(_("reason key"), max_length=160)
    reason_values = models.JSONField(_("reason values"), default=dict)
    evidence = models.JSONField(_("evidence"), default=list)
    unresolved = models.JSONField(_("could not be judged"), default=list)
    attestation = models.JSONField(_("answer"), null=True)

    class Meta:
        verbose_name = _("check result")
        verbose_name_plural = _("check results")
        ordering = ("assessment", "position")
        constraints = (
            # Also serves the list of one assessment in the order of the checks.
            models.UniqueConstraint(fields=("assessment", "position"), name="checklists_result_position"),
            models.UniqueConstraint(fields=("assessment", "code"), name="checklists_result_code"),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.get_outcome_display()}"


class Finding(models.Model):
    """One concrete defect on one subject, as one assessment saw it."""

    assessment = models.ForeignKey(
        Assessment, on_delete=models.CASCADE, related_name="findings", verbose_name=_("assessment")
    )
    position = models.PositiveIntegerField(_("position"))
    check_code = models.CharField(_("check"), max_length=40)
    category = models.CharField(_("category"), max_length=16, choices=Category.words)
    severity = models.CharField(_("severity"), max_length=16, choices=Severity.words)
    api_version = models.CharField(_("API version"), max_length=320)
    kind = models.CharField(_("kind"), max_length=64)
    namespace = models.CharField(_("namespace"), max_length=NAMESPACE, blank=True)
    name = models.CharField(_("name"), max_length=NAME, blank=True)
    file = models.CharField(_("file"), max_length=1024, blank=True)
    message_key = models.CharField(_("message key"), max_length=160)
    values = models.JSONField(_("values"), default=dict)
    # As the assessment saw it: a waiver given or withdrawn later shows in the next one.
    waived = models.BooleanField(_("accepted"), default=False)

    class Meta:
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        ordering = ("assessment", "position")
        constraints = (
            # Also serves the list of one assessment in the order of the document.
            models.UniqueConstraint(fields=("assessment", "position"), name="checklists_finding_position"),
        )
        indexes = (
            # What the findings of an assessment are narrowed to.
            models.Index(fields=("assessment", "check_code"), name="checklists_finding_check"),
            models.Index(fields=("assessment", "namespace"), name="checklists_finding_ns"),
            models.Index(fields=("assessment", "category"), name="checklists_finding_category"),
            models.Index(fields=("assessment", "severity"), name="checklists_finding_severity"),
            models.Index(fields=("assessment", "kind"), name="checklists_finding_kind"),
            models.Index(fields=("assessment", "name"), name="checklists_finding_name"),
            models.Index(fields=("assessment", "waived"), name="checklists_finding_waived"),
        )

    def __str__(self) -> str:
        place = f"{self.namespace}/" if self.namespace else ""
        kind = f"{self.kind} " if self.api_version else ""  # else it is a record, which its name tells alone
        return f"{self.check_code} {kind}{place}{self.name}"


class Attestation(TimestampedModel):
    """A person's answer to a check that no machine can judge; the newest one of a check holds."""

    cluster = models.ForeignKey(
        Cluster, on_delete=models.CASCADE, related_name="attestations", verbose_name=_("cluster")
    )
    check_code = models.CharField(_("check"), max_length=40)
    answer = models.CharField(_("answer"), max_length=8, choices=Answer.words)
    evidence = models.TextField(_("evidence"))
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("answered by")
    )
    answered_on = models.DateField(_("answered on"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)

    class Meta:
        verbose_name = _("attestation")
        verbose_name_plural = _("attestations")
        ordering = ("-created_at", "-id")
        indexes = (
            # The newest answer of each check of a cluster.
            models.Index(fields=("cluster", "check_code", "-created_at"), name="checklists_attestation_last"),
        )
        constraints = (
            models.CheckConstraint(
                name="checklists_attestation_answer_known", condition=models.Q(answer__in=Answer.values)
            ),
        )

    def __str__(self) -> str:
        return f"{self.check_code} {self.get_answer_display()}"


class EvidenceFile(TimestampedModel):
    """A file that an answer rests on; its content lies in ``EVIDENCE_DIR`` under a name that says nothing."""

    # The answer and its proof are history: nothing that is deleted takes them along.
    attestation = models.ForeignKey(
        Attestation, on_delete=models.PROTECT, related_name="files", verbose_name=_("attestation")
    )
    name = models.CharField(_("file"), max_length=200)
    size = models.PositiveBigIntegerField(_("size"))
    sha256 = models.CharField("SHA-256", max_length=64)
    stored = models.CharField(_("stored as"), max_length=32, unique=True, editable=False)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("added by")
    )

    class Meta:
        verbose_name = _("evidence file")
        verbose_name_plural = _("evidence files")
        ordering = ("created_at", "id")

    def __str__(self) -> str:
        return self.name


class Waiver(TimestampedModel):
    """A person's decision to live with what a check finds on certain objects of a cluster, until a day."""

    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="waivers", verbose_name=_("cluster"))
    check_code = models.CharField(_("check"), max_length=40)
    kind = models.CharField(_("kind"), max_length=64, default="*")
    # Empty: what has no namespace, or no name.
    namespace = models.CharField(_("namespace"), max_length=NAMESPACE, default="*", blank=True)
    name = models.CharField(_("name"), max_length=NAME, default="*", blank=True)
    reason = models.TextField(_("reason"))
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("approver")
    )
    until = models.DateField(_("valid until"))
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True, editable=False)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("withdrawn by"),
    )

    class Meta:
        verbose_name = _("waiver")
        verbose_name_plural = _("waivers")
        ordering = ("-created_at", "-id")

    def __str__(self) -> str:
        return f"{self.check_code} {self.kind} {self.namespace}/{self.name}"


def both_strategies() -> list[str]:
    return list(ChosenStrategy.values)


class CustomCheck(AuthoredModel):
    """A check that a person wrote as an expression, with its words and what was seen when it was last tried.

    ``digest`` is of what decides its verdict; ``tried_digest`` of what was last tried without an error.
    """

    code = models.CharField(_("code"), max_length=6, unique=True, help_text=_("USR001 to USR999, for ever."))
    slug = models.CharField(
        _("slug"), max_length=60, unique=True, help_text=_("Names the defect: small letters, digits and hyphens.")
    )
    kinds = models.JSONField(_("kinds"), help_text=_("Kinds of objects that it looks at, such as Deployment."))
    expression = models.TextField(_("expression"), help_text=_("In CEL: true where the object is in order."))
    severity = models.CharField(_("severity"), max_length=16, choices=Severity.words, default=Severity.WARNING)
    category = models.CharField(_("category"), max_length=16, choices=Category.words, default=Category.WORKLOAD)
    strategies = models.JSONField(_("strategies"), default=both_strategies)
    applies = models.CharField(
        _("target versions"), max_length=40, blank=True, help_text=_("Such as >=1.25; empty means all.")
    )
    platform = models.BooleanField(_("also objects of the platform"), default=False)
    title_zh = models.CharField(_("title in Chinese"), max_length=200, blank=True)
    title_en = models.CharField(_("title in English"), max_length=200, blank=True)
    message_zh = models.TextField(_("what is wrong, in Chinese"), blank=True)
    message_en = models.TextField(_("what is wrong, in English"), blank=True)
    rationale_zh = models.TextField(_("why it matters, in Chinese"), blank=True)
    rationale_en = models.TextField(_("why it matters, in English"), blank=True)
    remediation_zh = models.TextField(_("what to do, in Chinese"), blank=True)
    remediation_en = models.TextField(_("what to do, in English"), blank=True)
    state = models.CharField(
        _("state"), max_length=8, choices=CustomState.words, default=CustomState.DRAFT, editable=False
    )
    digest = models.CharField(max_length=DIGEST_LENGTH, editable=False)
    tried_digest = models.CharField(max_length=DIGEST_LENGTH, blank=True, editable=False)
    tried_at = models.DateTimeField(_("last tried"), null=True, editable=False)
    trial = models.JSONField(_("last trial"), null=True, editable=False)

    class Meta:
        verbose_name = _("own check")
        verbose_name_plural = _("own checks")
        ordering = ("code",)

    def __str__(self) -> str:
        return f"{self.code} {self.slug}"

    @property
    def is_tried(self) -> bool:
        """Whether what it says now was tried without an error, so that it may be switched on."""
        return self.tried_digest == self.digest

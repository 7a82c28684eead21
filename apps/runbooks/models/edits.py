"""What people change in the runbook of a plan: kept for the plan, laid over every revision that is compiled."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import AuthoredModel
from apps.planning.models import Plan
from apps.runbooks.choices import EditAct, Playbook
from apps.runbooks.models.runbooks import KEY_LENGTH, Runbook


class RunbookEdit(AuthoredModel):
    """One edit; never rewritten. What replaces it stands at the same ``position``, and it is undone."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="edits", verbose_name=_("plan"))
    playbook = models.CharField(_("playbook"), max_length=16, choices=Playbook.words)
    runbook = models.ForeignKey(
        Runbook, on_delete=models.PROTECT, related_name="+", verbose_name=_("revision it was written against")
    )
    position = models.PositiveIntegerField(_("position"))
    act = models.CharField(_("what is changed"), max_length=16, choices=EditAct.words)
    step = models.CharField(_("step"), max_length=KEY_LENGTH)
    data = models.JSONField(_("edit"))  # as ``migrator.runbook.edits`` writes it
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("undone by"),
    )

    class Meta:
        verbose_name = _("edit of a runbook")
        verbose_name_plural = _("edits of runbooks")
        ordering = ("plan", "playbook", "position", "id")
        indexes = (models.Index(fields=("plan", "playbook", "position"), name="runbooks_edit_order"),)

    def __str__(self) -> str:
        return f"{self.get_act_display()} · {self.step}"

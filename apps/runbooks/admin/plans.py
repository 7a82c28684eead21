"""A plan gets its buttons here, where everything it can start is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from apps.checklists.admin.assessments import READINESS_LABELS
from apps.checklists.choices import Readiness
from apps.checklists.models import Assessment
from apps.checklists.selectors import last_readiness
from apps.checklists.services import assessment_request
from apps.core.language import request_lang
from apps.inventory.models import Snapshot
from apps.operations.models import Operation
from apps.planning.admin import PlanAdmin as BasePlanAdmin
from apps.planning.models import Plan
from apps.runbooks.applications import form_text
from apps.runbooks.choices import Playbook
from apps.runbooks.models import Runbook
from apps.runbooks.reconciliations import reconciliation_request
from apps.runbooks.services import runbook_request
from migrator.errors import MigratorError

_NOT_CHOSEN = ("migration", "upgrade", "containerise")  # of the strategy, or of a form of its own
_SNAPSHOTS = 200
_BEGUN = "migrator.begun"  # of a request: the page of the operation that it started


@admin.register(Plan)
class PlanAdmin(BasePlanAdmin):
    """The form of a plan with buttons that save it and start an operation."""

    list_display = (*BasePlanAdmin.list_display[:4], "verdict", *BasePlanAdmin.list_display[4:])
    fields = (*BasePlanAdmin.fields, "made")
    readonly_fields = (*BasePlanAdmin.readonly_fields, "made")
    actions_submit_line = ("assess", "write")
    actions_detail = ("write_playbook", "containerise", "reconcile")
    actions = ("assess_all", "write_all")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Plan]:
        return super().get_queryset(request).annotate(last_readiness=last_readiness())

    @display(description=_("readiness"), label=READINESS_LABELS)
    def verdict(self, plan: Any) -> tuple[str, str] | str:
        return (plan.last_readiness, Readiness(plan.last_readiness).label) if plan.last_readiness else ""

    @display(description=_("made from it"))
    def made(self, plan: Plan) -> str:
        links = []
        for model in (Assessment, Runbook):
            meta = model._meta
            address = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
            count = model._default_manager.filter(plan=plan).count()
            links.append((address, plan.pk, meta.verbose_name_plural, count))
        return format_html_join(
            " · ", '<a class="text-primary-600 dark:text-primary-500" href="{}?plan__id__exact={}">{} ({})</a>', links
        )

    @action(description=_("Save and assess"), permissions=("change",))
    def assess(self, request: HttpRequest, plan: Plan) -> None:
        self._start(request, assessment_request, plan)

    @action(description=_("Save and write a runbook"), permissions=("change",))
    def write(self, request: HttpRequest, plan: Plan) -> None:
        self._start(request, runbook_request, plan)

    @admin.action(description=_("Assess the chosen plans"), permissions=("change",))
    def assess_all(self, request: HttpRequest, plans: QuerySet[Plan]) -> None:
        for plan in plans:
            self._start(request, assessment_request, plan)

    @admin.action(description=_("Write runbooks for the chosen plans"), permissions=("change",))
    def write_all(self, request: HttpRequest, plans: QuerySet[Plan]) -> None:
        for plan in plans:
            self._start(request, runbook_request, plan)

    def response_change(self, request: HttpRequest, obj: Plan) -> HttpResponse:
        """After a button that starts something, where one sees how far it is."""
        answer: HttpResponse = super().response_change(request, obj)
        return HttpResponseRedirect(request.META[_BEGUN]) if _BEGUN in request.META else answer

    def _start(self, request: HttpRequest, begin: Callable[..., Operation], plan: Plan) -> None:
        try:
            operation = begin(actor=request.user, plan=plan)
        except MigratorError as error:
            self.message_user(request, error.message(request_lang()), messages.ERROR)
            return
        address = reverse("admin:operations_operation_change", args=(operation.pk,))
        request.META[_BEGUN] = address
        told = format_html(
            '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a> · {}',
            address,
            _("Started: see how far it is"),
            plan.name,
        )
        self.message_user(request, told, messages.SUCCESS)

    @action(description=_("Write another playbook"), url_path="playbook", permissions=("change",), icon="menu_book")
    def write_playbook(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask which, then have it written."""
        plan = get_object_or_404(Plan.objects.select_related("cluster"), pk=object_id)
        chosen = request.POST.get("choice", "")
        if chosen in Playbook.values:
            return self._began(request, plan, lambda: runbook_request(actor=request.user, plan=plan, playbook=chosen))
        beside = [each for each in Playbook.words() if each[0] not in _NOT_CHOSEN]
        return self._choose(request, plan, _("Write another playbook"), _("playbook"), beside)

    @action(
        description=_("Containerise an application"),
        url_path="containerise",
        permissions=("change",),
        icon="deployed_code",
    )
    def containerise(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for the application's form, then have its runbook, Dockerfile and manifests written."""
        plan = get_object_or_404(Plan.objects.select_related("cluster"), pk=object_id)
        given = request.POST.get("form", "")
        if request.method == "POST":
            try:
                operation = runbook_request(actor=request.user, plan=plan, playbook="containerise", form=given)
            except MigratorError as error:
                messages.error(request, error.message(request_lang()))
            else:
                return HttpResponseRedirect(reverse("admin:operations_operation_change", args=(operation.pk,)))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Containerise an application"),
            "opts": self.model._meta,
            "original": plan,
            "given": given or form_text(plan),
            "back": reverse("admin:planning_plan_change", args=(plan.pk,)),
        }
        return TemplateResponse(request, "runbooks/containerise.html", context)

    @action(description=_("Reconcile with the new cluster"), url_path="reconcile", permissions=("change",), icon="rule")
    def reconcile(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for a snapshot of the new cluster, then have it compared with the old one."""
        plan = get_object_or_404(Plan.objects.select_related("cluster"), pk=object_id)
        rows = Snapshot.objects.exclude(cluster=plan.cluster_id).select_related("cluster").defer("document")
        chosen = request.POST.get("choice", "")
        if chosen.isascii() and chosen.isdigit():
            new = get_object_or_404(rows, pk=chosen)
            begin = lambda: reconciliation_request(actor=request.user, plan=plan, new=new)  # noqa: E731
            return self._began(request, plan, begin)
        listed = [(str(row.pk), f"{row.cluster} · {row}") for row in rows.order_by("-created_at")[:_SNAPSHOTS]]
        return self._choose(
            request, plan, _("Reconcile with the new cluster"), _("snapshot of the new cluster"), listed
        )

    def _began(self, request: HttpRequest, plan: Plan, begin: Callable[[], Operation]) -> HttpResponse:
        try:
            operation = begin()
        except MigratorError as error:
            messages.error(request, error.message(request_lang()))
            return HttpResponseRedirect(reverse("admin:planning_plan_change", args=(plan.pk,)))
        return HttpResponseRedirect(reverse("admin:operations_operation_change", args=(operation.pk,)))

    def _choose(
        self, request: HttpRequest, plan: Plan, title: Any, label: Any, choices: list[tuple[str, str]]
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.model._meta,
            "original": plan,
            "label": label,
            "choices": choices,
            "back": reverse("admin:planning_plan_change", args=(plan.pk,)),
        }
        return TemplateResponse(request, "runbooks/choose.html", context)

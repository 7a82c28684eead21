"""The form of a plan. ``apps.runbooks`` registers it with the buttons for what only the apps above this one can do."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from apps.core.admin import page_instead_of_list
from apps.core.language import request_lang
from apps.inventory.models import Snapshot
from apps.planning import selectors, services
from apps.planning.models import Plan
from migrator.errors import MigratorError
from migrator.locale import say, text
from migrator.render.ways import option_rows


class PlanForm(forms.ModelForm):  # type: ignore[type-arg]
    """Refuses in its fields what the core would refuse."""

    class Meta:
        model = Plan
        fields = (
            *("cluster", "snapshot", "name", "target", "source", "profile", "strategy", "strategy_reason"),
            *("registries", "balancer", "note"),
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lang = request_lang()
        if "name" in self.fields:
            self.fields["name"].required = False
            self.fields["name"].help_text = _("Leave empty to have it made of the cluster and the target.")
        if "target" in self.fields:
            self.fields["target"].help_text = _(
                "For example 1.31 or v1.31.4-r0. The version that the cluster has is enough for the playbooks beside "
                "upgrade and migration."
            )
        if "balancer" in self.fields:
            self.fields["balancer"].required = False
        if "profile" in self.fields:
            titles = [(p.name, p.title[lang]) for p in selectors.catalog().profiles]
            self.fields["profile"].widget = UnfoldAdminSelectWidget(choices=titles)

    def clean_name(self) -> str:
        """Emptied while changing, the name stays as it is."""
        return self.cleaned_data["name"].strip() or self.instance.name

    def clean_balancer(self) -> str:
        """Left out, it stays as it is."""
        return self.cleaned_data["balancer"] or self.instance.balancer

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        try:
            services.plan_check(self.instance)
        except MigratorError as error:
            # What is about no field, or one that is not shown, stands above the form.
            self.add_error(error.field if error.field in self.fields else None, error.message(request_lang()))


class PlanAdmin(ModelAdmin):  # type: ignore[misc]
    form = PlanForm
    list_display = ("name", "cluster", "target", "strategy", "profile", "created_by", "created_at")
    list_filter = ("strategy", "profile", "cluster")
    list_select_related = ("cluster", "created_by")
    search_fields = ("name", "cluster__name", "target")
    fields = (
        "cluster",
        "name",
        ("target", "source"),
        ("strategy", "profile"),
        "strategy_reason",
        "snapshot",
        ("registries", "balancer"),
        "note",
        "graph",
        "side_by_side",
        "created_by",
        "created_at",
    )
    readonly_fields = ("graph", "side_by_side", "created_by", "created_at")

    @display(description=_("upgrade paths"))
    def graph(self, plan: Plan) -> str:
        try:
            drawing = selectors.plan_graph(plan, request_lang()) if plan.pk else ""
        except MigratorError as error:
            return error.message(request_lang())
        return mark_safe(drawing)  # noqa: S308 - drawn by the core, which escapes every name in it

    @display(description=_("both strategies"))
    def side_by_side(self, plan: Plan) -> str:
        """What is recommended and why, then each point of comparison."""
        if not plan.pk:
            return ""
        lang = request_lang()
        try:
            choice = selectors.plan_route(plan).choice
        except MigratorError as error:
            return error.message(lang)
        head = text("render.strategy.reasons", lang, recommended=text(f"strategy.{choice.recommended.value}", lang))
        reasons = format_html_join("", "<li>{}</li>", ((say(reason, lang),) for reason in choice.reasons))
        rows = option_rows(choice, lang)
        lines = format_html_join("", "<tr><th>{}</th><td>{}</td><td>{}</td></tr>", rows)
        return format_html(
            '<p>{}</p><ul class="list-disc pl-6">{}</ul><table class="page-table">{}</table>', head, reasons, lines
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*self.readonly_fields, "cluster") if obj else self.readonly_fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Plan]:
        return super().get_queryset(request).select_related("snapshot__cluster").defer("snapshot__document")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "snapshot":
            # A list of choices must not carry the documents, nor ask for each cluster by itself.
            kwargs["queryset"] = Snapshot.objects.select_related("cluster").defer("document")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def response_add(self, request: HttpRequest, obj: Plan, post_url_continue: str | None = None) -> HttpResponse:
        """The page of a new plan tells what is recommended, and has the buttons that assess it."""
        answer: HttpResponse = super().response_add(request, obj, post_url_continue)
        return page_instead_of_list(request, answer, obj)

    def save_model(self, request: HttpRequest, obj: Plan, form: Any, change: bool) -> None:
        if change:
            changes = {name: form.cleaned_data[name] for name in form.changed_data}
            services.plan_update(plan=obj, changes=changes)
        else:
            made = services.plan_create(actor=request.user, **form.cleaned_data)
            obj.pk = made.pk
        obj.refresh_from_db()
        for button in self.get_actions_submit_line(request, obj.pk):
            if button.action_name in request.POST:
                button.method(request, obj)

"""A form for each kind of addition: its fields are those of the record, and its answers are written as the record.

The catalog judges the record, not the form: each problem it tells stands at the field it speaks of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from apps.core.language import request_lang
from apps.planning import selectors, services
from apps.planning.adapters import record_of, text_of
from apps.planning.choices import AdditionKind
from apps.planning.models import CatalogAddition
from migrator.catalog.model import Mode, RiskKind, Rollback, Start
from migrator.errors import CatalogError, MigratorError
from migrator.locale import Msg, catalogue, say, text

Choices = list[tuple[str, str]]
Record = dict[str, Any]


def _line(label: Any, help_text: Any = "", *, required: bool = True) -> forms.CharField:
    return forms.CharField(label=label, help_text=help_text, required=required, widget=UnfoldAdminTextInputWidget)


def _number(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=100_000, widget=UnfoldAdminIntegerFieldWidget)


def _lines(label: Any, help_text: Any = "", *, required: bool = False) -> forms.CharField:
    widget = UnfoldAdminTextareaWidget(attrs={"rows": 3})
    return forms.CharField(label=label, help_text=help_text, required=required, widget=widget)


def _choice(label: Any, help_text: Any = "", *, required: bool = True) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, help_text=help_text, required=required, widget=UnfoldAdminSelectWidget)


def _choices(label: Any, help_text: Any = "", *, required: bool = False) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, help_text=help_text, required=required, widget=UnfoldAdminSelectMultipleWidget
    )


_ONE_A_LINE = _("One a line.")
_SOURCES = _("Where it is written: a letter, a ticket, a page of the platform's manual. One a line.")


class AdditionForm(forms.ModelForm):  # type: ignore[type-arg]
    """What all kinds share. ``choices_of`` gives the lists of today, ``to_record`` and ``to_initial`` go both ways."""

    kind: ClassVar[AdditionKind]
    sections: ClassVar[tuple[tuple[Any, dict[str, Any]], ...]]
    places: ClassVar[Mapping[str, str]] = {}  # field of the record -> field of the form, where the names differ

    sources = _lines(_("sources"), _SOURCES, required=True)

    class Meta:
        model = CatalogAddition
        fields = ("name", "enabled")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in self.choices_of().items():
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                several = isinstance(field, forms.MultipleChoiceField)
                field.choices = choices if field.required or several else [("", "—"), *choices]
        if self.instance.pk:
            stored = record_of(self.instance)
            self.initial |= {**self.to_initial(stored), "sources": "\n".join(_listed(stored, "sources"))}

    def choices_of(self) -> dict[str, Choices]:
        raise NotImplementedError

    def to_record(self, given: Mapping[str, Any]) -> Record:
        raise NotImplementedError

    def to_initial(self, stored: Record) -> dict[str, Any]:
        raise NotImplementedError

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        self.instance.kind = self.kind
        if set(self.changed_data) - {"name", "enabled"}:  # else the record stays as it was written, to the letter
            given = self.cleaned_data
            self.instance.text = text_of({**self.to_record(given), "sources": _split(given["sources"])})
        try:
            services.addition_check(self.instance)
        except CatalogError as error:
            self._tell(error)
        except MigratorError as error:
            self.add_error(None, error.message(request_lang()))

    def _tell(self, error: CatalogError) -> None:
        """Each problem at its field; one of another addition, which today's catalog no longer takes, above the form."""
        problems = error.values.get("problems")
        for problem in problems if isinstance(problems, list) else []:
            self.add_error(self._place(problem), say(problem, request_lang()))

    def _place(self, problem: Msg) -> str | None:
        if problem.values.get("file") != self.instance.name:
            return None
        field = str(problem.values.get("field", "")).replace("[", ".").split(".")[0]
        name = self.places.get(field, field)
        return name if name in self.fields else None


class HopForm(AdditionForm):
    kind = AdditionKind.HOP
    sections = (
        (_("upgrade"), {"fields": ("profile", ("source", "target"), "modes", ("start", "rollback"))}),
        (
            _("duration in minutes"),
            {"fields": (("shortest", "longest"), ("shortest_per_node", "longest_per_node"))},
        ),
        (_("what to mind"), {"fields": ("preconditions", "impacts", "changelogs", "sources")}),
    )
    places: ClassVar[Mapping[str, str]] = {"minutes": "shortest", "minutes_per_node": "shortest_per_node"}

    profile = _choice(_("path table"))
    source = _choice(_("from"))
    target = _choice(_("to"))
    modes = _choices(_("modes"), required=True)
    start = _choice(_("how it is started"))
    rollback = _choice(_("way back"))
    shortest = _number(_("cluster, at least"))
    longest = _number(_("cluster, at most"))
    shortest_per_node = _number(_("each node, at least"))
    longest_per_node = _number(_("each node, at most"))
    preconditions = _choices(_("preconditions"))
    impacts = _choices(_("effects"))
    changelogs = _lines(_("changelogs"), _("Addresses to read, beginning with https. One a line."))

    class Meta(AdditionForm.Meta):
        fields = ("name", "enabled", "profile")

    def choices_of(self) -> dict[str, Choices]:
        return {
            "profile": _profiles(),
            "source": _minors(),
            "target": _minors(),
            "modes": _words("path.mode", Mode),
            "start": _words("path.start", Start),
            "rollback": _words("path.rollback", Rollback),
            "preconditions": _sentences("path.precondition."),
            "impacts": _sentences("path.impact."),
        }

    def to_record(self, given: Mapping[str, Any]) -> Record:
        return {
            "source": given["source"],
            "target": given["target"],
            "modes": given["modes"],
            "start": given["start"],
            "rollback": given["rollback"],
            "minutes": [str(given["shortest"]), str(given["longest"])],
            "minutes_per_node": [str(given["shortest_per_node"]), str(given["longest_per_node"])],
            "preconditions": given["preconditions"],
            "impacts": given["impacts"],
            "changelogs": _split(given["changelogs"]),
        }

    def to_initial(self, stored: Record) -> dict[str, Any]:
        whole, each = (_pair(stored, key) for key in ("minutes", "minutes_per_node"))
        return {
            **{key: stored.get(key) for key in ("source", "target", "modes", "start", "rollback")},
            "shortest": whole[0],
            "longest": whole[1],
            "shortest_per_node": each[0],
            "longest_per_node": each[1],
            "preconditions": _listed(stored, "preconditions"),
            "impacts": _listed(stored, "impacts"),
            "changelogs": "\n".join(_listed(stored, "changelogs")),
        }


class RiskForm(AdditionForm):
    kind = AdditionKind.RISK
    sections = (
        (_("known risk"), {"fields": (("risk_name", "risk_kind"), "title_zh", "title_en", "remedy_zh", "remedy_en")}),
        (
            _("what it concerns"),
            {"fields": (("source", "target"), "profiles", "modes", "condition", "sources")},
        ),
    )
    places: ClassVar[Mapping[str, str]] = {
        "name": "risk_name",
        "kind": "risk_kind",
        "title": "title_zh",
        "remedy": "remedy_zh",
    }

    risk_name = _line(_("short name"), _("Small letters, digits and hyphens, for example old-agent-stops-upgrade."))
    risk_kind = _choice(_("kind"))
    title_zh = _line(_("what happens (Chinese)"))
    title_en = _line(_("what happens (English)"))
    remedy_zh = _lines(_("what to do (Chinese)"), required=True)
    remedy_en = _lines(_("what to do (English)"), required=True)
    source = _line(_("from versions"), _("For example <=1.21 or >=1.15,<1.19; empty: all."), required=False)
    target = _line(_("to versions"), _("For example >=1.25; empty: all."), required=False)
    profiles = _choices(_("path tables"), _("None chosen: all."))
    modes = _choices(_("modes"), _("None chosen: all."))
    condition = _choice(_("only where"), _("What the snapshot must tell; empty: every cluster."), required=False)

    def choices_of(self) -> dict[str, Choices]:
        return {
            "risk_kind": _words("path.risk.kind", RiskKind),
            "profiles": _profiles(),
            "modes": _words("path.mode", Mode),
            "condition": _sentences("path.condition."),
        }

    def to_record(self, given: Mapping[str, Any]) -> Record:
        return {
            "name": given["risk_name"],
            "kind": given["risk_kind"],
            "title": {"zh": given["title_zh"], "en": given["title_en"]},
            "remedy": {"zh": given["remedy_zh"], "en": given["remedy_en"]},
            "source": given["source"],
            "target": given["target"],
            "profiles": given["profiles"],
            "modes": given["modes"],
            "condition": given["condition"],
        }

    def to_initial(self, stored: Record) -> dict[str, Any]:
        said = {
            f"{part}_{lang}": stored.get(part, {}).get(lang, "")
            for part in ("title", "remedy")
            for lang in ("zh", "en")
        }
        return {
            **said,
            "risk_name": stored.get("name"),
            "risk_kind": stored.get("kind"),
            **{key: stored.get(key, "") for key in ("source", "target", "condition")},
            **{key: _listed(stored, key) for key in ("profiles", "modes")},
        }


class AddOnForm(AdditionForm):
    kind = AdditionKind.ADDON
    sections = (
        (
            _("versions of an add-on"),
            {"fields": ("addon", ("first", "last"), ("first_cluster", "last_cluster"), "sources")},
        ),
    )
    places: ClassVar[Mapping[str, str]] = {"versions": "first", "clusters": "first_cluster"}

    addon = _line(_("add-on"), _("As the platform calls it, for example coredns."))
    first = _line(_("first version"), _("For example 1.25.1; 2.6 alone is every 2.6.x."))
    last = _line(_("last version"), _("Empty: the first alone."), required=False)
    first_cluster = _choice(_("clusters from"))
    last_cluster = _choice(_("clusters to"))

    def choices_of(self) -> dict[str, Choices]:
        return {"first_cluster": _minors(), "last_cluster": _minors()}

    def to_record(self, given: Mapping[str, Any]) -> Record:
        first, last = (given[key].strip().removeprefix("v") for key in ("first", "last"))
        return {
            "addon": given["addon"].strip(),
            "versions": f">={first},<={last}" if last and last != first else f"=={first}",
            "clusters": [given["first_cluster"], given["last_cluster"]],
        }

    def to_initial(self, stored: Record) -> dict[str, Any]:
        first, _comma, last = str(stored.get("versions", "")).partition(",")
        clusters = _pair(stored, "clusters")
        return {
            "addon": stored.get("addon"),
            "first": first.lstrip(">="),
            "last": last.lstrip("<="),
            "first_cluster": clusters[0],
            "last_cluster": clusters[1],
        }


FORMS: dict[str, type[AdditionForm]] = {form.kind.value: form for form in (HopForm, RiskForm, AddOnForm)}


def _minors() -> Choices:
    return [(str(r.minor), str(r.minor)) for r in selectors.shipped().releases]


def _profiles() -> Choices:
    return [(p.name, p.title[request_lang()]) for p in selectors.shipped().profiles]


def _words(family: str, values: Iterable[Any]) -> Choices:
    return [(v.value, text(f"{family}.{v.value}", request_lang())) for v in values]


def _sentences(family: str) -> Choices:
    """Every sentence of a family by the last part of its key."""
    keys = sorted(key for key in catalogue() if key.startswith(family))
    return [(key.removeprefix(family), text(key, request_lang())) for key in keys]


def _split(lines: str) -> list[str]:
    return [line.strip() for line in lines.splitlines() if line.strip()]


def _listed(stored: Record, key: str) -> list[str]:
    value = stored.get(key)
    return list(value) if isinstance(value, list) else []


def _pair(stored: Record, key: str) -> tuple[str, str]:
    value = _listed(stored, key)
    return (value[0], value[1]) if len(value) == 2 else ("", "")

"""Forms in which a person changes a step or writes one of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.runbooks.choices import Role, StepKind
from migrator.locale import Lang, say, text
from migrator.runbook import model as core
from migrator.runbook.edits import Place, Typed, Words

_INPUT = "page-input rb-input"
LISTS = {"actions": _("actions"), "verify": _("verification"), "rollback": _("way back")}
_EMPTY_ROWS = 2
_MOST_ROWS = 50
_ROWS_SHOWN = 14  # lines of a command before it scrolls


def _text(label: Any, rows: int, **more: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows, "class": _INPUT})
    return forms.CharField(label=label, widget=widget, required=False, max_length=20_000, **more)


def _choice(label: Any, choices: Any, **more: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, widget=forms.Select(attrs={"class": _INPUT}), **more)


class WordsForm(forms.Form):
    """The words of a step that stand alone."""

    title = _text(_("title"), 1)
    why = _text(_("why"), 3)
    role = _choice(_("role"), Role.words)
    low = forms.IntegerField(
        label=_("shortest duration in minutes"), min_value=0, widget=forms.NumberInput(attrs={"class": _INPUT})
    )
    high = forms.IntegerField(
        label=_("longest duration in minutes"), min_value=0, widget=forms.NumberInput(attrs={"class": _INPUT})
    )
    outage = _text(_("what stops, and for how long"), 2)
    expected = _text(_("expected result"), 3)
    no_rollback_reason = _text(_("why there is no way back"), 2)


class OwnForm(WordsForm):
    """What a step of a person's own has besides."""

    place = _choice(
        _("place"),
        ((Place.AFTER.value, _("after this step")), (Place.BEFORE.value, _("before this step"))),
        initial="after",
    )
    kind = _choice(_("kind"), StepKind.words, initial=core.StepKind.MANUAL.value)
    interrupts = forms.BooleanField(label=_("interrupts service"), required=False)
    destructive = forms.BooleanField(label=_("destructive"), required=False)


class ActionForm(forms.Form):
    """One action: a command or words; a row with neither is none."""

    where = forms.ChoiceField(label=_("where"), widget=forms.Select(attrs={"class": _INPUT}), required=False)
    command = _text(_("command"), 3, strip=False)
    words = _text(_("in words"), 2)

    def __init__(self, *args: Any, lang: Lang, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("command", "words"):
            lines = str(self.initial.get(name, "")).count("\n") + 1
            self.fields[name].widget.attrs["rows"] = min(max(lines, 3), _ROWS_SHOWN)
        self.fields["where"].choices = [(w.value, text(f"where.{w.value}", lang)) for w in core.Where]  # type: ignore[attr-defined]

    @property
    def typed(self) -> Typed | None:
        given = self.cleaned_data  # empty of a row that was left alone
        command, words = given.get("command", "").strip("\r\n"), given.get("words", "").replace("\r\n", "\n")
        if not command.strip() and not words:
            return None
        return Typed(where=core.Where(given["where"]), command=command.replace("\r\n", "\n"), text=words)


class StepForms:
    """All forms of one step, unbound or with what was posted. ``step`` is None for one that does not exist yet."""

    def __init__(self, step: core.Step | None, lang: Lang, data: Any = None) -> None:
        self._step = step
        self._lang = lang
        kind = WordsForm if step is not None else OwnForm
        self.words: WordsForm = kind(data, initial=_initial(step, lang))
        if step is not None and not step.interrupts:
            del self.words.fields["outage"]
        made = forms.formset_factory(ActionForm, extra=_EMPTY_ROWS, max_num=_MOST_ROWS, validate_max=True)
        self.lists = {
            name: made(
                data,
                prefix=name,
                initial=_typed(getattr(step, name) if step is not None else (), lang),
                form_kwargs={"lang": lang},
            )
            for name in LISTS
        }

    @property
    def titled(self) -> list[tuple[str, Any, Any]]:
        return [(name, LISTS[name], formset) for name, formset in self.lists.items()]

    def is_valid(self) -> bool:
        return all([self.words.is_valid(), *(formset.is_valid() for formset in self.lists.values())])

    @property
    def given(self) -> Words:
        """What the person says otherwise than the step that they had before them."""
        said = self.words.cleaned_data
        initial = _initial(self._step, self._lang)
        values: dict[str, Any] = {}
        for field in ("title", "why", "outage", "expected", "no_rollback_reason"):
            value = said.get(field, "").replace("\r\n", "\n")
            if value != initial.get(field, ""):
                values[field] = value
        minutes, role = (said["low"], said["high"]), core.Role(said["role"])
        if self._step is None or minutes != self._step.minutes:
            values["minutes"] = minutes
        if self._step is None or role is not self._step.role:
            values["role"] = role
        for name, formset in self.lists.items():
            rows = tuple(t for form in formset if (t := form.typed) is not None)
            if rows != tuple(Typed(**row) for row in self._before(name)):
                values[name] = rows
        return Words(**values)

    def _before(self, name: str) -> list[dict[str, Any]]:
        rows = _typed(getattr(self._step, name) if self._step is not None else (), self._lang)
        return [{"where": r["where"], "command": r["command"].strip("\n"), "text": r["words"].strip()} for r in rows]


def _initial(step: core.Step | None, lang: Lang) -> dict[str, Any]:
    if step is None:
        return {"low": 5, "high": 15, "role": core.Role.CLUSTER_ENGINEER.value}
    return {
        "title": say(step.title, lang),
        "why": say(step.why, lang),
        "outage": say(step.outage, lang) if step.outage is not None else "",
        "expected": say(step.expected, lang),
        "no_rollback_reason": say(step.no_rollback_reason, lang) if step.no_rollback_reason is not None else "",
        "low": step.minutes[0],
        "high": step.minutes[1],
        "role": step.role.value,
    }


def _typed(actions: Sequence[core.Action], lang: Lang) -> list[dict[str, Any]]:
    return [
        {"where": a.where.value, "command": a.command, "words": say(a.text, lang) if a.text is not None else ""}
        for a in actions
    ]

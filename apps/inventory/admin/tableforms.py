"""Forms of the tables that people fill in, made from the core's own definition of them.

Every cell is a text, as a spreadsheet has it; what it means and whether it is right, the core judges.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext_lazy as _
from unfold.widgets import BASE_CLASSES

from migrator.locale import LANGS, Lang
from migrator.snapshot.sheets import headings
from migrator.snapshot.sheets.cells import label, offered, write_cell, yes_no
from migrator.snapshot.sheets.form import Answers, fault_text
from migrator.snapshot.sheets.masking import Row
from migrator.snapshot.sheets.rows import RowFault
from migrator.snapshot.sheets.tables import TABLES, UNKNOWN, Column, Table, Type

ROWS_MOST = 500  # of one table on the page
EMPTY_ROWS = 1  # below those that are filled in

_CELL = " ".join([*BASE_CLASSES, "sheet-cell"])
_STATES = (
    ("", _("not checked")),
    ("complete", _("checked one by one: these are all")),
    ("partial", _("there may be more")),
)
_TRUTH = {True: "true", False: "false", UNKNOWN: UNKNOWN}


@cache
def _formset(table_key: str, lang: Lang) -> type[BaseFormSet[Any]]:
    table = next(t for t in TABLES if t.key == table_key)
    fields = {c.key: _field(table, c, lang) for c in table.columns}
    row = type("RowForm", (forms.Form,), fields)
    most = 1 if table.single else ROWS_MOST
    return formset_factory(row, extra=EMPTY_ROWS, max_num=most, absolute_max=most, validate_max=True)


def _field(table: Table, column: Column, lang: Lang) -> forms.CharField:
    return forms.CharField(
        required=False,
        strip=False,
        label=headings.heading(table, column, lang),
        widget=_widget(table, column, lang),
    )


def _widget(table: Table, column: Column, lang: Lang) -> forms.Widget:
    named = {"class": _CELL, "aria-label": headings.heading(table, column, lang)}
    if column.type in (Type.CHOICE, Type.YES_NO):
        choice = _Choice(column, lang)
        choice.attrs |= {"aria-label": named["aria-label"]}
        return choice
    if column.type is Type.SUGGESTION:
        return forms.TextInput(attrs={**named, "list": f"{table.key}-{column.key}-words"})
    if column.type in (Type.LIST, Type.MAP) or column.key == "corefile":
        return forms.Textarea(attrs={**named, "rows": 1})
    return forms.TextInput(attrs={**named, "inputmode": "numeric"} if column.type is Type.NUMBER else named)


def _choices(column: Column, lang: Lang) -> list[tuple[str, str]]:
    if column.type is Type.YES_NO:
        values: list[bool | str] = [True, False, *([UNKNOWN] if column.derived else [])]
        return [(_TRUTH[v], yes_no(v, lang)) for v in values]
    return [(choice, label(column, choice, lang)) for choice in column.choices]


def _initial(table: Table, row: Row, lang: Lang) -> dict[str, str]:
    """The cells of a row as the widgets hold them."""
    return {c.key: _cell(c, row.get(c.key), lang) for c in table.columns}


def _cell(column: Column, value: Any, lang: Lang) -> str:
    if column.type is Type.YES_NO:
        return _TRUTH.get(value, "")
    if column.type is Type.CHOICE:
        return str(value or "")
    return str(write_cell(column, value, lang))


class _Choice(forms.Select):
    """A drop-down list whose options know their names in every language, for what is pasted into it."""

    def __init__(self, column: Column, lang: Lang) -> None:
        super().__init__(attrs={"class": f"{_CELL} pr-8!"}, choices=[("", ""), *_choices(column, lang)])
        self._words = {
            value: "|".join(dict(_choices(column, each))[value] for each in LANGS) for value, _ in self.choices if value
        }

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        option["attrs"]["data-words"] = self._words.get(str(value), "")
        return option


class Sheet:
    """One table on the page: its rows, and whether they are all there are."""

    def __init__(self, table: Table, lang: Lang, data: Mapping[str, Any] | None, answers: Answers) -> None:
        self.table = table
        self._lang = lang
        self.title = headings.title(table, lang)
        self.about = headings.about(table, lang)
        self.known = answers.tables.get(table.key, [])
        kind = _formset(table.key, lang)
        initial = [_initial(table, row, lang) for row in self.known]
        self.rows = kind(data, prefix=table.key) if data is not None else kind(initial=initial, prefix=table.key)
        self.state = forms.Form(data, prefix=table.key, initial={"state": self._state(answers)})
        self.state.fields["state"] = forms.ChoiceField(
            label=_("Have all been checked?"),
            choices=_STATES,
            required=False,
            widget=forms.Select(attrs={"class": f"{_CELL} pr-8! sheet-state"}),
        )
        self.suggestions = [
            (f"{table.key}-{c.key}-words", offered(c, lang)) for c in table.columns if c.type is Type.SUGGESTION
        ]

    def _state(self, answers: Answers) -> str:
        if self.table.key not in answers.tables:
            return ""
        return "partial" if self.table.key in answers.not_complete else "complete"

    @property
    def name_at(self) -> int:
        """The column that stays in sight: the name of the thing."""
        return next((i for i, c in enumerate(self.table.columns) if c.key == "name"), 0)

    @property
    def details(self) -> frozenset[str]:
        """Columns that begin folded away: rarely known, and empty in every row."""
        detail = {c.key for c in self.table.columns if c.detail}
        shown = {key for row in self.known for key in row}
        if self.rows.is_bound:
            shown |= {key for row in self.rows for key in detail if row[key].data or row[key].errors}
        return frozenset(detail - shown)

    def headings(self) -> list[dict[str, Any]]:
        return [
            {
                "key": c.key,
                "label": headings.heading(self.table, c, self._lang),
                "help": headings.explanation(self.table, c, self._lang),
                "words": "|".join([c.key, headings.both(self.table, c, "|"), headings.both(self.table, c)]),
                "required": c.required,
            }
            for c in self.table.columns
        ]

    @property
    def count(self) -> int:
        return len(self.given()) if self.rows.is_bound else len(self.known)

    def cells(self) -> list[dict[str, str]]:
        """Every row as it was sent, the empty ones among them: their places number the rows."""
        return [{k: v for k, v in row.cleaned_data.items() if v} if row.is_valid() else {} for row in self.rows]

    def given(self) -> list[dict[str, str]]:
        return [cells for cells in self.cells() if cells]


class TableForms:
    """All tables of the page.

    Args:
        data: what was sent; None for a page that begins with ``answers``.
    """

    def __init__(self, lang: Lang, answers: Answers, data: Mapping[str, Any] | None = None) -> None:
        self._lang = lang
        self._sheets = [Sheet(table, lang, data, answers) for table in TABLES]

    def __iter__(self) -> Iterator[Sheet]:
        return iter(self._sheets)

    def is_valid(self) -> bool:
        """Whether every table was sent whole, and its rows come with the word whether they are all."""
        for sheet in self:
            if not sheet.rows.is_valid() or not sheet.state.is_valid():
                return False
        unsaid = [s for s in self if s.given() and not s.state.cleaned_data["state"]]
        for sheet in unsaid:
            sheet.state.add_error("state", _("Say whether these rows are all there are."))
        return not unsaid

    def tables(self) -> dict[str, list[dict[str, str]]]:
        """The rows by table, as the core reads them; a table that nobody checked is left out."""
        return {s.table.key: s.cells() for s in self if s.state.cleaned_data["state"]}

    def not_complete(self) -> list[str]:
        return [s.table.key for s in self if s.state.cleaned_data["state"] == "partial"]

    def show(self, faults: Sequence[RowFault]) -> None:
        """Put what is wrong beside the cells."""
        by_table = {s.table.key: s for s in self}
        for fault in faults:
            row = by_table[fault.table.key].rows.forms[fault.row - 1]
            row.add_error(fault.column, fault_text(fault, self._lang))

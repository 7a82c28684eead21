"""The page on which the open questions of a cluster's newest assessment are answered, many at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.checklists import services
from apps.checklists.adapters import readable, result_of
from apps.checklists.choices import Answer
from apps.checklists.models import CheckResult
from apps.checklists.questions import newest_assessment, open_questions
from apps.core.errors import ServiceError
from apps.core.language import request_lang
from apps.core.texts import check_texts
from apps.inventory.models import Cluster
from migrator.errors import MigratorError
from migrator.locale import say
from migrator.render.words import check_title, question

EVIDENCE_MOST = 10_000  # characters of one answer typed here
_SEEN_MOST = 50  # lines of what a check saw, beside its question


class AnswerRow(forms.Form):
    """One question; without a chosen answer it stays open."""

    answer = forms.ChoiceField(required=False, label=_("answer"))
    evidence = forms.CharField(
        required=False,
        max_length=EVIDENCE_MOST,
        label=_("evidence"),
        widget=forms.Textarea(attrs={"rows": 2, "class": "page-input chk-evidence"}),
    )
    valid_until = forms.DateField(
        required=False,
        label=_("valid until"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "page-input chk-day"}),
    )

    def __init__(self, result: CheckResult, data: Any = None) -> None:
        super().__init__(data, prefix=result.code)
        self.result = result
        lang = request_lang()
        told = result_of(result)
        with readable(result.assessment.uid, result.assessment.custom_checks):
            self.title = check_title(result.slug, lang)
            self.question = question(told, lang) if result.unanswered else say(told.reason, lang)
            self.seen = [say(message, lang) for message in told.evidence[:_SEEN_MOST]]  # what the question speaks of
        self.unseen = max(0, len(told.evidence) - _SEEN_MOST)
        answer = self.fields["answer"]
        answer.choices = [("", _("leave open")), *Answer.words()]  # type: ignore[attr-defined]
        answer.widget.attrs["class"] = "page-input"
        for name in self.fields:  # every field says to a screen reader whose it is
            self.fields[name].widget.attrs["aria-label"] = f"{result.code} {self.fields[name].label}"

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if not given.get("answer"):
            if given.get("evidence") or given.get("valid_until"):
                self.add_error("answer", _("Choose an answer, or empty the row."))
        elif "evidence" in given and not given["evidence"].strip():
            self.add_error("evidence", _("Say what the answer rests on."))
        try:
            check_texts(given.get("evidence") or "")
        except MigratorError as error:
            self.add_error("evidence", error.message(request_lang()))
        if day := given.get("valid_until"):
            try:
                services.check_not_past(day)
            except MigratorError as error:
                self.add_error("valid_until", error.message(request_lang()))
        return given

    @property
    def given(self) -> dict[str, Any] | None:
        """The arguments of an answer; None where the question stays open."""
        found = self.cleaned_data
        if not found.get("answer"):
            return None
        return {
            "check": self.result.code,
            "answer": found["answer"],
            "evidence": found["evidence"],
            "valid_until": found["valid_until"],
        }


class AnswersPage:
    """All rows of the page, unbound or with what was posted."""

    def __init__(self, cluster: Cluster, data: Any = None) -> None:
        self.cluster = cluster
        self.assessment = newest_assessment(cluster)
        questions = open_questions(self.assessment) if self.assessment is not None else []
        self.rows = [AnswerRow(result, data) for result in questions]

    def save(self, actor: Any) -> int:
        """Store all answers that were given or none; how many.

        Raises:
            ServiceError: ``answers_none``; ``answers_wrong``, and then each row says what is.
        """
        wrong = [row for row in self.rows if not row.is_valid()]  # every row is looked at, not only the first
        if wrong:
            raise ServiceError("answers_wrong", count=len(wrong))
        answers = [given for row in self.rows if (given := row.given) is not None]
        if not answers:
            raise ServiceError("answers_none")
        return len(services.attestations_create(actor=actor, cluster=self.cluster, answers=answers))

    def categories(self) -> Iterator[tuple[str, list[AnswerRow]]]:
        """Rows by category as the checklist has them: its name and its questions."""
        for name, rows in groupby(self._sorted(), key=lambda row: row.result.get_category_display()):
            yield str(name), list(rows)

    def _sorted(self) -> Iterable[AnswerRow]:
        order = {value: i for i, (value, _word) in enumerate(CheckResult._meta.get_field("category").flatchoices)}
        return sorted(self.rows, key=lambda row: (order[row.result.category], row.result.position))

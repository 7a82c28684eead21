"""The form of an application that is to run in containers: checked here, kept with the operation that compiles it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import yaml

from apps.core.errors import Conflict, ServiceError
from apps.core.texts import check_texts
from apps.operations.models import Operation
from apps.planning.models import Plan
from migrator.conversion.model import Bundle, ManifestFile
from migrator.errors import MigratorError
from migrator.runbook.application.compiler import application_files
from migrator.runbook.application.form import ApplicationForm, application_form, parse_form
from migrator.runbook.model import Playbook
from migrator.versions import Version

_NAME = "form"  # what errors call the form


def needed_form(plan: Plan, given: str) -> dict[str, Any]:
    """The form as it is kept in an operation: that which is given, or that of the plan's last such runbook.

    Raises:
        InputError: what ``parse_form`` refuses.
        ServiceError: ``text_secret``.
        Conflict: ``application_form_missing``.
    """
    if given.strip():
        form = parse_form(given.encode(), _NAME)
        kept: dict[str, Any] = msgspec.to_builtins(form)
        check_texts(*_texts(kept))
        return kept
    last = last_form(plan)
    if last is None:
        raise Conflict("application_form_missing")
    return last


def last_form(plan: Plan) -> dict[str, Any] | None:
    """The form of the plan's last runbook that containerises an application."""
    rows = Operation.objects.filter(runbook__plan=plan, runbook__playbook=Playbook.CONTAINERISE.value)
    last = rows.order_by("-runbook__number").first()
    return dict(last.params["form"]) if last is not None else None


def form_text(plan: Plan) -> str:
    """What a person begins with: the last form in YAML, or an empty one that names every field."""
    last = last_form(plan)
    return yaml.safe_dump(last, allow_unicode=True, sort_keys=False) if last is not None else application_form()


def _texts(value: Any) -> Iterator[str]:
    """Every text in a form; a variable with its name, which tells what it is."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (f"{key}={below}" for key, below in value.items() if isinstance(below, str))
        for below in value.values():
            yield from _texts(below)
    elif isinstance(value, (list, tuple)):
        for below in value:
            yield from _texts(below)


def check_form_wanted(playbook: str, given: str) -> None:
    """Refuse a form where no playbook asks for it; raises ``ServiceError`` ``application_form_unasked``."""
    if given.strip() and playbook != Playbook.CONTAINERISE.value:
        raise ServiceError("application_form_unasked")


def form_of(params: dict[str, Any]) -> ApplicationForm:
    """The form that an operation was started with; raises ``MigratorError`` ``application_form_outdated``."""
    try:
        return msgspec.convert(params["form"], ApplicationForm)
    except msgspec.ValidationError as error:
        raise MigratorError("application_form_outdated") from error


def bundle_of_form(form: ApplicationForm, target: Version) -> Bundle:
    """All files of the application with their paths beside the runbook: no object of the old cluster stands behind."""
    made = application_files(form, target)
    return Bundle(files=tuple(ManifestFile(path=path, wave="", text=text) for path, text in made.items()))

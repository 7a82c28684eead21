"""Checks that people write as expressions: kept, tried on a snapshot, and switched on once they have been tried."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import F, QuerySet
from django.http import HttpResponse
from django.utils import timezone

from apps.checklists import adapters
from apps.checklists.choices import CustomState
from apps.checklists.models import CustomCheck
from apps.core.errors import Conflict, ServiceError
from apps.core.language import request_lang
from apps.inventory.models import Cluster, Snapshot
from apps.inventory.selectors import latest_snapshot
from apps.inventory.uploads import NAME_SHOWN, SpooledUpload
from apps.operations.models import Operation
from apps.operations.services import operation_create
from migrator.checks.custom import files, model
from migrator.checks.custom.judging import Trial
from migrator.checks.custom.language import check_expression
from migrator.checks.registry import all_checks, find_check
from migrator.errors import InputError, MigratorError
from migrator.locale import Lang
from migrator.render.trials import trial_numbers, trial_plain
from migrator.render.words import check_title
from migrator.versions import Version, VersionRange

TRY = "checklists.try"
ON_MOST = 50  # each is a process of its own in every assessment
YAML_TYPE = "application/yaml"
SHOWN = 50  # objects of a trial that are kept
FIELDS = tuple(field.name for field in CustomCheck._meta.get_fields() if field.editable and field.name != "id")
_LONGEST = 2000  # characters of a text


class CustomRefused(ServiceError):
    """A check that is not as it must be; ``field`` is the name of the field that is wrong."""

    def __init__(self, code: str, /, field: str, **values: Any) -> None:
        super().__init__(code, **values)
        self.field = field


# --- reads --------------------------------------------------------------------------------------------------------


def visible_to(actor: Any) -> QuerySet[CustomCheck]:
    """Whoever is logged in sees every check."""
    rows = CustomCheck.objects.select_related("created_by")
    return rows if actor.is_authenticated else rows.none()


def checks_on() -> tuple[model.CustomCheck, ...]:
    """The checks that take part in assessments, by code."""
    rows = CustomCheck.objects.filter(state=CustomState.ON).order_by("code")
    return tuple(adapters.custom_check_of(row) for row in rows)


def known_code(name: str) -> str | None:
    """The code of a check of that code or slug, built in or a person's own; None where there is none."""
    found = find_check(name)
    if found is not None:
        return found.spec.code
    own = CustomCheck.objects.filter(code=name.upper()) | CustomCheck.objects.filter(slug=name.lower())
    return own.values_list("code", flat=True).first()


def titles(lang: Lang) -> dict[str, str]:
    """Of all checks there are by code: those built in, then those that people wrote."""
    own = CustomCheck.objects.exclude(state=CustomState.DRAFT).order_by("code")
    return {c.spec.code: check_title(c.spec.slug, lang) for c in all_checks()} | {r.code: title(r, lang) for r in own}


def title(row: CustomCheck, lang: Lang) -> str:
    """In the language, otherwise in the other."""
    chosen, other = (row.title_zh, row.title_en) if lang == "zh" else (row.title_en, row.title_zh)
    return chosen or other


def next_code() -> str:
    """The first code that no check has had so far; empty where all are taken."""
    taken = set(CustomCheck.objects.values_list("code", flat=True))
    return next((code for number in range(1, 1000) if (code := f"USR{number:03}") not in taken), "")


def custom_file(rows: Iterable[CustomCheck]) -> HttpResponse:
    """The checks as an attachment: the YAML that the command line reads."""
    content = files.write_checks([adapters.custom_check_of(row) for row in rows])
    answer = HttpResponse(content, content_type=YAML_TYPE)
    answer["Content-Disposition"] = 'attachment; filename="checks.yaml"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def content_of(upload: SpooledUpload) -> tuple[bytes, str]:
    """Content and name of an uploaded file of checks; raises ``InputError`` ``custom_file_unreadable``."""
    name = (upload.name or "")[:NAME_SHOWN]
    if (upload.size or 0) > files.MOST_BYTES:
        raise InputError("custom_file_unreadable", file=name, problem="> 1 MB")
    return upload.plain(), name


# --- writes -------------------------------------------------------------------------------------------------------


def custom_check(row: CustomCheck) -> model.CustomCheck:
    """The check of a row that may not be stored yet, as the core runs it.

    Raises:
        CustomRefused: ``custom_field``, ``custom_text_missing``, ``custom_text_long``, ``custom_twice``,
            ``range_unreadable``, or what ``check_expression`` raises, with the field.
    """
    for field in FIELDS:
        longest = getattr(CustomCheck._meta.get_field(field), "max_length", None) or _LONGEST
        value = getattr(row, field)
        if field != "expression" and isinstance(value, str) and len(value) > longest:
            raise CustomRefused("custom_text_long", field=field, limit=longest)
    try:
        check = adapters.custom_check_of(row)
    except (ValueError, TypeError):
        raise CustomRefused("custom_field", field="strategies", form="upgrade, migrate") from None
    if (problem := files.problem_of(check)) is not None:
        field, form = problem
        if field in ("title", "message"):
            raise CustomRefused("custom_text_missing", field=f"{field}_zh")
        raise CustomRefused("custom_field", field=field, form=form)
    for field, judge in (("applies", VersionRange.parse), ("expression", check_expression)):
        try:
            judge(getattr(check, field))
        except MigratorError as error:
            raise CustomRefused(error.code, field=field, **error.values) from error
    for field in ("code", "slug"):
        name = getattr(check, field)
        taken = CustomCheck.objects.filter(**{field: name}).exclude(pk=row.pk).exists()
        if taken or find_check(name) is not None:
            raise CustomRefused("custom_twice", field=field, name=name)
    return check


def custom_create(*, actor: Any, **fields: Any) -> CustomCheck:
    """A new check, a draft; raises as ``custom_check``."""
    row = CustomCheck(**fields, created_by=actor if actor is not None and actor.is_authenticated else None)
    row.digest = adapters.custom_digest(custom_check(row))
    row.save(force_insert=True)
    return row


def custom_update(*, check: CustomCheck, changes: Mapping[str, Any]) -> CustomCheck:
    """Change a check; where that changes its verdicts, it is a draft again until it has been tried.

    What was assessed before keeps its words. Raises as ``custom_check``.
    """
    with transaction.atomic():
        row = CustomCheck.objects.select_for_update().get(pk=check.pk)
        for field, value in changes.items():
            setattr(row, field, value)
        before, row.digest = row.digest, adapters.custom_digest(custom_check(row))
        changed = [*changes, "digest", "updated_at"]
        if row.digest != before:
            row.state = CustomState.DRAFT
            changed.append("state")
        row.save(update_fields=changed)
    return row


def custom_on(*, check: CustomCheck) -> CustomCheck:
    """Let it take part in assessments.

    Raises:
        Conflict: ``custom_not_tried`` where what it says now was not tried without an error; ``custom_too_many``.
    """
    custom_check(check)
    if CustomCheck.objects.filter(state=CustomState.ON).exclude(pk=check.pk).count() >= ON_MOST:
        raise Conflict("custom_too_many", limit=ON_MOST)
    # In one statement, so that nothing untried comes in between.
    tried = CustomCheck.objects.filter(pk=check.pk, tried_digest=F("digest"))
    changed = tried.update(state=CustomState.ON, updated_at=timezone.now())
    check.refresh_from_db()
    if not changed:
        raise Conflict("custom_not_tried", check=check.code)
    return check


def custom_off(*, check: CustomCheck) -> CustomCheck:
    """From the next assessment on it takes no part."""
    CustomCheck.objects.filter(pk=check.pk, state=CustomState.ON).update(
        state=CustomState.OFF, updated_at=timezone.now()
    )
    check.refresh_from_db()
    return check


def custom_import(*, actor: Any, content: bytes, name: str) -> list[CustomCheck]:
    """Take in the checks of a file, new ones as drafts and known codes as changes, all of them or none.

    Raises:
        InputError: as ``files.parse_checks``, and ``custom_entry`` for what ``custom_check`` refuses.
    """
    stored = []
    with transaction.atomic():
        for number, found in enumerate(files.parse_checks(content, name), start=1):
            columns = adapters.custom_columns(found)
            row = CustomCheck.objects.filter(code=found.code).first()
            try:
                stored.append(
                    custom_update(check=row, changes=columns) if row else custom_create(actor=actor, **columns)
                )
            except CustomRefused as refused:
                told = f"{refused.field}: {refused.message(request_lang())}"
                raise InputError("custom_entry", file=name, number=number, problem=told) from refused
    return stored


def trial_request(*, actor: Any, check: CustomCheck, cluster: Cluster, target: str) -> Operation:
    """Have the check tried on the latest snapshot of the cluster, as if it were to go to ``target``.

    Raises:
        Conflict: ``plan_without_snapshot``.
        VersionError: ``version_unreadable``.
    """
    snapshot = latest_snapshot(cluster)
    if snapshot is None:
        raise Conflict("plan_without_snapshot", cluster=cluster.name)
    params = {"check": str(check.uid), "snapshot": str(snapshot.uid), "target": str(Version.parse(target).as_minor)}
    return operation_create(kind=TRY, actor=actor, target=f"custom_check:{check.uid}", params=params)


def trial_store(*, check: CustomCheck, snapshot: Snapshot, target: str, tried: Trial, seconds: float) -> dict[str, Any]:
    """Keep what was seen, unless the check has been changed since; the numbers of it.

    Only a trial in which the expression could tell of every object, and was asked of one at least, lets the check be
    switched on.
    """
    told = trial_plain(tried)
    found, problems = told["found"], told["problems"]
    numbers = {**trial_numbers(tried), "seconds": round(seconds, 2)}
    kept = {
        **numbers,
        "cluster": str(snapshot.cluster.uid),
        "cluster_name": snapshot.cluster.name,
        "snapshot": str(snapshot.uid),
        "target": target,
        "found_first": _first(found),
        "problems_first": _first(problems),
    }
    digest = adapters.custom_digest(tried.check)
    columns: dict[str, Any] = {"trial": kept, "tried_at": timezone.now()}
    if tried.looked and not tried.problems and not tried.is_cut:
        columns["tried_digest"] = digest
    CustomCheck.objects.filter(pk=check.pk, digest=digest).update(**columns)
    return numbers


def _first(rows: Any) -> Sequence[Any]:
    return msgspec.to_builtins(list(rows)[:SHOWN])

"""The checklist of an assessment: as a workbook that people fill in offline, taken back with their answers; and by
categories, as a page shows it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db import transaction
from django.http import HttpResponse

from apps.checklists.adapters import assessment_of, readable, request_digest, result_of
from apps.checklists.answering import AnswerRule
from apps.checklists.custom import checks_on
from apps.checklists.models import Assessment, Attestation, CheckResult
from apps.checklists.selectors import answers_of, attestations_of, results_of, waivers_of, waivers_on
from apps.checklists.services import attestations_create, today
from apps.core.errors import Malformed, ServiceError
from apps.inventory.models import Cluster
from apps.inventory.uploads import NAME_SHOWN, SpooledUpload
from apps.planning.adapters import request_of
from apps.planning.models import Plan
from apps.planning.selectors import needed_snapshot
from migrator.checks import answersheet, spec
from migrator.checks.answersheet import FilledRow, SheetFault
from migrator.checks.readiness import Decided, decided_of
from migrator.errors import InputError, MigratorError
from migrator.locale import Lang
from migrator.render.checklist import checklist_workbook
from migrator.render.words import is_open
from migrator.snapshot.sheets.files import XLSX_TYPE

_FAULTS = {
    "attestation_check_unknown": "no_check",
    "attestation_not_applicable": "not_applicable",
    "attestation_not_asked": "not_asked",
}


class ChecklistRefused(Malformed):
    """Cells of a filled-in checklist are wrong; no answer is stored."""

    def __init__(self, faults: Sequence[SheetFault], name: str) -> None:
        super().__init__("checklist_wrong", **answersheet.wrong(faults, name).values)
        self.faults = faults


class Imported(NamedTuple):
    """``unchanged``: rows whose answers were there already, or that nobody touched."""

    stored: list[Attestation]
    unchanged: int


def checklist_file(assessment: Assessment, lang: Lang) -> HttpResponse:
    """The workbook as an attachment; answers given since the assessment stand in it.

    Raises:
        MigratorError: ``document_outdated``.
    """
    found = assessment_of(assessment)
    answers = {answer.check: answer for answer in answers_of(assessment.plan.cluster, today())}
    with readable(assessment.uid, assessment.custom_checks):
        content = checklist_workbook(found, lang, answers, _about(assessment.plan))
    answer = HttpResponse(content, content_type=XLSX_TYPE)
    answer["Content-Disposition"] = f'attachment; filename="checklist-{assessment.uid}.xlsx"'
    answer["Cache-Control"] = "no-store"
    return answer


def _about(plan: Plan) -> dict[str, str]:
    return {"cluster_name": plan.cluster.name, "cluster_id": str(plan.cluster.uid), "plan_name": plan.name}


def content_of(upload: SpooledUpload) -> tuple[bytes, str]:
    """Content and name of an uploaded workbook; raises ``InputError`` ``checklist_too_large``."""
    name = (upload.name or "")[:NAME_SHOWN]
    if (upload.size or 0) > answersheet.MOST_BYTES:
        raise InputError("checklist_too_large", file=name, most=answersheet.MOST_BYTES)
    return upload.plain(), name


def checklist_import(*, actor: Any, cluster: Cluster, content: bytes, name: str, any_cluster: bool = False) -> Imported:
    """Store the answers of a filled-in workbook that are new or other than the cluster's, all of them or none.

    A name in the column "answered by" that is neither the actor's nor that of the answer before is kept with the
    evidence: the answer itself is the actor's.

    Args:
        any_cluster: take it although it was exported for another cluster.

    Raises:
        ServiceError: ``checklist_of_other_cluster``. A workbook that no longer says whose it is is taken.
        ChecklistRefused: with every wrong cell.
        InputError: as ``answersheet.parse_answer_sheet``.
    """
    found = answersheet.parse_answer_sheet(content, name)
    owner = found.about.get("cluster_id", "")
    if owner not in ("", str(cluster.uid)) and not any_cluster:
        told = found.about.get("cluster_name", owner)[:NAME_SHOWN]
        raise ServiceError("checklist_of_other_cluster", file=name, other=told, cluster=cluster.name)
    with transaction.atomic():
        known = {answer.check: answer for answer in answers_of(cluster, today())}
        changed = [row for row in found.rows if row.touched and _is_news(row.answer, known.get(row.answer.check))]
        rule = AnswerRule(cluster)
        faults = [*found.faults, *(fault for row in changed for fault in _refused(row, rule))]
        if faults:
            raise ChecklistRefused(sorted(faults, key=lambda f: (f.sheet, f.row)), name)
        given = [_given(row.answer, known.get(row.answer.check), actor) for row in changed]
        stored = attestations_create(actor=actor, cluster=cluster, answers=given)
    return Imported(stored, len(found.rows) - len(changed))


def _is_news(answer: spec.Attestation, known: spec.Attestation | None) -> bool:
    if known is None:
        return True
    same = (answer.answer, answer.evidence, answer.valid_until) == (known.answer, known.evidence, known.valid_until)
    return not (same and answer.by in ("", known.by) and answer.on in ("", known.on))


def _refused(row: FilledRow, rule: AnswerRule) -> Iterable[SheetFault]:
    """What the service asks of an answer beyond its form."""
    answer, day = row.answer, today().isoformat()
    try:
        rule.code_of(answer.check)
    except ServiceError as error:
        yield SheetFault(row.sheet, row.row, answersheet.ANSWER.key, _FAULTS[error.code], {})
    if not answer.evidence.strip():
        yield SheetFault(row.sheet, row.row, answersheet.EVIDENCE.key, "required", {})
    if answer.on > day:
        yield SheetFault(row.sheet, row.row, answersheet.ON.key, "in_future", {"today": day})
    if answer.valid_until and answer.valid_until < day:
        yield SheetFault(row.sheet, row.row, answersheet.VALID_UNTIL.key, "in_past", {"today": day})


def _given(answer: spec.Attestation, known: spec.Attestation | None, actor: Any) -> dict[str, Any]:
    """The arguments of ``attestation_create``. Day and name that are those of the answer before were left standing."""
    before = known or spec.Attestation(check=answer.check, answer=answer.answer)
    evidence = answer.evidence
    if answer.by not in ("", before.by, actor.get_full_name(), actor.get_username()):
        evidence = f"{evidence}\n({answer.by})"
    return {
        "check": answer.check,
        "answer": answer.answer.value,
        "evidence": evidence,
        "on": answersheet.day_of(answer.on) if answer.on != before.on else None,
        "valid_until": answersheet.day_of(answer.valid_until),
    }


# --- the page -----------------------------------------------------------------------------------------------------


class Line(NamedTuple):
    """One check on the page. ``answer``: the newest one; ``fresh``: it was given after the assessment."""

    row: CheckResult
    result: spec.CheckResult
    answer: spec.Attestation | None
    fresh: bool


class Part(NamedTuple):
    """One category of the checklist, its checks by what is to be done about them."""

    category: spec.Category
    decided: Decided
    open: list[Line]
    failed: list[Line]
    passed: list[Line]
    not_applicable: list[Line]

    @property
    def lines(self) -> list[Line]:
        return [*self.open, *self.failed, *self.passed, *self.not_applicable]


class Changes(NamedTuple):
    """What is no longer as the assessment saw it."""

    newer: Assessment | None
    answers: int
    waivers: int
    otherwise: bool  # another snapshot, plan or own check, something that ran out

    @property
    def any(self) -> bool:
        return bool(self.newer or self.answers or self.waivers or self.otherwise)


def checklist_parts(assessment: Assessment) -> list[Part]:
    """The five categories in the order of the course; within each what is still open comes first, worst first."""
    known = {answer.check: answer for answer in answers_of(assessment.plan.cluster, today())}
    lines: dict[spec.Category, list[Line]] = {category: [] for category in spec.Category}
    for row in results_of(assessment):
        result = result_of(row)
        answer = known.get(row.code)
        lines[result.category].append(Line(row, result, answer, _is_fresh(answer, result)))
    return [_part(category, found) for category, found in lines.items()]


def _is_fresh(answer: spec.Attestation | None, result: spec.CheckResult) -> bool:
    if answer is None or answer.expired:
        return False
    used = result.attestation
    seen = (used.answer, used.evidence, used.on, used.valid_until) if used else None
    return seen != (answer.answer, answer.evidence, answer.on, answer.valid_until)


def _part(category: spec.Category, lines: list[Line]) -> Part:
    severities = list(spec.Severity)
    part = Part(category, decided_of([line.result for line in lines]), [], [], [], [])
    groups = {spec.Outcome.FAIL: part.failed, spec.Outcome.PASS: part.passed}
    for line in sorted(lines, key=lambda line: severities.index(line.result.severity)):
        if line.result.outcome is spec.Outcome.NOT_APPLICABLE:
            part.not_applicable.append(line)
        elif is_open(line.result):
            part.open.append(line)
        else:
            groups[line.result.outcome].append(line)
    part.open.sort(key=lambda line: not line.row.unanswered)
    return part


def changes_since(assessment: Assessment) -> Changes:
    """Whether assessing again would see something else than ``assessment`` did."""
    plan, cluster, day = assessment.plan, assessment.plan.cluster, today()
    newer = Assessment.objects.filter(plan=plan, created_at__gt=assessment.created_at).defer("document").first()
    since = {"created_at__gt": assessment.created_at}
    try:
        other_snapshot = needed_snapshot(plan).pk != assessment.snapshot_id
    except MigratorError:
        other_snapshot = True
    asked = request_digest(request_of(plan, answers_of(cluster, day), waivers_on(cluster, day), checks_on()))
    answers, waivers = attestations_of(cluster).filter(**since).count(), waivers_of(cluster).filter(**since).count()
    differs = asked != assessment.request_digest and not (answers or waivers)
    return Changes(newer, answers, waivers, other_snapshot or differs)

"""Assessments between rows and the records of the core. Mapping only."""

from __future__ import annotations

import hashlib
import logging
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import msgspec

from apps.checklists import models
from migrator import engine
from migrator.checks.custom.model import CustomCheck, sentences_of
from migrator.checks.readiness import decided_of
from migrator.checks.spec import Attestation, Category, CheckResult, Finding, Outcome, Severity, Unresolved, Waiver
from migrator.errors import MigratorError
from migrator.locale import LANGS, Msg, speaking
from migrator.paths.model import Strategy
from migrator.snapshot.model import ObjectRef

log = logging.getLogger(__name__)

# Struct fields keep their order and mappings theirs, so that what is read back is written out to the same bytes.
_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(engine.Assessment)
_REQUESTS = msgspec.json.Decoder(engine.Request)
_CANONICAL = msgspec.json.Encoder(order="deterministic")


@contextmanager
def readable(uid: UUID, custom_checks: Sequence[Any] = ()) -> Iterator[None]:
    """Around everything that turns a stored document into sentences.

    Args:
        custom_checks: those of its ``Assessment``, in whose words of then it speaks.

    Raises:
        MigratorError: ``document_outdated`` where another version of the product wrote it, in a form that is no longer
            read or with sentences that are no longer there.
    """
    try:
        with speaking(sentences_of(msgspec.convert(custom_checks, tuple[CustomCheck, ...]))):
            yield
    except (msgspec.DecodeError, zlib.error, KeyError) as error:
        log.warning("stored document not readable", extra={"document": str(uid), "reason": type(error).__name__})
        raise MigratorError("document_outdated", id=str(uid)) from error


def packed(assessment: engine.Assessment) -> bytes:
    return zlib.compress(_ENCODER.encode(assessment))


def assessment_of(row: models.Assessment) -> engine.Assessment:
    """The assessment as the core made it; raises ``MigratorError`` ``document_outdated``."""
    with readable(row.uid, row.custom_checks):
        return _DECODER.decode(zlib.decompress(row.document))


def packed_request(request: engine.Request) -> bytes:
    return zlib.compress(_ENCODER.encode(request))


def request_of(row: models.Assessment) -> engine.Request:
    """What was asked then, with the answers and waivers of that day.

    Raises:
        MigratorError: ``document_outdated``; ``request_not_kept`` of an assessment from before requests were kept.
    """
    if not row.request:
        raise MigratorError("request_not_kept", id=str(row.uid))
    with readable(row.uid):
        return _REQUESTS.decode(zlib.decompress(row.request))


def request_digest(request: engine.Request) -> str:
    """``sha256:<hex>`` over all that was asked, with the answers and waivers."""
    asked = msgspec.structs.asdict(request)  # with what is left at its default
    # An answer is taken over as soon as one assessment has used it; that changes no verdict.
    asked["answers"] = [msgspec.structs.replace(answer, taken_over=False) for answer in request.answers]
    return "sha256:" + hashlib.sha256(_CANONICAL.encode(asked)).hexdigest()


def assessment_columns(assessment: engine.Assessment) -> dict[str, Any]:
    """The columns of ``Assessment`` that the core decides."""
    severities = Counter(f.severity for r in assessment.results for f in r.findings)
    counts = decided_of(assessment.results)
    return {
        "source": str(assessment.source),
        "target": str(assessment.target),
        "profile": assessment.profile,
        "strategy": assessment.choice.strategy.value,
        "recommended": assessment.choice.recommended.value,
        "readiness": assessment.readiness.value,
        "blockers": severities[Severity.BLOCKER],
        "warnings": severities[Severity.WARNING],
        "notes": severities[Severity.INFO],
        "unknowns": sum(r.outcome is Outcome.UNKNOWN for r in assessment.results),
        "decided": counts.by_machine + counts.by_person,
        "applicable": counts.applicable,
        "snapshot_digest": assessment.snapshot_digest,
        "catalog_digest": assessment.catalog_digest,
        "ruleset_digest": assessment.ruleset_digest,
        "custom_checks": msgspec.to_builtins(assessment.custom_checks),
        "document": packed(assessment),
    }


def result_rows(row: models.Assessment, results: Iterable[CheckResult]) -> Iterator[models.CheckResult]:
    for position, result in enumerate(results, start=1):
        yield models.CheckResult(
            assessment=row,
            position=position,
            code=result.check,
            slug=result.slug,
            category=result.category.value,
            severity=result.severity.value,
            outcome=result.outcome.value,
            unanswered=result.unanswered,
            finding_count=len(result.findings),
            reason_key=result.reason.key,
            reason_values=msgspec.to_builtins(result.reason.values),
            evidence=msgspec.to_builtins(result.evidence),
            unresolved=msgspec.to_builtins(result.unresolved),
            attestation=msgspec.to_builtins(result.attestation),
        )


def result_of(row: models.CheckResult) -> CheckResult:
    """The result without its findings, which are rows of their own."""
    return CheckResult(
        check=row.code,
        slug=row.slug,
        category=Category(row.category),
        severity=Severity(row.severity),
        outcome=Outcome(row.outcome),
        reason=msgspec.convert({"key": row.reason_key, "values": row.reason_values}, type=Msg),
        unanswered=row.unanswered,
        evidence=msgspec.convert(row.evidence, type=tuple[Msg, ...]),
        unresolved=msgspec.convert(row.unresolved, type=tuple[Unresolved, ...]),
        attestation=msgspec.convert(row.attestation, type=Attestation | None),
    )


def finding_rows(row: models.Assessment, assessment: engine.Assessment) -> Iterator[models.Finding]:
    """Rows in the order of the document. A name longer than its column is cut there; the document has it whole."""
    position, accepted = 0, assessment.accepted
    for result in assessment.results:
        for finding in result.findings:
            position += 1
            yield models.Finding(
                assessment=row,
                position=position,
                check_code=finding.check,
                category=result.category.value,
                severity=finding.severity.value,
                **_cut(
                    api_version=finding.subject.api_version,
                    kind=finding.subject.kind,
                    namespace=finding.subject.namespace,
                    name=finding.subject.name,
                    file=finding.file,
                ),
                message_key=finding.message,
                values=msgspec.to_builtins(finding.values),
                waived=bool(accepted) and finding.key in accepted,
            )


def finding_of(row: models.Finding) -> Finding:
    return Finding(
        check=row.check_code,
        severity=Severity(row.severity),
        subject=ObjectRef(api_version=row.api_version, kind=row.kind, namespace=row.namespace, name=row.name),
        message=row.message_key,
        values=row.values,
        file=row.file,
    )


def attestation_of(row: models.Attestation, *, taken_over: bool = False) -> Attestation:
    return Attestation(
        check=row.check_code,
        answer=Outcome(row.answer),
        evidence=row.evidence,
        by=_person(row.answered_by),
        on=row.answered_on.isoformat(),
        valid_until=row.valid_until.isoformat() if row.valid_until else "",
        taken_over=taken_over,
    )


def waiver_of(row: models.Waiver) -> Waiver:
    return Waiver(
        check=row.check_code,
        kind=row.kind,
        namespace=row.namespace,
        name=row.name,
        reason=row.reason,
        approver=_person(row.approver),
        until=row.until.isoformat(),
    )


def custom_check_of(row: models.CustomCheck) -> CustomCheck:
    """The check as the core runs it; a text that is empty is none."""
    texts = {
        part: {lang: said for lang in LANGS if (said := getattr(row, f"{part}_{lang}"))}
        for part in ("title", "message", "rationale", "remediation")
    }
    return CustomCheck(
        code=row.code,
        slug=row.slug,
        expression=row.expression,
        kinds=tuple(row.kinds),
        severity=Severity(row.severity),
        category=Category(row.category),
        strategies=tuple(Strategy(name) for name in row.strategies),
        applies=row.applies,
        platform=row.platform,
        **texts,
    )


def custom_columns(check: CustomCheck) -> dict[str, Any]:
    """The columns of ``CustomCheck`` that hold the check, its code included."""
    columns = msgspec.to_builtins(msgspec.structs.asdict(check))
    for part in ("title", "message", "rationale", "remediation"):
        texts = columns.pop(part)
        columns |= {f"{part}_{lang}": texts.get(lang, "") for lang in LANGS}
    return columns


def custom_digest(check: CustomCheck) -> str:
    """``sha256:<hex>`` over what decides the check's verdict on an object."""
    told = [check.expression, sorted(check.kinds), check.platform]
    return "sha256:" + hashlib.sha256(_CANONICAL.encode(told)).hexdigest()


def _person(user: Any) -> str:
    return str(user.get_full_name() or user.get_username())


def _cut(**texts: str) -> dict[str, str]:
    fields = models.Finding._meta
    return {name: value[: fields.get_field(name).max_length] for name, value in texts.items()}

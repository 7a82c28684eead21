"""Small phrases that every document writes the same way: durations, versions, subjects, sentences of findings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from migrator.checks.readiness import decided_of
from migrator.checks.spec import CheckResult, Finding, Outcome, Severity, Unresolved
from migrator.checks.waivers import WaiverUse
from migrator.locale import Lang, Msg, catalogue, is_known, say, text
from migrator.runbook.length import length
from migrator.runbook.model import Runbook, Step
from migrator.snapshot.model import ObjectRef

_AREA = 3  # letters at the start of a check's code


def duration(minutes: tuple[int, int], lang: Lang) -> str:
    """``length`` in words."""
    return say(length(minutes), lang)


def words(value: str | Msg, lang: Lang) -> str:
    """A table cell or sentence in ``lang``; plain text stays as it is."""
    return value if isinstance(value, str) else say(value, lang)


def subject(ref: ObjectRef, lang: Lang) -> str:
    """``Ingress book/web``; the bare name of a record of this product; "the whole cluster" for no single object."""
    if ref.name:
        return ref.name if is_record(ref) else str(ref)
    place = f" {ref.namespace}" if ref.namespace else ""
    return f"{ref.kind}{place}" if ref.kind else text("render.cluster_wide", lang)


def is_record(ref: ObjectRef) -> bool:
    """Whether the subject is no object of the cluster but a record about it (an address written down, a setting)."""
    return not ref.api_version


def sentence(finding: Finding, lang: Lang) -> str:
    """What is wrong, in words."""
    return text(finding.message, lang, **finding.values)


class Group(NamedTuple):
    """Findings of one check that say the same of several objects."""

    severity: Severity
    sentence: str
    findings: tuple[Finding, ...]


def grouped(findings: Iterable[Finding], lang: Lang) -> list[Group]:
    """Findings with the same severity and sentence together, in the order of the first of each."""
    groups: dict[tuple[Severity, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.severity, sentence(finding, lang)), []).append(finding)
    return [Group(severity, said, tuple(found)) for (severity, said), found in groups.items()]


def subjects(findings: Iterable[Finding], lang: Lang, *, records: bool = False) -> list[str]:
    """The objects of some findings, each once; the kind is named where it changes: "Deployment a/x", "a/y".

    ``records`` names them too; beside the sentences of the findings there is nothing to add to those.
    """
    shown: list[str] = []
    kind = ""
    for ref in dict.fromkeys(f.subject for f in findings if records or not is_record(f.subject)):
        name = subject(ref, lang)
        shown.append(name.removeprefix(f"{kind} ") if ref.name and ref.kind == kind else name)
        kind = ref.kind
    return shown


def listed(names: list[str], lang: Lang) -> str:
    """Names one after the other, in the way of the language."""
    return text("render.listed", lang, names=names)


def decided_sentence(results: Sequence[CheckResult], lang: Lang) -> str:
    """How much of the checklist the verdict rests on."""
    counts = decided_of(results)
    return text(
        "render.decided",
        lang,
        percent=counts.percent,
        applicable=counts.applicable,
        machine=counts.by_machine,
        person=counts.by_person,
        open=counts.open,
    )


def waived(use: WaiverUse, lang: Lang) -> str:
    """What is accepted, how much of it, until when, and who said so."""
    given = use.waiver
    return text(
        f"render.waiver.{use.state.value}",
        lang,
        scope=given.scope,
        count=len(use.accepts),
        until=given.until,
        approver=given.approver,
        reason=given.reason,
    )


def check_title(slug: str, lang: Lang) -> str:
    return text(f"check.{slug}.title", lang)


def left_out(results: Sequence[CheckResult], lang: Lang) -> str:
    """One line on those of ``results``, in their order, that do not apply; empty where all do.

    Codes that follow each other among ``results`` are written as a span: "PRE001–PRE007, PRE010".
    """
    spans: list[list[str]] = []
    before = ""  # the code before, where it does not apply either
    for result in results:
        if result.outcome is not Outcome.NOT_APPLICABLE:
            before = ""
            continue
        if before[:_AREA] == result.check[:_AREA]:
            spans[-1].append(result.check)
        else:
            spans.append([result.check])
        before = result.check
    names = [code for span in spans for code in _from_to(span)]
    return text("render.left_out", lang, count=sum(map(len, spans)), codes=names) if names else ""


def _from_to(codes: list[str]) -> list[str]:
    return [f"{codes[0]}–{codes[-1]}"] if len(codes) > 2 else codes


def question(result: CheckResult, lang: Lang) -> str:
    """What a person is asked; the title of the check where its facts are missing and nobody is asked."""
    key = f"check.{result.slug}.question"
    return text(key, lang) if is_known(key) else check_title(result.slug, lang)


def unresolved(item: Unresolved, lang: Lang) -> str:
    return text("render.questions.unresolved", lang, subject=subject(item.subject, lang), reason=say(item.reason, lang))


def told_by(kind: str, lang: Lang) -> str:
    """What told of a section: a kind of object as it is, a table or a register by its word."""
    key = f"coverage.kind.{kind.lower().replace(' ', '_')}"
    return text(key, lang) if key in catalogue() else kind


def is_open(result: CheckResult) -> bool:
    """Whether something about the check is still to be settled by a person."""
    return result.unanswered or bool(result.unresolved) or result.outcome is Outcome.UNKNOWN


def all_steps(runbook: Runbook) -> list[Step]:
    """Every step in the order of the document."""
    return [step for phase in runbook.phases for step in phase.steps]

"""Which step answers which finding; what no step answers goes to a gate before the start, so that nothing is lost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache

import msgspec

from migrator.checks.spec import Category, CheckResult, Finding, Outcome, Severity
from migrator.locale import Msg, msg
from migrator.runbook.inventory import Inventory
from migrator.runbook.model import Role, Step, StepKind, Where
from migrator.runbook.served import Identity, identity
from migrator.runbook.steps.base import do, estimate, step, table
from migrator.snapshot.model import ObjectRef

_GATED = (Severity.BLOCKER, Severity.WARNING)


class Answering(msgspec.Struct, frozen=True, kw_only=True):
    """The rules by which findings find their step; steps are meant by their name, before the colon of the key."""

    by_slug: Mapping[str, Sequence[str]]  # steps that answer a check as a whole, whatever the subject
    platform: Sequence[str]  # steps that answer what is said of the platform's own objects
    not_platform: Sequence[str] = ()  # checks that look for what is not the platform's in its own namespaces
    named_only: Sequence[str] = ()  # checks whose subject's step does nothing about what was found
    too_late: Sequence[str] = ()  # steps that have subjects, but come after the harm would be done


def owners(inventory: Inventory) -> dict[Identity, Identity]:
    """Object -> its controlling owner, for the objects that controllers made."""
    found = {}
    for thing in inventory.snapshot.objects:
        kind, _, name = thing.owner.partition("/")
        if name:
            found[identity(thing.ref)] = ("", kind, thing.ref.namespace, name)
    return found


def answered(
    steps: Sequence[Step], results: Iterable[CheckResult], inventory: Inventory, rules: Answering
) -> tuple[list[Step], list[Finding]]:
    """The steps with the keys of the findings they answer, and the blockers and warnings that none answers.

    A finding is answered by the steps that the rules name for its check, and by the step that has its subject or the
    owner of its subject.
    """
    by_name: dict[str, list[str]] = defaultdict(list)
    for given in steps:
        by_name[given.key.partition(":")[0]].append(given.key)
    step_of = _steps_by_subject((s for s in steps if s.key not in rules.too_late), inventory)
    answers: dict[str, dict[str, None]] = {s.key: dict.fromkeys(s.answers) for s in steps}
    settled = {key for s in steps for key in s.answers}
    rest = []
    for result in results:
        named = [key for name in rules.by_slug.get(result.slug, ()) for key in by_name[name]]
        for finding in result.findings:
            keys = list(named)
            if result.slug not in rules.named_only and (key := step_of(finding.subject)):
                keys.append(key)
            in_platform = finding.subject.namespace in inventory.system_namespaces
            if not keys and in_platform and result.slug not in rules.not_platform:
                keys = [key for name in rules.platform for key in by_name[name]]
            if keys:
                told = finding.key
                for key in keys:
                    answers[key][told] = None
            elif finding.severity in _GATED and finding.key not in settled:
                rest.append(finding)
    return [msgspec.structs.replace(s, answers=tuple(answers[s.key])) for s in steps], rest


def _steps_by_subject(steps: Iterable[Step], inventory: Inventory) -> Callable[[ObjectRef], str | None]:
    """Gives the step of an object, or of the nearest owner that has one. A circle of owners ends at three."""
    by_subject = {identity(r): s.key for s in steps for r in s.subjects}
    owner_of = cache(lambda: owners(inventory))  # a pass over all objects, which few findings need

    @cache
    def step_of(ref: ObjectRef) -> str | None:
        wanted: Identity | None = identity(ref) if ref.api_version else None  # an address is no object
        for _ in range(3):
            if wanted is None or wanted in by_subject:
                break
            wanted = owner_of().get(wanted)
        return by_subject.get(wanted) if wanted else None

    return step_of


def blocked_phases(rest: Sequence[Finding], results: Iterable[CheckResult], steps: Sequence[Step]) -> list[Step]:
    """The steps, with a gate before each phase that a blocker stops which no step answers, or a question as weighty.

    What is not yet known of storage stops no cluster from being made: each gate stands before what it blocks.
    """
    given = tuple(results)
    present = {s.phase for s in steps}
    place = {c: phase if phase in present else "cutover" for c, phase in _BLOCKED.items()}
    category = {r.check: r.category for r in given}
    by_phase: dict[str, list[Finding]] = defaultdict(list)
    for finding in rest:
        by_phase[place[category[finding.check]]].append(finding)
    open_by_phase: dict[str, list[CheckResult]] = defaultdict(list)
    for result in given:
        if result.severity is Severity.BLOCKER and (result.unanswered or result.outcome is Outcome.UNKNOWN):
            open_by_phase[place[result.category]].append(result)
    kept = list(steps)
    gates: list[Step] = []
    for phase in (*_BLOCKED.values(), "cutover"):
        if not (by_phase[phase] or open_by_phase[phase]):
            continue
        inside = {s.key for s in kept if s.phase == phase}
        gate = _gate(phase, by_phase[phase], open_by_phase[phase], given)
        gates.append(gate)
        kept = [_waiting(s, gate) if s.key in inside and not inside & set(s.after) else s for s in kept]
    return [*kept, *gates]


def _waiting(given: Step, gate: Step) -> Step:
    return msgspec.structs.replace(given, after=(*given.after, gate.key))


# Which phase of a migration cannot begin before what is said of the category is settled.
_BLOCKED = {
    Category.CLUSTER: "cluster",
    Category.OPERATIONS: "nodes",
    Category.STORAGE: "storage",
    Category.WORKLOAD: "workloads",
    Category.NETWORK: "services",
}


def _gate(
    phase: str, rest: Sequence[Finding], questions: Sequence[CheckResult], results: Sequence[CheckResult]
) -> Step:
    slugs = {r.check: r.slug for r in results}
    asked = [
        (r.check, msg("table.value.severity_blocker"), "—", r.reason, msg(f"check.{r.slug}.remediation"))
        for r in questions
    ]
    made = step(
        "findings.blocking",
        phase,
        key=phase,
        kind=StepKind.GATE,
        role=Role.SOLUTION_MANAGER,
        signs=(Role.SOLUTION_MANAGER, Role.BUSINESS_OWNER),
        actions=[do(Where.BASTION, "settle_findings")],
        verify=[do(Where.BASTION, "findings_settled")],
        minutes=estimate((10, 20), (3, 20), len(rest) + len(questions)),
        after=["prepare.go"],
        tables=[table("check severity subject finding remedy", [*(_row(f, slugs[f.check]) for f in rest), *asked])],
        count=len(rest) + len(questions),
        part=msg(f"phase.{phase}"),
    )
    return msgspec.structs.replace(made, answers=tuple(dict.fromkeys(f.key for f in rest)))


def remaining(rest: Sequence[Finding], results: Iterable[CheckResult], phase: str, after: Sequence[str]) -> Step | None:
    """The gate for what no other step answers; None where nothing is left."""
    if not rest:
        return None
    slugs = {r.check: r.slug for r in results}
    made = step(
        "findings.remaining",
        phase,
        kind=StepKind.GATE,
        role=Role.SOLUTION_MANAGER,
        actions=[do(Where.BASTION, "settle_findings")],
        verify=[do(Where.BASTION, "findings_settled")],
        minutes=estimate((10, 20), (3, 20), len(rest)),
        after=after,
        tables=[table("check severity subject finding remedy", (_row(f, slugs[f.check]) for f in rest))],
        count=len(rest),
    )
    return msgspec.structs.replace(made, answers=tuple(dict.fromkeys(f.key for f in rest)))


def _row(finding: Finding, slug: str) -> tuple[str | Msg, ...]:
    return (
        finding.check,
        msg(f"table.value.severity_{finding.severity.value}"),
        str(finding.subject) if finding.subject.name else "—",
        sentence(finding),
        msg(f"check.{slug}.remediation"),
    )


def sentence(finding: Finding) -> Msg:
    """What is wrong, as a sentence; a value that is not known is left empty."""
    values = {k: "" if v is None else str(v) if isinstance(v, bool) else v for k, v in finding.values.items()}
    return msg(finding.message, **values)

"""What a check is, what it finds, and what came of it.

A check is a ``CheckSpec`` (data) and a pure function (``CheckContext`` in, findings and evidence out). The function
says only what is wrong; ``runner.py`` alone decides whether it applies, what a missing section means, and the outcome.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeVar

import msgspec

from migrator.catalog.model import Catalog, Change, Removal, RemovalKind
from migrator.checks.index import Manifests, Mounts, Objects
from migrator.locale import Msg
from migrator.paths.model import PathResult, Strategy
from migrator.snapshot.manifests import named_only
from migrator.snapshot.model import ObjectRef, Section, Snapshot, Workload
from migrator.versions import Version, VersionRange, removed_on_the_way

T = TypeVar("T")

Value = str | int | bool | list[str] | None


class Category(StrEnum):
    """The five categories of the course's checklist, in its order: 集群 工作负载 存储 网络 运维."""

    CLUSTER = "cluster"
    WORKLOAD = "workload"
    STORAGE = "storage"
    NETWORK = "network"
    OPERATIONS = "operations"


class Severity(StrEnum):
    BLOCKER = "blocker"
    WARNING = "warning"
    INFO = "info"


class Outcome(StrEnum):
    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


class CheckSpec(msgspec.Struct, frozen=True, kw_only=True):
    """All of a check but its judgement.

    Texts by key: ``check.<slug>.title``, ``.rationale``, ``.remediation``, ``.finding`` (or ``.finding.<variant>``),
    and ``.question`` where a person may answer. ``code`` and ``slug`` are forever; the slug names the defect.
    """

    code: str
    slug: str
    category: Category
    severity: Severity
    needs: frozenset[Section] = frozenset()
    each: bool = False  # of ``needs``: what one section shows counts, although another one was not looked at
    asks: bool = False  # a person must answer too, unless it says ``Settled``: no machine can see the whole of it
    asks_unseen: bool = False  # a person is asked where the input does not tell, and only there
    course_item: str = ""  # "CL-1" where the check is an item of the course's checklist (B.1)
    precheck_items: tuple[int, ...] = ()  # of the platform's pre-upgrade check that it decides (C)
    condition: str = ""  # of ``conditions``; where it is known to be false, the check does not apply
    strategies: frozenset[Strategy] = frozenset(Strategy)
    applies: VersionRange = VersionRange()  # over the target
    references: tuple[str, ...] = ()  # source tags of the catalog

    @property
    def may_ask(self) -> bool:
        """Whether a person's answer to the check can ever be wanted."""
        return self.asks or self.asks_unseen


class CheckContext(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """All that a check may look at."""

    snapshot: Snapshot
    catalog: Catalog
    source: Version
    target: Version
    strategy: Strategy
    path: PathResult

    @cached_property
    def system_namespaces(self) -> frozenset[str]:
        return frozenset(self.catalog.system_namespaces)

    @cached_property
    def user_workloads(self) -> tuple[Workload, ...]:
        return self.snapshot.user_workloads

    @cached_property
    def named_only(self) -> tuple[ObjectRef, ...]:
        """Objects without an owner of which the input holds the names alone."""
        return named_only(self.snapshot)

    @cached_property
    def objects(self) -> Objects:
        return Objects.of(self.snapshot)

    @cached_property
    def manifests(self) -> Manifests:
        return Manifests(self.snapshot)

    @cached_property
    def mounts(self) -> Mounts:
        return Mounts(self.user_workloads)

    def once(self, work: Callable[[CheckContext], T]) -> T:
        """What ``work`` makes of the context, for a rule that needs it for every object: made when first asked for."""
        if work not in self._made:
            self._made[work] = work(self)
        return self._made[work]  # type: ignore[no-any-return]

    @cached_property
    def _made(self) -> dict[Callable[[CheckContext], Any], Any]:
        return {}

    @cached_property
    def removals(self) -> dict[RemovalKind, dict[str, Removal]]:
        """What the target no longer honours, by kind and pattern: removed on the way, or only deprecated by then."""
        found: dict[RemovalKind, dict[str, Removal]] = {kind: {} for kind in RemovalKind}
        for row in self.catalog.removals:
            if self._concerns(row):
                found[row.kind][row.pattern] = row
        return found

    def _concerns(self, row: Removal) -> bool:
        if row.change is Change.DEPRECATED and row.kind.in_objects:
            return row.since <= self.target.as_minor
        return removed_on_the_way(row.since, self.source, self.target)


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One concrete defect on one subject. ``values`` fill the sentence ``message`` and serve programs as they are."""

    check: str  # code of the check
    severity: Severity
    subject: ObjectRef
    message: str  # sentence key
    values: dict[str, Value] = {}
    file: str = ""

    @property
    def key(self) -> str:
        """Identifies the finding across two assessments: check, subject, sentence."""
        s = self.subject
        return f"{self.check}:{s.api_version}:{s.kind}:{s.namespace}/{s.name}:{self.message}"


class Evidence(msgspec.Struct, frozen=True):
    """Something the check saw and records, good or bad: shown in the checklist beside the outcome."""

    message: Msg


class Unresolved(msgspec.Struct, frozen=True):
    """A subject that could not be judged: the check cannot pass."""

    subject: ObjectRef
    reason: Msg


class Settled(msgspec.Struct, frozen=True):
    """Said by a check that asks: this input tells the whole of it, so that nobody need answer."""


Yield = Finding | Evidence | Unresolved | Settled
Evaluate = Callable[[CheckContext], Iterable[Yield]]


class Attestation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person's answer to a check that asks. Dates are ``YYYY-MM-DD``; ``dates.as_of`` sets ``expired``."""

    check: str  # code or slug
    answer: Outcome  # PASS or FAIL
    evidence: str = ""
    by: str = ""
    on: str = ""
    valid_until: str = ""  # last day on which it holds; empty: for good
    expired: bool = False  # then the check asks again
    taken_over: bool = False  # given for an earlier assessment of the same cluster


class Waiver(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person's decision to live with what a check found on certain objects.

    ``kind``, ``namespace`` and ``name`` are patterns (``*``, ``?``, ``[ab]``) that the subject of a finding must match,
    letter by letter. A waiver changes no result; it only takes its findings out of the verdict, and only until its day.
    """

    check: str  # code
    kind: str = "*"
    namespace: str = "*"
    name: str = "*"
    reason: str
    approver: str
    until: str  # YYYY-MM-DD, the last day on which it holds
    expired: bool = False  # set by ``dates.as_of``

    @property
    def scope(self) -> str:
        """``Deployment shop/web*``, for a sentence."""
        return f"{self.kind} {self.namespace}/{self.name}"


class CheckResult(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one check.

    ``unanswered``: the check asks and nobody has answered; then the outcome is never PASS and readiness is incomplete.
    A check that asks only about what the input does not tell is unanswered only then.
    """

    check: str
    slug: str
    category: Category
    severity: Severity
    outcome: Outcome
    reason: Msg
    unanswered: bool = False
    findings: tuple[Finding, ...] = ()
    evidence: tuple[Msg, ...] = ()
    unresolved: tuple[Unresolved, ...] = ()
    attestation: Attestation | None = None

    @property
    def may_be_answered(self) -> bool:
        """Whether a person's answer decides it: all that is unknown, and what was answered and may be thought over.

        Nothing that does not apply, and nothing that the input alone has decided.
        """
        waits = self.outcome is Outcome.UNKNOWN or self.unanswered or self.attestation is not None
        return waits and self.outcome is not Outcome.NOT_APPLICABLE


class Readiness(StrEnum):
    READY = "ready"
    READY_WITH_WARNINGS = "ready_with_warnings"
    BLOCKED = "blocked"
    INCOMPLETE = "incomplete"
    NO_CHECKS = "no_checks"  # of a runbook that no cluster leads to; never of an assessment

"""A runbook as data: phases of steps, each step complete in itself. No layout, no language, no clock."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from migrator.checks.spec import CheckResult, Readiness
from migrator.checks.waivers import WaiverUse
from migrator.locale import Msg
from migrator.paths.model import PathResult, StrategyChoice
from migrator.snapshot.model import ObjectRef
from migrator.versions import Version


class Playbook(StrEnum):
    MIGRATION = "migration"  # 跨版本业务迁移: the course's seven steps
    UPGRADE = "upgrade"  # in place, hop by hop


class StepKind(StrEnum):
    COMMAND = "command"
    CONSOLE = "console"
    MANUAL = "manual"
    VERIFY = "verify"
    GATE = "gate"


class Role(StrEnum):
    """Who carries a step out; sentence key ``role.<value>``."""

    SOLUTION_MANAGER = "solution_manager"
    CLUSTER_ENGINEER = "cluster_engineer"
    BUSINESS_OWNER = "business_owner"
    NETWORK_ENGINEER = "network_engineer"
    REVIEWER = "reviewer"


class Where(StrEnum):
    """Where a command runs or an action is done; sentence key ``where.<value>``."""

    OLD_CLUSTER = "old_cluster"
    NEW_CLUSTER = "new_cluster"
    OLD_NODE = "old_node"
    NEW_NODE = "new_node"
    CONSOLE = "console"
    BASTION = "bastion"


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """A command to type (``command``, maybe several lines) or a console action in words (``text``); one of the two."""

    where: Where
    command: str = ""
    text: Msg | None = None
    manifest: str = ""  # YAML to apply, shown below the command


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Names and figures that a step works through. ``columns`` are sentence keys; cells are plain text or ``Msg``."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | Msg, ...], ...]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step with every field of design.md; ``number`` is given last, by the ordering."""

    key: str  # stable between two compilations: "storage.claim:shop"
    phase: str  # key of its Phase
    kind: StepKind
    title: Msg
    why: Msg
    role: Role
    actions: tuple[Action, ...]
    expected: Msg
    verify: tuple[Action, ...]
    rollback: tuple[Action, ...] = ()
    no_rollback_reason: Msg | None = None  # set exactly where ``rollback`` is empty
    minutes: tuple[int, int]
    interrupts: bool = False
    outage: Msg | None = None  # what stops and for how long; set exactly where ``interrupts``
    after: tuple[str, ...] = ()  # keys of steps that must be done before
    answers: tuple[str, ...] = ()  # ``Finding.key`` of the findings that the step answers
    subjects: tuple[ObjectRef, ...] = ()  # objects of the snapshot that this step moves; each in exactly one step
    tables: tuple[Table, ...] = ()
    warnings: tuple[Msg, ...] = ()
    destructive: bool = False  # deletes something of the old cluster or of its storage
    point_of_no_return: bool = False
    number: str = ""  # "3.2"


class Phase(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    title: Msg
    steps: tuple[Step, ...]


class Appendix(msgspec.Struct, frozen=True, kw_only=True):
    """Inventory and registers: workload counts, volumes, services, Ingresses, addresses, node settings, inputs."""

    key: str
    title: Msg
    tables: tuple[Table, ...]
    notes: tuple[Msg, ...] = ()


class Runbook(msgspec.Struct, frozen=True, kw_only=True):
    """The compiled plan: everything a document shows, in the order in which it shows it."""

    schema_version: int = 1
    playbook: Playbook
    cluster: str  # name that the snapshot tells, may be empty
    source: Version
    target: Version
    profile: str
    path: PathResult
    choice: StrategyChoice
    readiness: Readiness
    results: tuple[CheckResult, ...]
    waivers: tuple[WaiverUse, ...] = ()
    phases: tuple[Phase, ...]
    summary: tuple[tuple[Msg, int], ...]  # what there is to move: sentence and figure
    appendices: tuple[Appendix, ...] = ()
    minutes: tuple[int, int] = (0, 0)  # of all steps one after the other
    outage_minutes: tuple[int, int] = (0, 0)  # of the steps that interrupt
    snapshot_digest: str = ""
    catalog_digest: str = ""
    ruleset_digest: str = ""
    engine_version: str = ""

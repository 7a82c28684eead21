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

SCHEMA_VERSION = 1  # of the runbook as JSON; grows where a field goes, is renamed, or means something else


class Playbook(StrEnum):
    MIGRATION = "migration"  # 跨版本业务迁移: the course's seven steps
    UPGRADE = "upgrade"  # in place, hop by hop
    NODES = "nodes"  # node rolling upgrade and move to another node pool
    CONTAINERISE = "containerise"  # an application on virtual machines onto CCE, chapter 2 of the course
    OPERATIONS = "operations"  # logs, tracing, monitoring, scaling, rights after the move, chapter 3 of the course
    RETIREMENT = "retirement"  # hibernating, un-associating and deleting the old cluster


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

    CLUSTER = "cluster"  # where a playbook has one alone
    OLD_CLUSTER = "old_cluster"
    NEW_CLUSTER = "new_cluster"
    NODE = "node"
    OLD_NODE = "old_node"
    NEW_NODE = "new_node"
    CONSOLE = "console"
    BASTION = "bastion"
    HOST = "host"  # a server beside the clusters: for logs, tracing, a database, building images


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """A command to type (``command``, maybe several lines) or a console action in words (``text``); one of the two."""

    where: Where
    command: str = ""
    text: Msg | None = None
    manifest: str = ""  # YAML to apply, shown below the command


class Origin(StrEnum):
    """Whose words a step is made of; sentence key ``origin.<value>``."""

    COMPILED = "compiled"
    EDITED = "edited"  # compiled, with words or order of a person's
    OWN = "own"  # added by a person


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
    stops: tuple[ObjectRef, ...] = ()  # workloads that stand still from this step on: it begins an outage
    after: tuple[str, ...] = ()  # keys of steps that must be done before
    answers: tuple[str, ...] = ()  # ``Finding.key`` of the findings that the step answers
    subjects: tuple[ObjectRef, ...] = ()  # objects of the snapshot that this step moves; each in exactly one step
    tables: tuple[Table, ...] = ()
    warnings: tuple[Msg, ...] = ()
    destructive: bool = False  # deletes something of the old cluster or of its storage
    point_of_no_return: bool = False
    signs: tuple[Role, ...] = ()  # who signs a gate, each on a line of its own
    files: tuple[str, ...] = ()  # paths of the bundle that the step applies
    origin: Origin = Origin.COMPILED
    excluded: str = ""  # why a person has taken the step out; it is shown and not carried out
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


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """When a step begins and ends if everything that may go on at the same time does; minutes from the beginning."""

    key: str  # of the step
    start: tuple[int, int]  # earliest and latest
    end: tuple[int, int]
    critical: bool = False  # whether a delay of the step delays the whole


class Outage(msgspec.Struct, frozen=True, kw_only=True):
    """How long one business stands still: from the first step that interrupts it to the last that brings it back."""

    business: (
        str  # "shop/orders": the workloads that stop together, by the name that people know; "": the whole cluster
    )
    subjects: tuple[ObjectRef, ...]
    steps: tuple[str, ...]  # keys, in order
    minutes: tuple[int, int]


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """What a person has said of a revision."""

    act: str  # "submitted" | "approved"; sentence key ``signature.<act>``
    name: str
    at: str  # RFC 3339 in UTC
    comment: str = ""


class Edition(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on the cover beside the runbook itself; empty for a document that nobody has reviewed."""

    revision: int = 0  # 0: not numbered
    digest: str = ""  # of the revision
    signatures: tuple[Signature, ...] = ()


class Runbook(msgspec.Struct, frozen=True, kw_only=True):
    """The compiled plan: everything a document shows, in the order in which it shows it."""

    schema_version: int = SCHEMA_VERSION
    playbook: Playbook
    cluster: str  # name that the snapshot tells, may be empty
    source: Version
    target: Version
    profile: str
    path: PathResult | None = None  # None where no version is crossed, or the way does not matter
    choice: StrategyChoice | None = None
    readiness: Readiness
    results: tuple[CheckResult, ...]
    waivers: tuple[WaiverUse, ...] = ()
    phases: tuple[Phase, ...]
    summary: tuple[tuple[Msg, int], ...]  # what there is to move: sentence and figure
    appendices: tuple[Appendix, ...] = ()
    minutes: tuple[int, int] = (0, 0)  # from the first step to the last, where what may go on at one time does
    outage_minutes: tuple[int, int] = (0, 0)  # in which any business stands still; times of several at once count once
    schedule: tuple[Slot, ...] = ()  # one for each step, in the order of the steps
    outages: tuple[Outage, ...] = ()
    snapshot_digest: str = ""
    catalog_digest: str = ""
    ruleset_digest: str = ""
    engine_version: str = ""

    @property
    def is_checked(self) -> bool:
        """Whether a cluster was looked at, without which ``readiness`` says nothing: a form leads to no cluster."""
        return self.playbook is not Playbook.CONTAINERISE

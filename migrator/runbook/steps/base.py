"""What every step family is written with: a step whose sentences follow from its name, actions, estimates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from migrator.locale import Msg, msg
from migrator.runbook.kubectl import WORK
from migrator.runbook.model import Action, Role, Step, StepKind, Table, Where
from migrator.snapshot.model import Claim, ConfigEntry, Node, ObjectRef, Service, Volume

Minutes = tuple[int, int]

FILL_IN = "……"  # a cell that somebody writes into
TICK = "☐"


def step(
    name: str,
    phase: str,
    /,
    *,
    key: str | None = None,
    kind: StepKind = StepKind.COMMAND,
    role: Role = Role.CLUSTER_ENGINEER,
    actions: Sequence[Action],
    verify: Sequence[Action],
    rollback: Sequence[Action] = (),
    minutes: Minutes,
    interrupts: bool = False,
    stops: Iterable[ObjectRef] = (),
    after: Iterable[str] = (),
    subjects: Iterable[ObjectRef] = (),
    tables: Iterable[Table | None] = (),
    warnings: Iterable[Msg] = (),
    destructive: bool = False,
    point_of_no_return: bool = False,
    signs: Iterable[Role] = (),
    **values: Any,
) -> Step:
    """A step with the sentences ``step.<name>.title``, ``.why``, ``.expected``, and ``.no_rollback`` and ``.outage``
    where they are called for; ``key`` distinguishes several steps of one name. Whose role it is signs a gate, unless
    ``signs`` names others."""
    return Step(
        key=name if key is None else f"{name}:{key}",
        phase=phase,
        kind=kind,
        title=msg(f"step.{name}.title", **values),
        why=msg(f"step.{name}.why", **values),
        role=role,
        actions=tuple(actions),
        expected=msg(f"step.{name}.expected", **values),
        verify=tuple(verify),
        rollback=tuple(rollback),
        no_rollback_reason=None if rollback else msg(f"step.{name}.no_rollback", **values),
        minutes=minutes,
        interrupts=interrupts,
        outage=msg(f"step.{name}.outage", **values) if interrupts else None,
        stops=tuple(stops),
        after=tuple(after),
        subjects=tuple(subjects),
        tables=tuple(t for t in tables if t is not None),
        warnings=tuple(warnings),
        destructive=destructive,
        point_of_no_return=point_of_no_return,
        signs=tuple(signs) or ((role,) if kind is StepKind.GATE else ()),
    )


def do(where: Where, label: str, /, **values: Any) -> Action:
    """An action in words: sentence ``do.<label>``."""
    return Action(where=where, text=msg(f"do.{label}", **values))


def run(command: str, *, where: Where = Where.BASTION, manifest: str = "") -> Action:
    return Action(where=where, command=command, manifest=manifest)


def write_manifest(name: str, manifest: str) -> Action:
    """A command that writes the manifest into ``new/<name>`` of the working folder; nothing is copied by hand."""
    return run(f"cat > \"{WORK}/new/{name}\" <<'END_OF_FILE'\n{manifest}END_OF_FILE", manifest=manifest)


def table(columns: str, rows: Iterable[Sequence[str | Msg]]) -> Table | None:
    """A table of the columns named in ``columns`` (separated by blanks); None where there are no rows."""
    filled = tuple(map(tuple, rows))
    return Table(columns=tuple(f"table.column.{c}" for c in columns.split()), rows=filled) if filled else None


def estimate(fixed: Minutes, each: tuple[float, float] = (0, 0), count: int = 0) -> Minutes:
    """Shortest and longest minutes: a fixed part and a part for each object."""
    return (fixed[0] + round(each[0] * count), fixed[1] + round(each[1] * count))


def show(values: Iterable[str]) -> str:
    """Several values in one cell."""
    return ", ".join(values) or "—"


def or_dash(value: object) -> str:
    return "—" if value is None or value == "" else str(value)


def billing_words(value: str) -> str | Msg:
    """How a cluster or node is paid for, in the reader's words."""
    return msg(f"fact.value.billing.{value}") if value in ("pay_per_use", "yearly_monthly") else or_dash(value)


# --- references ---


def volume_ref(volume: Volume) -> ObjectRef:
    return ObjectRef(api_version="v1", kind="PersistentVolume", name=volume.name)


def claim_ref(claim: Claim) -> ObjectRef:
    return ObjectRef(api_version="v1", kind="PersistentVolumeClaim", namespace=claim.namespace, name=claim.name)


def service_ref(service: Service) -> ObjectRef:
    return ObjectRef(api_version="v1", kind="Service", namespace=service.namespace, name=service.name)


def config_ref(entry: ConfigEntry) -> ObjectRef:
    return ObjectRef(api_version="v1", kind=entry.kind, namespace=entry.namespace, name=entry.name)


def node_ref(node: Node) -> ObjectRef:
    return ObjectRef(api_version="v1", kind="Node", name=node.name)


def namespace_ref(name: str) -> ObjectRef:
    return ObjectRef(api_version="v1", kind="Namespace", name=name)

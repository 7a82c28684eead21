"""Old addresses inside the business's own objects: changed in the new cluster before anything is started (CL-1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from migrator.checks.spec import CheckResult
from migrator.locale import Msg, msg
from migrator.runbook.inventory import Inventory
from migrator.runbook.kubectl import kubectl, short_resource, word
from migrator.runbook.model import Step, StepKind, Where
from migrator.runbook.steps.base import FILL_IN, TICK, do, estimate, run, step, table
from migrator.runbook.steps.prepare import old_addresses
from migrator.runbook.windows import Place, place_of
from migrator.snapshot.model import AddressUse

PHASE = "services"
_SLUG = "node-address-written-elsewhere"
# Each line of each object, with the object before it: "ConfigMap kafka-config: allow 192.0.2.1". Not what kubectl noted
# when it applied the manifest, which keeps the old address whatever is edited.
_LINES = (
    '.items[] | "\\(.kind) \\(.metadata.name)" as $object'
    ' | del(.metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"],'
    " .metadata.managedFields, .status)"
    ' | .. | strings | split("\\n")[] | "\\($object): \\(.)"'
)

Use = tuple[Place, str]


def addresses(inventory: Inventory, results: Iterable[CheckResult], after: Sequence[str]) -> list[Step]:
    """One step for each namespace in whose objects an old address is written; it answers the findings about them."""
    used: dict[str, list[Use]] = defaultdict(list)
    for use in inventory.snapshot.address_uses:
        if (place := place_of(use)) and place.namespace in inventory.namespaces:
            used[place.namespace].append((place, use.address))
    found = _findings(results)
    steps = []
    for namespace in sorted(used):
        made = _rewrite(namespace, sorted(used[namespace], key=_order), inventory, after)
        answers = tuple(dict.fromkeys(found.get(namespace, ())))
        steps.append(msgspec.structs.replace(made, answers=answers))
    return steps


def _order(use: Use) -> tuple[str, str, str, str]:
    place, address = use
    return (place.kind, place.name, place.where, address)


def _findings(results: Iterable[CheckResult]) -> Mapping[str, list[str]]:
    """Namespace -> keys of the findings about addresses written in its objects."""
    keys: dict[str, list[str]] = defaultdict(list)
    for result in results:
        for finding in result.findings if result.slug == _SLUG else ():
            use = AddressUse(address="", location=str(finding.values.get("location", "")))
            if place := place_of(use):
                keys[place.namespace].append(finding.key)
    return keys


def _rewrite(namespace: str, uses: Sequence[Use], inventory: Inventory, after: Sequence[str]) -> Step:
    owner_of = {address: owner for address, owner, _ in old_addresses(inventory)}
    later = [w for c in inventory.chains for w in c.workloads]
    later += [w for w in inventory.free if w.ref.kind in ("Job", "Pod")]
    late = {(w.ref.kind, w.ref.namespace, w.ref.name) for w in later}
    places = [p for p, _ in uses]
    here = list(dict.fromkeys((p.kind, p.name) for p in places if (p.kind, p.namespace, p.name) not in late))
    edits = [kubectl("new", "edit", _resource_of(kind), word(name), namespace=namespace) for kind, name in here]
    exact = sorted({a.removesuffix("/32") for _, a in uses if "/" not in a.removesuffix("/32")})
    kinds = ",".join(dict.fromkeys(_resource_of(kind) for kind, _ in here))
    search = f"grep -wF {' '.join(f'-e {word(a)}' for a in exact)}"
    read = kubectl("new", "get", kinds, "-o json", namespace=namespace)
    verify = [run(f"{read} \\\n  | jq -r {word(_LINES)} \\\n  | {search}")]
    rows: list[tuple[str | Msg, ...]] = [
        (f"{p.kind} {p.name}", p.where, address, owner_of.get(address.removesuffix("/32"), "—"), FILL_IN, TICK)
        for p, address in uses
    ]
    names = sorted({f"{p.kind} {p.name}" for p in places if (p.kind, p.namespace, p.name) in late})
    agents = [name for kind, name in here if kind == "DaemonSet"]
    return step(
        "services.addresses",
        PHASE,
        key=namespace,
        kind=StepKind.MANUAL,
        actions=[do(Where.NEW_CLUSTER, "rewrite_addresses"), *([run("\n".join(edits))] if edits else [])],
        verify=[*(verify if here and exact else []), do(Where.NEW_CLUSTER, "addresses_rewritten")],
        rollback=[do(Where.NEW_CLUSTER, "addresses_back")],
        minutes=estimate((5, 15), (1, 4), len(uses)),
        after=after,
        tables=[table("object location address belongs_to new_address done", rows)],
        warnings=[
            *([msg("runbook.warning.addresses_in_window", names=names)] if names else []),
            *([msg("runbook.warning.addresses_of_agents", names=agents)] if agents else []),
        ],
        namespace=namespace,
        count=len(uses),
    )


def _resource_of(kind: str) -> str:
    """The kind as kubectl understands it, without a version."""
    return short_resource(kind, "v1")

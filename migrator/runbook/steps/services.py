"""Phase "services": the course's step 5, Services and Ingresses with new load balancers (B.3, F.1, F.2, D.2 h)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from migrator.conversion.network import has_elb, target_class
from migrator.locale import Msg, msg
from migrator.runbook.bundled import apply_balanced, apply_commands, needs_balancer_id, notes_of, split
from migrator.runbook.entries import Entry
from migrator.runbook.inventory import Inventory
from migrator.runbook.kubectl import WORK, copy_objects, kubectl, named, resource, word
from migrator.runbook.model import Action, Role, Step, StepKind, Table, Where
from migrator.runbook.steps.base import FILL_IN, do, estimate, or_dash, run, service_ref, show, step, table
from migrator.snapshot.model import Ingress, LoadBalancerKind, ObjectRef, Service

PHASE = "services"
# Notes of manifests that ask for the load balancer's id, which the step fills in by itself.
_ID_NOTES = ("network.note.balancer_id_union", "network.note.balancer_id_performance")


def services(inventory: Inventory, taken: Iterable[Service]) -> list[Step]:
    """``taken`` are the Services that an earlier step creates."""
    done = {(s.namespace, s.name) for s in taken}
    balanced = {(e.namespace, e.name) for e in inventory.entries if e.kind == "Service"}
    plain: dict[str, list[Service]] = defaultdict(list)
    for service in inventory.services:
        if (service.namespace, service.name) not in done | balanced and not _is_default(service):
            plain[service.namespace].append(service)
    steps = [_create(ns, plain[ns], inventory) for ns in sorted(plain)]
    if inventory.entries:
        if own_balancer := _with_own_balancer(inventory):
            steps.append(_balancers(own_balancer))
        lookup = {(s.namespace, s.name): s for s in inventory.services}
        steps += [
            _balanced(lookup[(e.namespace, e.name)], e, inventory) for e in inventory.entries if e.kind == "Service"
        ]
        ingresses = {(i.ref.namespace, i.ref.name): i for i in inventory.ingresses}
        names = frozenset((s.namespace, s.name) for given in plain.values() for s in given)
        steps += [
            _ingress(ingresses[(e.namespace, e.name)], e, inventory, names)
            for e in inventory.entries
            if e.kind == "Ingress"
        ]
    own = [s for s in inventory.services if _is_default(s) and (s.namespace, s.name) not in done | balanced]
    return [*steps, _verify(inventory, own, [s.key for s in steps])]


def copy_services(given: Iterable[Service], inventory: Inventory) -> list[str]:
    names: dict[str, list[str]] = defaultdict(list)
    files, rest = split((service_ref(s) for s in given), inventory.applied)
    for ref in rest:
        names[ref.namespace].append(ref.name)
    made = apply_commands(files, inventory.applied) if inventory.applied is not None else []
    return made + [
        copy_objects(
            "services", names[ns], program="services.jq", namespace=ns, arguments="--arg elb '' --arg class ''"
        )
        for ns in names
    ]


def _is_default(service: Service) -> bool:
    """The API server's own Service, which each cluster makes by itself."""
    return (service.namespace, service.name) == ("default", "kubernetes")


def _create(namespace: str, given: list[Service], inventory: Inventory) -> Step:
    names = [s.name for s in given]
    manual = [s.name for s in given if not s.selector and s.type != "ExternalName"]
    warnings = [msg("runbook.warning.endpoints_by_hand", names=manual)] if manual else []
    if any(s.type == "NodePort" for s in given):
        warnings.append(msg("runbook.warning.node_ports"))
    actions = [run(c) for c in copy_services(given, inventory)]
    behind = [ObjectRef(api_version="v1", kind="Endpoints", namespace=namespace, name=name) for name in manual]
    files, rest = split(behind, inventory.applied)
    if inventory.applied is not None:
        actions += [run(c) for c in apply_commands(files, inventory.applied)]
    if rest:
        without = [r.name for r in rest]
        actions.append(
            run(copy_objects("endpoints", without, program="objects.jq", namespace=namespace, arguments="--arg api ''"))
        )
    return step(
        "services.create",
        PHASE,
        key=namespace,
        actions=actions,
        verify=[run(kubectl("new", "get services", namespace=namespace))],
        rollback=[run(kubectl("new", "delete services --ignore-not-found", named(names), namespace=namespace))],
        minutes=estimate((3, 8), (0.1, 0.5), len(given)),
        after=["workloads.verify"],
        subjects=[*(service_ref(s) for s in given), *(b for b in behind if b not in rest)],
        tables=[_service_table(given)],
        warnings=[*warnings, *notes_of([service_ref(s) for s in given], inventory.applied)],
        namespace=namespace,
        count=len(given),
    )


def _treatment(service: Service) -> str:
    if _is_default(service):
        return "own"
    if service.cluster_ip == "None":
        return "headless"
    # The type is what the dump says: anything may stand there.
    known = ("clusterip", "nodeport", "loadbalancer", "externalname")
    return service.type.lower() if service.type.lower() in known else "other"


def _service_table(given: Iterable[Service]) -> Table | None:
    rows: list[tuple[str | Msg, ...]] = []
    for s in given:
        ports = show(f"{p.port}/{p.protocol}" + (f" → {p.node_port}" if p.node_port else "") for p in s.ports)
        rows.append((s.name, s.type, ports, msg(f"table.value.service_{_treatment(s)}")))
    return table("service type ports treatment", rows)


# --- load balancers ---


class _Kind(NamedTuple):
    elb_class: str  # value of kubernetes.io/elb.class in the new cluster
    note: str  # part of ``table.value.balancer_<note>``


_KINDS = {
    LoadBalancerKind.CLASSIC: _Kind("union", "classic"),
    LoadBalancerKind.SHARED: _Kind("union", "shared"),
    LoadBalancerKind.DEDICATED: _Kind("performance", "dedicated"),
    LoadBalancerKind.DNAT: _Kind("union", "dnat"),
    LoadBalancerKind.OTHER: _Kind("union", "other"),
    LoadBalancerKind.UNKNOWN: _Kind("union", "unknown"),
}


def balancer_of(entry: Entry) -> str:
    """The identity under which an entry shares its old load balancer; entries without one share nothing."""
    return entry.balancer_id or next(iter(entry.addresses), entry.key)


def _with_own_balancer(inventory: Inventory) -> list[Entry]:
    """The entries whose load balancer a person buys: an nginx Ingress is reached by its controller's Service, and by a
    manifest with a specification the cluster makes one."""
    other = {(i.ref.namespace, i.ref.name) for i in inventory.ingresses if ingress_class(i) != "cce"}
    refs = {(r.kind, r.namespace, r.name): r for r in (i.ref for i in inventory.ingresses)}
    refs |= {("Service", s.namespace, s.name): service_ref(s) for s in inventory.services}
    return [
        e
        for e in inventory.entries
        if (e.kind == "Service" or (e.namespace, e.name) not in other)
        and _is_bought(refs[(e.kind, e.namespace, e.name)], inventory)
    ]


def _is_bought(ref: ObjectRef, inventory: Inventory) -> bool:
    given = inventory.applied
    return given is None or not given.files_of(ref) or needs_balancer_id(ref, given)


def _balancers(entries: Sequence[Entry]) -> Step:
    lines = [f"  printf '%s\\t\\n' {word(e.key)}" for e in entries]
    count = len({balancer_of(e) for e in entries})
    return step(
        "services.balancers",
        "nodes",  # their addresses are known before anything that names an old one is started
        kind=StepKind.CONSOLE,
        role=Role.NETWORK_ENGINEER,
        actions=[
            do(Where.CONSOLE, "buy_balancers", count=count),
            run(f'test -s "{WORK}/elb.tsv" || {{\n' + "\n".join(lines) + f'\n}} > "{WORK}/elb.tsv"'),
            do(Where.BASTION, "fill_in_elb", file="elb.tsv"),
        ],
        verify=[
            run(f"awk -F '\\t' '$2 == \"\" {{ print $1; missing = 1 }} END {{ exit missing }}' \"{WORK}/elb.tsv\"")
        ],
        rollback=[do(Where.CONSOLE, "delete_new_balancers")],
        minutes=estimate((10, 20), (2, 5), count),
        after=["nodes.whitelist"],
        tables=[
            table(
                "entry balancer balancer_id old_address new_kind new_id",
                (
                    (
                        e.row[0],
                        msg(f"table.value.balancer_kind_{e.balancer.value}"),
                        or_dash(e.balancer_id),
                        e.row[2],
                        msg(f"table.value.balancer_{_KINDS[e.balancer].note}"),
                        FILL_IN,
                    )
                    for e in entries
                ),
            )
        ],
        warnings=[msg("runbook.warning.balancer_vpc"), msg("runbook.warning.balancer_ipvs")],
        count=count,
    )


def _elb_lookup(entry: Entry) -> str:
    """Reads the new load balancer's id from the file into ``elb``; fails where it is not filled in."""
    return (
        f"elb=$(awk -F '\\t' -v key={word(entry.key)} '$1 == key {{ print $2 }}' \"{WORK}/elb.tsv\")\n"
        'test -n "$elb" || { echo "elb.tsv: no id" >&2; false; } &&'
    )


def _from_manifest(ref: ObjectRef, entry: Entry, inventory: Inventory) -> tuple[list[Action], list[Msg]] | None:
    """Actions that apply the entry's manifest, with what a person completes before; None where it has none."""
    given = inventory.applied
    if given is None or not given.files_of(ref):
        return None
    bought = needs_balancer_id(ref, given)
    noted = notes_of([ref], given, settled=_ID_NOTES if bought else ())
    stop = [do(Where.BASTION, "complete_files")] if noted else []
    lookup = f"{_elb_lookup(entry)}\n" if bought else ""
    return [*stop, *(run(f"{lookup}{command}") for command in apply_balanced(ref, given))], noted


def _balanced(service: Service, entry: Entry, inventory: Inventory) -> Step:
    kind = _KINDS[entry.balancer]
    actions, noted = _from_manifest(service_ref(service), entry, inventory) or (
        [run(f"{_elb_lookup(entry)}\n{_read_balanced(service, kind)}")],
        [],
    )
    bought = _is_bought(service_ref(service), inventory)
    return step(
        "services.balancer",
        PHASE,
        key=f"{service.namespace}/{service.name}",
        actions=actions,
        verify=[run(kubectl("new", "get service -o wide", named([service.name]), namespace=service.namespace))],
        rollback=[
            run(kubectl("new", "delete service --ignore-not-found", named([service.name]), namespace=service.namespace))
        ],
        minutes=(3, 10),
        after=[*(["services.balancers"] if bought else []), "workloads.verify"],
        subjects=[service_ref(service)],
        tables=[_service_table([service])],
        warnings=[msg(f"runbook.warning.balancer_{kind.note}"), *noted],
        name=f"{service.namespace}/{service.name}",
        addresses=show(entry.addresses) if entry.addresses else msg("entry.no_address"),
    )


def _read_balanced(service: Service, kind: _Kind) -> str:
    return copy_objects(
        "services", [service.name], program="services.jq", namespace=service.namespace,
        arguments=f'--arg elb "$elb" --arg class {kind.elb_class}',
        after='.spec.type = "LoadBalancer"' if service.type != "LoadBalancer" else "",
    )  # fmt: skip


def _ingress(ingress: Ingress, entry: Entry, inventory: Inventory, plain: frozenset[tuple[str, str]]) -> Step:
    ref = ingress.ref
    newest = inventory.target.minor >= 22  # networking.k8s.io/v1beta1 is gone; CCE serves v1 from 1.23 (D.2 h)
    wanted = ingress_class(ingress)
    actions, noted = _from_manifest(ref, entry, inventory) or ([run(_read_ingress(ingress, entry, newest))], [])
    bought = wanted == "cce" and _is_bought(ref, inventory)
    new_api = "networking.k8s.io/v1" if newest else "networking.k8s.io/v1beta1"
    warnings = (
        [msg("runbook.warning.ingress_api", old=ref.api_version, new=new_api)] if ref.api_version != new_api else []
    )
    if ingress.ingress_class and ingress.ingress_class != wanted:
        warnings.append(msg("runbook.warning.ingress_class", old=ingress.ingress_class, new=wanted))
    if wanted != "cce":
        warnings.append(msg("runbook.warning.ingress_controller", name=wanted))
    if ingress.tls_secrets:
        warnings.append(msg("runbook.warning.tls_secrets", names=list(ingress.tls_secrets)))
    return step(
        "services.ingress",
        PHASE,
        key=f"{ref.namespace}/{ref.name}",
        actions=actions,
        verify=[run(kubectl("new", "describe ingress", named([ref.name]), namespace=ref.namespace))],
        rollback=[run(kubectl("new", "delete ingress --ignore-not-found", named([ref.name]), namespace=ref.namespace))],
        minutes=(5, 15),
        after=[*(["services.balancers"] if bought else []), "workloads.verify", *_backing_steps(entry, plain)],
        subjects=[ref],
        tables=[_route_table(ingress)],
        warnings=[*warnings, *noted],
        name=f"{ref.namespace}/{ref.name}",
        new_api=new_api,
        ingress_class=wanted,
    )


def _read_ingress(ingress: Ingress, entry: Entry, newest: bool) -> str:
    ref, wanted = ingress.ref, ingress_class(ingress)
    lookup, elb = (f"{_elb_lookup(entry)}\n", '"$elb"') if wanted == "cce" else ("", "''")
    command = copy_objects(
        resource("Ingress", ref.api_version), [ref.name], program="ingresses.jq", namespace=ref.namespace,
        arguments=f"--arg api {'v1' if newest else 'v1beta1'} --arg class {word(wanted)} "
        f"--arg elb {elb} --arg elb_class {_KINDS[entry.balancer].elb_class}",
    )  # fmt: skip
    return f"{lookup}{command}"


def ingress_class(ingress: Ingress) -> str:
    """The class in the new cluster."""
    return target_class(ingress.ingress_class, has_elb=has_elb(ingress.annotations))


def _backing_steps(entry: Entry, plain: frozenset[tuple[str, str]]) -> Sequence[str]:
    """The step that creates the plain Services of the namespace, where one of them is behind the entry."""
    return [f"services.create:{entry.namespace}"] if any((entry.namespace, b) in plain for b in entry.backends) else []


def _route_table(ingress: Ingress) -> Table | None:
    rows = [(r.host or "*", r.path or "/", f"{r.service}:{r.port}") for r in ingress.routes]
    if ingress.default_backend:
        rows.append(("*", "*", ingress.default_backend))
    return table("host path backend", rows)


def _verify(inventory: Inventory, own: Sequence[Service], after: Sequence[str]) -> Step:
    """``own``: the API server's Service, which needs no step to create it."""
    return step(
        "services.verify",
        PHASE,
        kind=StepKind.VERIFY,
        actions=[run(kubectl("new", "get services,ingresses --all-namespaces -o wide"))],
        verify=[
            run(
                "\n".join(
                    f"{kubectl(c, f'get {what} --all-namespaces --no-headers')} | wc -l"
                    for what in ("services", "ingresses")
                    for c in ("old", "new")
                )
            )
        ],
        minutes=(5, 15),
        after=["workloads.verify", *after],
        subjects=[service_ref(s) for s in own],
        tables=[_service_table(own)],
        services=len(inventory.services),
        ingresses=len(inventory.ingresses),
    )

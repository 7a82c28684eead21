"""Phase "services": the course's step 5, Services and Ingresses with new load balancers (B.3, F.1, F.2, D.2 h)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from migrator.conversion.network import has_elb, target_class
from migrator.locale import Msg, msg
from migrator.runbook.bundled import BALANCER_NOTES, apply_balanced, needs_balancer_id, notes_of
from migrator.runbook.entries import Entry
from migrator.runbook.inventory import Inventory
from migrator.runbook.kubectl import WORK, copy_objects, kubectl, named, resource, word
from migrator.runbook.model import Action, Role, Step, StepKind, Table, Where
from migrator.runbook.served import copies
from migrator.runbook.steps.base import FILL_IN, do, estimate, or_dash, run, service_ref, show, step, table
from migrator.snapshot.model import Ingress, LoadBalancerKind, ObjectRef, Service

PHASE = "services"


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


def _is_default(service: Service) -> bool:
    """The API server's own Service, which each cluster makes by itself."""
    return (service.namespace, service.name) == ("default", "kubernetes")


def _create(namespace: str, given: list[Service], inventory: Inventory) -> Step:
    names = [s.name for s in given]
    manual = [s.name for s in given if not s.selector and s.type != "ExternalName"]
    warnings = [msg("runbook.warning.endpoints_by_hand", names=manual)] if manual else []
    if any(s.type == "NodePort" for s in given):
        warnings.append(msg("runbook.warning.node_ports"))
    refs = [service_ref(s) for s in given]
    behind = [ObjectRef(api_version="v1", kind="Endpoints", namespace=namespace, name=name) for name in manual]
    return step(
        "services.create",
        PHASE,
        key=namespace,
        actions=[run(c) for c in copies([*refs, *behind], inventory)],
        verify=[run(kubectl("new", "get services", namespace=namespace))],
        rollback=[run(kubectl("new", "delete services --ignore-not-found", named(names), namespace=namespace))],
        minutes=estimate((3, 8), (0.1, 0.5), len(given)),
        after=["workloads.verify"],
        subjects=[*refs, *(b for b in behind if inventory.applied.files_of(b))],
        tables=[_service_table(given)],
        warnings=[*warnings, *notes_of(refs, inventory.applied)],
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


def node_port_clients(namespaces: Sequence[str], inventory: Inventory) -> list[Msg]:
    """Tells whose callers must be moved by hand: no step switches the traffic of a node port. Left out are Services
    behind an Ingress, which CCE reaches by a node port of its own."""
    behind = {(e.namespace, b) for e in inventory.entries for b in e.backends}
    found = [
        f"{s.namespace}/{s.name} ({', '.join(f'{p.node_port}/{p.protocol}' for p in s.ports if p.node_port)})"
        for s in inventory.services
        if s.type == "NodePort" and s.namespace in namespaces and (s.namespace, s.name) not in behind
    ]
    return [msg("runbook.warning.node_port_clients", names=found)] if found else []


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
    return not given.files_of(ref) or needs_balancer_id(ref, given)


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


def _created(
    ref: ObjectRef, entry: Entry, inventory: Inventory, *, bought: bool, read: str
) -> tuple[list[Action], list[Msg]]:
    """Actions that create the entry, with what a person completes before.

    Args:
        bought: whether it gets the load balancer that a person has bought.
        read: the command that reads it from the old cluster, for one without a manifest.
    """
    given = inventory.applied
    commands = apply_balanced(ref, given)
    noted = notes_of([ref], given, settled=BALANCER_NOTES if bought else ())
    stop = [do(Where.BASTION, "complete_files")] if noted and commands else []
    lookup = f"{_elb_lookup(entry)}\n" if bought else ""
    return [*stop, *(run(f"{lookup}{command}") for command in commands or [read])], noted


def _balanced(service: Service, entry: Entry, inventory: Inventory) -> Step:
    kind = _KINDS[entry.balancer]
    bought = _is_bought(service_ref(service), inventory)
    read = copy_objects(
        "services", [service.name], program="services.jq", namespace=service.namespace,
        arguments=_elb_arguments(entry),
        after='.spec.type = "LoadBalancer"' if service.type != "LoadBalancer" else "",
    )  # fmt: skip
    actions, noted = _created(service_ref(service), entry, inventory, bought=bought, read=read)
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


def _elb_arguments(entry: Entry) -> str:
    return f'--arg elb "$elb" --arg elb_class {_KINDS[entry.balancer].elb_class}'


def _ingress(ingress: Ingress, entry: Entry, inventory: Inventory, plain: frozenset[tuple[str, str]]) -> Step:
    ref = ingress.ref
    newest = inventory.target.minor >= 22  # networking.k8s.io/v1beta1 is gone; CCE serves v1 from 1.23 (D.2 h)
    wanted = ingress_class(ingress)
    new_api = "networking.k8s.io/v1" if newest else "networking.k8s.io/v1beta1"
    bought = wanted == "cce" and _is_bought(ref, inventory)
    read = copy_objects(
        resource("Ingress", ref.api_version), [ref.name], program="services.jq", namespace=ref.namespace,
        arguments=f"--arg api {new_api} --arg class {word(wanted)}{f' {_elb_arguments(entry)}' if bought else ''}",
    )  # fmt: skip
    actions, noted = _created(ref, entry, inventory, bought=bought, read=read)
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
    """``own``: the API server's Service, which needs no step to create it. The platform's own are not counted: which
    it has in its namespaces is another matter in another version."""
    business = ",".join(f"metadata.namespace!={name}" for name in sorted(inventory.system_namespaces))
    choice = f"--all-namespaces --no-headers --field-selector {word(business)}"
    return step(
        "services.verify",
        PHASE,
        kind=StepKind.VERIFY,
        actions=[run(kubectl("new", "get services,ingresses --all-namespaces -o wide"))],
        verify=[
            run(
                "\n".join(
                    f"{kubectl(c, f'get {what} {choice}')} | wc -l"
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

"""What changes clusters at one time: namespaces that use each other, from stop to switch (F.3).

A dump tells of some connections only: a load balancer that entries share, an ExternalName, the address of a load
balancer written down elsewhere. Namespaces so connected share a window; of others a person is asked at its gate.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from migrator.runbook.chains import Chain
from migrator.runbook.entries import Entry
from migrator.runbook.inventory import Inventory
from migrator.runbook.steps.stopping import SCALED
from migrator.snapshot.model import AddressUse, Workload

_PLACE = re.compile(r"(?P<kind>\w+) (?P<namespace>[^/ ]+)/(?P<name>[^:]+): ?(?P<where>.*)", re.DOTALL)
_SERVICE_NAME = re.compile(r"[^.]+\.(?P<namespace>[^.]+)\.svc(?:\..*)?")


class Place(msgspec.Struct, frozen=True):
    """Where in the dump an address is written: an object of a namespace, and the key or field in it."""

    kind: str
    namespace: str
    name: str
    where: str

    @property
    def key(self) -> str:
        """As ``Workload.key``."""
        return f"{self.namespace}/{self.kind}/{self.name}"


class Window(msgspec.Struct, frozen=True):
    """Namespaces that change clusters together, with one signature before and one outage from stop to switch."""

    key: str
    namespaces: tuple[str, ...]
    chain: Chain | None  # the workloads on exclusive storage, put together; None where there are none
    followers: tuple[Workload, ...]  # workloads without exclusive storage that stand at 0 in the new cluster until then
    crons: tuple[Workload, ...]  # CronJobs that are not suspended
    entries: tuple[tuple[Entry, ...], ...]  # entries in one tuple share their old load balancer


def place_of(use: AddressUse) -> Place | None:
    """The object that an address was read from.

    None for what a person entered, for cluster-wide objects, and where an entry names its own load balancer: the step
    that makes the entry in the new cluster sees to that.
    """
    found = _PLACE.fullmatch(use.location) if use.origin == "dump" and not use.names_own_balancer else None
    return Place(**found.groupdict()) if found else None


def windows_of(inventory: Inventory) -> tuple[Window, ...]:
    """All windows, those without an outage of stored data first. Each namespace is in one at most."""
    groups = _connected(inventory)
    members: dict[str, list[str]] = defaultdict(list)
    for namespace in inventory.namespaces:
        members[groups[namespace]].append(namespace)
    chains: dict[str, list[Chain]] = defaultdict(list)
    for chain in inventory.chains:
        chains[groups[chain.namespace]].append(chain)
    moving: dict[str, list[Workload]] = defaultdict(list)
    for workload in inventory.free:
        moving[groups[workload.ref.namespace]].append(workload)
    entries: dict[str, list[Entry]] = defaultdict(list)
    for entry in inventory.entries:
        entries[groups[entry.namespace]].append(entry)
    named = {p.key for use in inventory.snapshot.address_uses if (p := place_of(use))}
    made = []
    for root, namespaces in members.items():
        followers = tuple(w for w in moving[root] if w.ref.kind in (*SCALED, "Pod"))
        held = [w for c in chains[root] for w in c.workloads]
        crons = tuple(w for w in (*moving[root], *held) if w.ref.kind == "CronJob" and not w.suspended)
        if followers or crons or held or entries[root]:
            made.append(
                Window(
                    key=chains[root][0].key if held else namespaces[0],
                    namespaces=tuple(namespaces),
                    chain=_together(chains[root], followers, crons, named),
                    followers=followers,
                    crons=crons,
                    entries=tuple(_by_balancer(entries[root])),
                )
            )
    return tuple(sorted(made, key=lambda w: (w.chain is not None, w.namespaces)))


def _together(
    chains: list[Chain], followers: tuple[Workload, ...], crons: tuple[Workload, ...], named: set[str]
) -> Chain | None:
    if not chains:
        return None
    services = {(s.namespace, s.name): s for c in chains for s in c.services}
    return Chain(
        key=chains[0].key,
        workloads=tuple(w for c in chains for w in c.workloads),
        held=tuple(h for c in chains for h in c.held),
        paths=tuple(p for c in chains for p in c.paths),
        services=tuple(services[name] for name in sorted(services)),
        followers=followers,
        crons=crons,
        addressed=frozenset(w.key for c in chains for w in c.workloads if w.key in named),
    )


class _Groups:
    """Disjoint sets of names; the smallest name of a set stands for it."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        while self._parent.setdefault(name, name) != name:
            self._parent[name] = name = self._parent[self._parent[name]]
        return name

    def join(self, one: str, other: str) -> None:
        first, second = sorted((self[one], self[other]))
        self._parent[second] = first


def balancers_of(entry: Entry) -> Iterator[str]:
    """Whatever tells the entry's old load balancer: its id and its addresses."""
    yield from (f"id {entry.balancer_id}",) if entry.balancer_id else ()
    yield from (f"address {address}" for address in entry.addresses)


def _connected(inventory: Inventory) -> _Groups:
    groups = _Groups()
    known = set(inventory.namespaces)
    first: dict[str, str] = {}
    for entry in inventory.entries:
        for token in balancers_of(entry):
            groups.join(entry.namespace, first.setdefault(token, entry.namespace))
    for service in inventory.services:
        found = _SERVICE_NAME.fullmatch(service.external_name)
        if found and found["namespace"] in known:
            groups.join(service.namespace, found["namespace"])
    for use in inventory.snapshot.address_uses:
        place = place_of(use)
        owner = first.get(f"address {use.address.removesuffix('/32')}")
        if place and owner and place.namespace in known:
            groups.join(place.namespace, owner)
    return groups


def _by_balancer(entries: Iterable[Entry]) -> list[tuple[Entry, ...]]:
    """Entries that share an old load balancer, in the order of the first of each."""
    groups = _Groups()
    given = list(entries)
    for entry in given:
        for token in balancers_of(entry):
            groups.join(f"entry {entry.key}", token)
    shared: dict[str, list[Entry]] = defaultdict(list)
    for entry in given:
        shared[groups[f"entry {entry.key}"]].append(entry)
    return [tuple(group) for group in shared.values()]

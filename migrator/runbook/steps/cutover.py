"""Phase "cutover": the course's step 6, test everything, then switch the traffic entry by entry (B.3, F.3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from migrator.locale import msg
from migrator.runbook.entries import Entry
from migrator.runbook.inventory import Inventory
from migrator.runbook.kubectl import WORK, kubectl, named, word
from migrator.runbook.model import Role, Step, StepKind, Where
from migrator.runbook.steps.base import do, estimate, or_dash, run, show, step, table
from migrator.runbook.steps.outage import chain_steps
from migrator.runbook.steps.prepare import count_command, workload_counts
from migrator.snapshot.model import Workload

PHASE = "cutover"


def cutover(inventory: Inventory, after: Sequence[str]) -> list[Step]:
    """Commission, gate, then namespace by namespace: first those without an outage, then the others, each with its
    chains followed at once by the traffic that leads to them."""
    steps = [_commission(inventory, after), _accept()]
    entries: dict[str, list[Entry]] = defaultdict(list)
    for entry in inventory.entries:
        entries[entry.namespace].append(entry)
    stopping = {chain.namespace for chain in inventory.chains}
    previous = "cutover.accept"
    for namespace in sorted(set(entries) - stopping):
        steps += [_switch(entry, ["cutover.accept"], in_outage=False) for entry in entries[namespace]]
    for namespace in sorted(stopping):
        tests = []
        for chain in (c for c in inventory.chains if c.namespace == namespace):
            made = chain_steps(chain, inventory, [previous])
            steps += made
            previous = made[-1].key
            tests.append(previous)
        for entry in entries[namespace]:
            switch = _switch(entry, tests, in_outage=True)
            steps.append(switch)
            previous = switch.key
    moved = [s.key for s in steps]
    crons = [w for w in inventory.snapshot.user_workloads if w.ref.kind == "CronJob" and not w.suspended]
    if crons:
        steps.append(_crons(crons, moved))
    return [*steps, _counts(inventory, [s.key for s in steps]), _observe(inventory)]


def _curl(entry: Entry) -> str:
    """Asks the new address for each host of the entry, as a client with a changed hosts file would."""
    what = "service" if entry.kind == "Service" else "ingress"
    find = kubectl(
        "new",
        f"get {what} -o jsonpath='{{.status.loadBalancer.ingress[0].ip}}'",
        named([entry.name]),
        namespace=entry.namespace,
    )
    lines = [f"address=$({find})", 'echo "$address"']
    port = entry.ports[0] if entry.ports else 80
    if entry.hosts:
        scheme = "https" if port == 443 else "http"
        for host in (h.replace("*", "www", 1) for h in entry.hosts):
            resolve = word(f"{host}:{port}:")
            lines.append(
                f"curl -sS -o /dev/null -w '%{{http_code}}\\n' --resolve {resolve}\"$address\" {word(f'{scheme}://{host}/')}"
            )
    else:
        lines += [f'nc -vz -w 5 "$address" {p}' for p in entry.ports]
    return "\n".join(lines)


def _commission(inventory: Inventory, after: Sequence[str]) -> Step:
    counts = workload_counts(inventory)
    actions = [do(Where.NEW_CLUSTER, "test_functions")]
    actions += [run(_curl(e)) for e in inventory.entries]
    return step(
        "cutover.test",
        PHASE,
        kind=StepKind.VERIFY,
        role=Role.BUSINESS_OWNER,
        actions=actions,
        verify=[
            run(count_command(inventory, "new")),
            run(f'diff "{WORK}/counts-old.tsv" "{WORK}/counts-new.tsv"'),
            do(Where.BASTION, "explain_differences"),
        ],
        minutes=estimate((30, 120), (3, 10), len(inventory.entries)),
        after=after,
        tables=[table("entry hosts old_address", (e.row for e in inventory.entries))],
        total=sum(counts.values()),
        later=sum(len(c.workloads) for c in inventory.chains),
        entries=len(inventory.entries),
    )


def _accept() -> Step:
    return step(
        "cutover.accept",
        PHASE,
        kind=StepKind.GATE,
        role=Role.REVIEWER,
        actions=[do(Where.BASTION, "accept_conditions")],
        verify=[do(Where.BASTION, "accept_signed")],
        minutes=(15, 30),
        after=["cutover.test", "nodes.whitelist"],
    )


def _switch(entry: Entry, after: Sequence[str], *, in_outage: bool) -> Step:
    checks = [
        run(_curl(entry)),
        *([run("\n".join(f"dig +short {word(h)}" for h in entry.hosts))] if entry.hosts else []),
    ]
    return step(
        "cutover.switch",
        PHASE,
        key=entry.key,
        kind=StepKind.MANUAL,
        role=Role.NETWORK_ENGINEER,
        actions=[run(_curl(entry)), do(Where.CONSOLE, "switch_dns_or_eip")],
        verify=[*checks, do(Where.CONSOLE, "traffic_has_moved")],
        rollback=[do(Where.CONSOLE, "switch_back")],
        minutes=(10, 30),
        interrupts=in_outage,
        after=[*after, *(["prepare.ttl"])],
        tables=[table("entry hosts old_address", [entry.row])],
        warnings=[msg("runbook.warning.eip_rebind"), msg("runbook.warning.long_connections")],
        entry=f"{entry.kind} {entry.namespace}/{entry.name}",
        hosts=show(entry.hosts),
        addresses=show(entry.addresses),
    )


def _crons(crons: Sequence[Workload], after: Sequence[str]) -> Step:
    def patches(first: str, second: str) -> str:
        lines = []
        for context, value in ((first, "true"), (second, "false")):
            lines += [
                kubectl(
                    "old" if context == "old" else "new",
                    f'patch cronjob -p \'{{"spec":{{"suspend":{value}}}}}\'',
                    named([w.ref.name]),
                    namespace=w.ref.namespace,
                )
                for w in crons
            ]
        return "\n".join(lines)

    return step(
        "cutover.crons",
        PHASE,
        actions=[run(patches("old", "new"))],
        verify=[
            run(f"{kubectl('old', 'get cronjobs --all-namespaces')}\n{kubectl('new', 'get cronjobs --all-namespaces')}")
        ],
        rollback=[run(patches("new", "old"))],
        minutes=estimate((3, 5), (0.2, 1), len(crons)),
        after=after,
        tables=[table("namespace name schedule", ((w.ref.namespace, w.ref.name, or_dash(w.schedule)) for w in crons))],
        count=len(crons),
    )


def _counts(inventory: Inventory, after: Sequence[str]) -> Step:
    counts = workload_counts(inventory)
    return step(
        "cutover.counts",
        PHASE,
        kind=StepKind.VERIFY,
        actions=[run(count_command(inventory, "new"))],
        verify=[run(f'diff "{WORK}/counts-old.tsv" "{WORK}/counts-new.tsv"'), do(Where.BASTION, "explain_differences")],
        minutes=(10, 20),
        after=after,
        tables=[table("namespace kind count", ((ns, kind, str(n)) for (ns, kind), n in sorted(counts.items())))],
        total=sum(counts.values()),
    )


def _observe(inventory: Inventory) -> Step:
    return step(
        "cutover.observe",
        PHASE,
        kind=StepKind.MANUAL,
        role=Role.BUSINESS_OWNER,
        actions=[
            do(Where.NEW_CLUSTER, "observe"),
            run(kubectl("new", "get events --all-namespaces --field-selector type=Warning")),
        ],
        verify=[do(Where.CONSOLE, "old_traffic_is_zero")],
        rollback=[do(Where.CONSOLE, "switch_back")],
        minutes=(30, 60),
        after=["cutover.counts"],
        entries=len(inventory.entries),
    )

"""Phase "cutover": the course's step 6, test everything, then switch the traffic entry by entry (B.3, F.3)."""

from __future__ import annotations

import json
from collections.abc import Sequence

import msgspec

from migrator.locale import msg
from migrator.runbook.chains import Chain
from migrator.runbook.entries import Entry
from migrator.runbook.inventory import Inventory
from migrator.runbook.kubectl import WORK, Context, kubectl, named, word
from migrator.runbook.length import length
from migrator.runbook.model import Role, Step, StepKind, Where
from migrator.runbook.steps.base import FILL_IN, do, estimate, or_dash, run, show, step, table
from migrator.runbook.steps.outage import chain_steps, create_pods
from migrator.runbook.steps.prepare import count_command, workload_counts
from migrator.runbook.steps.services import node_port_clients
from migrator.runbook.steps.stopping import SCALED, halt_new, recorded, resume_commands, stop_commands, suspend
from migrator.runbook.steps.workloads import kinds_of, place_table
from migrator.runbook.windows import Window
from migrator.snapshot.model import Workload

PHASE = "cutover"


def cutover(inventory: Inventory, windows: Sequence[Window], after: Sequence[str]) -> list[Step]:
    """Say what may run twice, start it, commission, gate; then window by window: stop, move, start, test, switch."""
    beside = [w for window in windows for w in window.followers if w.ref.kind in SCALED]
    steps = []
    if beside:
        steps += [_parallel(beside, after), _start_beside(beside)]
    steps += [_commission(inventory, windows, [*after, *(s.key for s in steps)]), _accept()]
    for window in windows:
        steps += _window_steps(window, inventory)
    return [*steps, _counts(inventory, [s.key for s in steps]), _observe(inventory)]


def _window_steps(window: Window, inventory: Inventory) -> list[Step]:
    """One window: its workloads, at once followed by the traffic that leads to them, then its CronJobs."""
    steps: list[Step] = []
    if window.chain:
        steps += chain_steps(window.chain, inventory, ["cutover.accept"])
    elif window.followers or window.crons:
        steps.append(_hand_over(window, inventory))
    for entries in window.entries:
        ready = steps[-1].key if steps else "cutover.accept"
        steps.append(_switch(entries, [ready], window.chain, inventory))
    if window.crons:
        steps.append(_crons(window, [s.key for s in steps]))
    if window.chain:
        steps[0] = _with_outage(steps)
    return steps


def _with_outage(steps: Sequence[Step]) -> Step:
    """The gate of a window, telling how long it is from the stop to the last switch."""
    stopped = [s.minutes for s in steps if s.interrupts]
    takes = length((sum(m[0] for m in stopped), sum(m[1] for m in stopped)))
    told = msg("runbook.warning.outage_takes", length=takes)
    return msgspec.structs.replace(steps[0], warnings=(told, *steps[0].warnings))


# --- what may run beside the old one ---

_PARALLEL = f'"{WORK}/parallel.tsv"'


def _parallel(given: Sequence[Workload], after: Sequence[str]) -> Step:
    cells = [(word(w.ref.namespace), w.ref.kind.lower(), word(w.ref.name), str(recorded(w))) for w in given]
    lines = [f"  printf '%s\\t%s\\t%s\\t%s\\t\\n' {' '.join(row)}" for row in cells]
    return step(
        "cutover.parallel",
        PHASE,
        kind=StepKind.GATE,
        role=Role.BUSINESS_OWNER,
        actions=[
            run(f"test -s {_PARALLEL} || {{\n" + "\n".join(lines) + f"\n}} > {_PARALLEL}"),
            do(Where.BASTION, "decide_parallel", file="parallel.tsv"),
        ],
        verify=[
            run(f"awk -F '\\t' '$5 != \"yes\" && $5 != \"no\" {{ print; open = 1 }} END {{ exit open }}' {_PARALLEL}")
        ],
        minutes=estimate((15, 30), (0.3, 2), len(given)),
        after=after,
        tables=[
            table(
                "namespace kind name replicas images parallel",
                ((w.ref.namespace, w.ref.kind, w.ref.name, str(recorded(w)), show(w.images), FILL_IN) for w in given),
            )
        ],
        count=len(given),
    )


def scale_marked(context: Context, mark: str, replicas: str, only: Sequence[str] = ()) -> str:
    """Scales the workloads of ``parallel.tsv`` with that mark, all of them or those of the namespaces ``only``."""
    scale = kubectl(context, f'--namespace "$namespace" scale --replicas={replicas} "$kind" "$name"')
    chosen = "".join(f" || $1 == {json.dumps(n)}" for n in only)
    condition = f'$5 == "{mark}"' + (f" && ({chosen[4:]})" if only else "")
    return (
        f"awk -F '\\t' {word(condition)} {_PARALLEL} \\\n"
        "  | while IFS=\"$(printf '\\t')\" read -r namespace kind name replicas mark; do\n"
        f"      {scale} < /dev/null\n"
        "    done"
    )


def _start_beside(given: Sequence[Workload]) -> Step:
    ill = [f"{w.ref.namespace}/{w.ref.name}" for w in given if w.ready is not None and w.ready < recorded(w)]
    namespaces = sorted({w.ref.namespace for w in given})
    listed = {n: kinds_of(w for w in given if w.ref.namespace == n) for n in namespaces}
    return step(
        "cutover.start",
        PHASE,
        actions=[run(scale_marked("new", "yes", '"$replicas"'))],
        verify=[run("\n".join(kubectl("new", "get", kinds, namespace=n) for n, kinds in listed.items()))],
        rollback=[run(scale_marked("new", "yes", "0"))],
        minutes=estimate((5, 10), (0.2, 1), len(given)),
        after=["cutover.parallel"],
        warnings=[msg("runbook.warning.ill_before", names=ill)] if ill else [],
        count=len(given),
    )


def _hand_over(window: Window, inventory: Inventory) -> Step:
    """Namespaces without exclusive storage: what must not run twice stops in the old cluster and starts in the new."""
    pods = [w for w in window.followers if w.ref.kind == "Pod"]
    scaled = [w for w in window.followers if w.ref.kind in SCALED]
    stop = [*stop_commands(window.crons), *stop_commands(pods)]
    # Gone back from after the CronJobs were resumed in the new cluster, they would run in both.
    back = [*halt_new(window.crons), *halt_new(pods), *resume_commands(pods), *resume_commands(window.crons)]
    start = create_pods(pods, inventory)
    if scaled:
        stop.append(scale_marked("old", "no", "0", window.namespaces))
        start.insert(0, scale_marked("new", "no", '"$replicas"', window.namespaces))
        back.insert(0, scale_marked("new", "no", "0", window.namespaces))
        back.append(scale_marked("old", "no", '"$replicas"', window.namespaces))
    lines = [kubectl("new", "get pods -o wide", namespace=n) for n in window.namespaces]
    return step(
        "cutover.hand_over",
        PHASE,
        key=window.key,
        actions=[run("\n".join(stop)), *(run(c) for c in start)],
        verify=[run("\n".join(lines)), do(Where.NEW_CLUSTER, "test_chain")],
        rollback=[run("\n".join(back))],
        minutes=estimate((5, 15), (0.1, 0.5), len(window.followers) + len(window.crons)),
        interrupts=bool(window.followers),
        stops=[w.ref for w in window.followers],
        after=["cutover.accept"],
        subjects=[w.ref for w in pods],
        tables=[place_table([*window.followers, *window.crons])],
        warnings=node_port_clients(window.namespaces, inventory),
        namespaces=list(window.namespaces),
    )


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
        for name, path in zip(entry.hosts, entry.paths, strict=True):
            host = name.replace("*", "www", 1)
            resolve, url = word(f"{host}:{port}:"), word(f"{scheme}://{host}{path}")
            lines.append(f"curl -sS -o /dev/null -w '%{{http_code}}\\n' --resolve {resolve}\"$address\" {url}")
    else:
        lines += [f'nc -vz -w 5 "$address" {p}' for p in entry.ports]
    return "\n".join(lines)


def _commission(inventory: Inventory, windows: Sequence[Window], after: Sequence[str]) -> Step:
    counts = workload_counts(inventory)
    now = [e for window in windows if not window.chain for group in window.entries for e in group]
    later = len(inventory.entries) - len(now)
    which = ("both" if later else "all_now") if now else ("all_later" if later else "none")
    actions = [do(Where.NEW_CLUSTER, "test_parallel"), *(run(_curl(e)) for e in now)]
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
        tables=[table("entry hosts old_address", (e.row for e in now))],
        total=sum(counts.values()),
        later=sum(len(c.workloads) for c in inventory.chains),
        tested=msg(f"entry.tested_{which}", now=len(now), later=later),
    )


def _accept() -> Step:
    return step(
        "cutover.accept",
        PHASE,
        kind=StepKind.GATE,
        role=Role.REVIEWER,
        signs=(Role.BUSINESS_OWNER, Role.REVIEWER),
        actions=[do(Where.BASTION, "accept_conditions")],
        verify=[do(Where.BASTION, "accept_signed")],
        minutes=(15, 30),
        after=["cutover.test", "nodes.whitelist"],
    )


def _switch(entries: Sequence[Entry], after: Sequence[str], chain: Chain | None, inventory: Inventory) -> Step:
    """One old load balancer: all that shares it goes at once, whichever way the traffic is moved."""
    hosts = sorted({h for e in entries for h in e.hosts})
    addresses = sorted({a for e in entries for a in e.addresses})
    curl = [run(_curl(e)) for e in entries]
    return step(
        "cutover.switch",
        PHASE,
        key=entries[0].key,
        kind=StepKind.MANUAL,
        role=Role.NETWORK_ENGINEER,
        actions=[
            *curl,
            do(Where.CONSOLE, "switch_dns_or_eip"),
            # Where data has moved, requests that still reach the old cluster would write into nothing.
            *([do(Where.CONSOLE, "switch_by_weight")] if hosts and chain is None else []),
        ],
        verify=[
            *curl,
            *([run("\n".join(f"dig +short {word(h)}" for h in hosts))] if hosts else []),
            do(Where.CONSOLE, "traffic_has_moved"),
        ],
        rollback=[do(Where.CONSOLE, "switch_back_after_data" if chain else "switch_back")],
        minutes=(10, 30) if len(entries) == 1 else (15, 40),
        interrupts=chain is not None,
        after=[*after, "prepare.ttl"],
        tables=[table("entry hosts old_address", (e.row for e in entries))],
        warnings=[
            msg("runbook.warning.eip_rebind"),
            *([] if chain else [msg("runbook.warning.long_connections")]),
            *([msg("runbook.warning.same_balancer", count=len(entries))] if len(entries) > 1 else []),
        ],
        entry=[f"{e.kind} {e.namespace}/{e.name}" for e in entries],
        hosts=hosts or msg("entry.no_hosts"),
        addresses=addresses or msg("entry.no_address"),
    )


def _crons(window: Window, after: Sequence[str]) -> Step:
    """The CronJobs of a window start in the new cluster when its traffic is there; the old ones are asleep by now."""
    back = suspend("new", window.crons, asleep=True)
    if not window.chain:
        back += suspend("old", window.crons, asleep=False)
    look = [
        kubectl(context, "get cronjobs", namespace=n)
        for n in sorted({w.ref.namespace for w in window.crons})
        for context in ("old", "new")
    ]
    return step(
        "cutover.crons",
        PHASE,
        key=window.key,
        actions=[
            run("\n".join([*suspend("old", window.crons, asleep=True), *suspend("new", window.crons, asleep=False)]))
        ],
        verify=[run("\n".join(look))],
        # Where data has left the old cluster, the way back of the window wakes the old ones when it is there again.
        rollback=[run("\n".join(back))],
        minutes=estimate((3, 5), (0.2, 1), len(window.crons)),
        after=after,
        tables=[
            table(
                "namespace name schedule",
                ((w.ref.namespace, w.ref.name, or_dash(w.schedule)) for w in window.crons),
            )
        ],
        count=len(window.crons),
        namespaces=list(window.namespaces),
    )


def _counts(inventory: Inventory, after: Sequence[str]) -> Step:
    counts = workload_counts(inventory)
    return step(
        "cutover.counts",
        PHASE,
        kind=StepKind.VERIFY,
        actions=[run(count_command(inventory, "new"))],
        verify=[
            run(f'diff "{WORK}/counts-old.tsv" "{WORK}/counts-new.tsv"'),
            do(Where.BASTION, "explain_last_differences"),
        ],
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
        rollback=[do(Where.CONSOLE, "switch_back_after_data" if inventory.chains else "switch_back")],
        minutes=(30, 60),
        after=["cutover.counts"],
        entries=len(inventory.entries),
    )

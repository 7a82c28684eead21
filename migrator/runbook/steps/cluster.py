"""Phase "cluster": the course's step 1, a new cluster of the same specification and configuration (B.3, A.6, H.3)."""

from __future__ import annotations

from migrator.locale import Msg, msg
from migrator.runbook.inventory import Inventory
from migrator.runbook.kubectl import WORK, identity_of, kubectl, program_of, server_of, take_kubeconfig
from migrator.runbook.model import Step, StepKind, Where
from migrator.runbook.steps.base import billing_words, do, or_dash, run, step, table
from migrator.snapshot.model import StorageKind

PHASE = "cluster"
NODES_PHASE = "nodes"  # add-ons run on nodes


def new_cluster(inventory: Inventory, gate: str) -> list[Step]:
    return [_create(inventory, gate), access(inventory)]


def _create(inventory: Inventory, gate: str) -> Step:
    facts = inventory.snapshot.cluster
    same, unknown = msg("table.value.same"), msg("table.value.look_up")
    rows: list[tuple[str | Msg, str | Msg, str | Msg]] = [
        (msg("table.value.version"), str(inventory.source), str(inventory.target)),
        (msg("table.value.name"), or_dash(facts.name), msg("table.value.new_name")),
    ]
    for label, value in (
        ("category", facts.category),
        ("type", facts.type),
        ("flavor", facts.flavor),
        ("masters", facts.masters),
        ("network_mode", facts.network_mode),
        ("vpc", facts.vpc),
        ("subnet", facts.subnet),
        ("service_cidr", facts.service_cidr),
        ("proxy_mode", facts.proxy_mode),
        ("authentication", facts.authentication),
    ):
        rows.append((msg(f"table.value.{label}"), or_dash(value), same if value else unknown))
    rows.append((msg("table.value.billing"), billing_words(facts.billing), same if facts.billing else unknown))
    other = msg("table.value.other_cidr", cidr=facts.container_cidr) if facts.container_cidr else unknown
    rows.append((msg("table.value.container_cidr"), or_dash(facts.container_cidr), other))
    warnings = [msg("runbook.warning.immutable"), msg("runbook.warning.cidr_overlap")]
    if facts.has_authenticating_proxy is not False:
        warnings.append(
            msg(f"runbook.warning.{'authenticating_proxy' if facts.authentication else 'authentication_untold'}")
        )
    if facts.type and facts.type != "VirtualMachine":
        warnings.append(msg("runbook.warning.not_virtual_machine", type=facts.type))
    return step(
        "cluster.create",
        PHASE,
        kind=StepKind.CONSOLE,
        actions=[do(Where.CONSOLE, "buy_cluster", target=str(inventory.target))],
        verify=[do(Where.CONSOLE, "cluster_is_normal")],
        rollback=[do(Where.CONSOLE, "delete_new_cluster")],
        minutes=(15, 40),
        after=[gate],
        tables=[table("parameter old_value new_value", rows)],
        warnings=warnings,
        target=str(inventory.target),
        cluster=msg("chain.old_named", name=facts.name) if facts.name else msg("chain.old_cluster"),
    )


def access(inventory: Inventory, sentences: str = "cluster.access") -> Step:
    return step(
        sentences,
        PHASE,
        actions=[
            do(Where.CONSOLE, "download_kubeconfig"),
            run(f"{program_of('new')}\n{take_kubeconfig('new')}"),
        ],
        verify=[
            run(f"{kubectl('old', 'version')}\n{kubectl('new', 'version')}"),
            run(
                f'old="$({identity_of("old")})"; new="$({identity_of("new")})"\n'
                f'echo "old $({server_of("old")}) $old"; echo "new $({server_of("new")}) $new"\n'
                'test -n "$old" && test -n "$new" && test "$old" != "$new" \\\n'
                f'  && test "$({server_of("old")})" != "$({server_of("new")})" && echo different'
            ),
        ],
        rollback=[run(f'rm "{WORK}/kubectl-new" "{WORK}/new.json" "{WORK}/new-download.json"')],
        minutes=(5, 15),
        after=["cluster.create"],
        warnings=[msg("runbook.warning.two_contexts"), msg("runbook.warning.new_certificates")],
        target=str(inventory.target),
    )


def addons(inventory: Inventory) -> Step:
    rows: list[tuple[str, str, Msg]] = []
    for addon in inventory.snapshot.addons:
        rows.append((addon.name, or_dash(addon.version), msg(_advice(addon.name))))
    present = {a.name for a in inventory.snapshot.addons}
    rows += [(name, "—", msg("table.value.addon_required")) for name in ("coredns", "everest") if name not in present]
    scales = bool(inventory.snapshot.objects_of("HorizontalPodAutoscaler"))
    if "metrics-server" not in present and (scales or _has_heapster(inventory)):
        rows.append(("metrics-server", "—", msg("table.value.addon_metrics")))
    actions = [do(Where.CONSOLE, "install_addons")]
    corefile = inventory.snapshot.cluster.corefile
    if corefile is not None:
        actions += [do(Where.CONSOLE, "carry_corefile")]
    if any(h.volume and h.volume.storage is StorageKind.OBS for h in inventory.held):
        actions += [do(Where.CONSOLE, "obs_keys")]
    return step(
        "nodes.addons",
        NODES_PHASE,
        kind=StepKind.CONSOLE,
        actions=actions,
        verify=[run(kubectl("new", "get pods -n kube-system -o wide")), do(Where.CONSOLE, "addons_running")],
        rollback=[do(Where.CONSOLE, "uninstall_addons")],
        minutes=(10, 30),
        after=["nodes.ready"],
        tables=[table("addon version treatment", rows)],
        warnings=[msg("runbook.warning.corefile_proxy")] if corefile and uses_proxy(corefile) else [],
        count=len(rows),
    )


def _has_heapster(inventory: Inventory) -> bool:
    """heapster gave old clusters the figures that metrics-server gives now."""
    names = [a.name for a in inventory.snapshot.addons] + [w.ref.name for w in inventory.snapshot.workloads]
    return any("heapster" in name for name in names)


def uses_proxy(corefile: str) -> bool:
    """Whether a Corefile has the plug-in ``proxy``, which CoreDNS dropped (A.1)."""
    return any(line.split()[:1] == ["proxy"] for line in corefile.splitlines())


def _advice(name: str) -> str:
    if name == "storage-driver":
        return "table.value.addon_everest"
    return "table.value.addon_newest"

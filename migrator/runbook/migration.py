"""The cross-version migration (跨版本业务迁移): the course's seven steps as phases, with a preparation before (B.3)."""

from __future__ import annotations

from migrator.checks.spec import CheckResult, Severity
from migrator.locale import msg
from migrator.runbook.filters import programs_in
from migrator.runbook.inventory import Inventory
from migrator.runbook.model import Phase, Step
from migrator.runbook.ordering import PhaseTitle, arrange, without
from migrator.runbook.steps.addresses import addresses
from migrator.runbook.steps.cluster import addons, new_cluster
from migrator.runbook.steps.configuration import carried_objects, configuration, late_objects
from migrator.runbook.steps.cutover import cutover
from migrator.runbook.steps.findings import Answering, answered, blocked_phases, remaining
from migrator.runbook.steps.nodes import new_nodes
from migrator.runbook.steps.prepare import preparation, start_gate
from migrator.runbook.steps.retire import retirement
from migrator.runbook.steps.services import services
from migrator.runbook.steps.stopping import SCALED
from migrator.runbook.steps.storage import storage
from migrator.runbook.steps.workloads import headless_services, workloads
from migrator.runbook.windows import windows_of

PHASES = ("prepare", "cluster", "nodes", "storage", "workloads", "services", "cutover", "retire")

_ANSWERING = Answering(
    by_slug={
        "node-address-written-elsewhere": ("prepare.addresses",),
        "node-private-configuration": ("prepare.settings", "nodes.settings"),
        "workload-counts": ("prepare.record", "cutover.counts"),
        "abnormal-pod": ("prepare.health",),
        "corefile-proxy": ("nodes.addons",),
        "addon-version-unfit": ("nodes.addons",),
        "addon-retired": ("nodes.addons",),
        "pod-security-policy-in-use": ("config.pod_security", "config.pod_security_policies"),
        "volume-deleted-with-claim": ("storage.protect",),
        "node-os-unsupported": ("nodes.add",),
        "docker-runtime": ("nodes.add",),
        "container-engine-socket-mounted": ("storage.direct",),
    },
    named_only=(
        "container-engine-socket-mounted",
        "fields-written-in-removed-api",
        "helm-release-uses-removed-api",
    ),
    platform=("nodes.addons",),
    not_platform=("own-object-in-platform-namespace",),
)


def migration_phases(inventory: Inventory, results: tuple[CheckResult, ...]) -> tuple[Phase, ...]:
    """All phases, numbered from 0, so that phase n is the course's step n."""
    objects = carried_objects(inventory)
    body = [*new_cluster(inventory, "prepare.go"), *new_nodes(inventory), addons(inventory)]
    body += configuration(inventory, objects)
    body += storage(inventory)
    body += workloads(inventory)
    body += services(inventory, headless_services(inventory))
    body += late_objects(inventory, objects, ["services.verify"])
    body += addresses(inventory, results, [s.key for s in body if s.phase == "services"])
    built = [s.key for s in body]
    windows = windows_of(inventory)
    body += cutover(inventory, windows, built)
    body += retirement(inventory, windows)
    steps = preparation(inventory, results, programs_in(body))
    done, rest = answered(without([*steps, *body], _empty(inventory)), results, inventory, _ANSWERING)
    prepared = [s.key for s in done if s.phase == "prepare"]
    blockers = [f for f in rest if f.severity is Severity.BLOCKER]
    done = blocked_phases(blockers, results, done)
    gate = remaining([f for f in rest if f.severity is not Severity.BLOCKER], results, "prepare", prepared)
    gates: list[Step] = [gate] if gate else []
    gates.append(start_gate([*prepared, *(g.key for g in gates)]))
    titles = [PhaseTitle(key, msg(f"phase.{key}")) for key in PHASES]
    return arrange(titles, [*done, *gates], first_number=0, keep_empty=True)


def _empty(inventory: Inventory) -> set[str]:
    """Keys of steps that would work through nothing."""
    kept = inventory.snapshot
    checks = {
        "prepare.images": any(w.images for w in kept.user_workloads),
        "storage.protect": bool(kept.volumes),
        "storage.verify": bool(inventory.shared),
        "workloads.verify": bool(inventory.free),
        "services.verify": bool(inventory.services or inventory.ingresses),
        "retire.stop": any(w.ref.kind in (*SCALED, "DaemonSet") for w in inventory.free),
        "retire.eips": any(n.eips for n in inventory.nodes),
    }
    return {key for key, wanted in checks.items() if not wanted}

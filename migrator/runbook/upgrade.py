"""The upgrade in place: prepare, then hop by hop, each with its own backup, gate and verification (A.3 to A.6)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from migrator.catalog.model import HopRule
from migrator.checks.spec import CheckResult, Finding
from migrator.locale import msg
from migrator.paths.model import PathResult
from migrator.paths.strategy import patch_untold
from migrator.runbook.inventory import Inventory
from migrator.runbook.kubectl import WORK, kubectl
from migrator.runbook.model import Phase, Role, Step, StepKind, Where
from migrator.runbook.ordering import PhaseTitle, arrange
from migrator.runbook.served import identity
from migrator.runbook.steps.base import do, estimate, node_ref, run, service_ref, step, table
from migrator.runbook.steps.findings import Answering, answered, owners, remaining, sentence
from migrator.runbook.steps.prepare import count_command, start_gate, upgrade_preparation, workload_counts
from migrator.runbook.steps.storage import held_refs, protect
from migrator.runbook.steps.upgrade import hop_steps
from migrator.runbook.steps.upgrade_nodes import phase_of
from migrator.snapshot.model import ObjectRef
from migrator.versions import Minor

_API_SLUGS = (
    "removed-api",
    "applied-manifest-uses-removed-api",
    "fields-written-in-removed-api",
    "helm-release-uses-removed-api",
    "removed-api-requested",
)
_ANSWERING = Answering(
    by_slug={
        "node-address-written-elsewhere": ("prepare.addresses", "hop.whitelist"),
        "node-private-configuration": ("prepare.settings", "hop.new_nodes", "hop.reset_nodes"),
        "workload-counts": ("prepare.record", "finish.accept"),
        "abnormal-pod": ("prepare.health",),
        "corefile-proxy": ("hop.coredns",),
        "volume-deleted-with-claim": ("prepare.protect",),
    },
    platform=("hop.start", "hop.start_final", "patch.start"),
    too_late=("finish.accept",),
)


def upgrade_phases(inventory: Inventory, path: PathResult, results: tuple[CheckResult, ...]) -> tuple[Phase, ...]:
    """Preparation is phase 0 and hop n is phase n."""
    steps = upgrade_preparation(inventory, results)
    if inventory.snapshot.volumes:
        steps.append(protect(inventory, "prepare", "prepare.protect"))
    body: list[Step] = []
    previous = ["prepare.go"]
    flex_done = False
    for hop in path.hops:
        made = hop_steps(hop, inventory, path, first=not body, convert=not flex_done, after=previous)
        if (apis := _removed_apis(hop, inventory, results)) is not None:
            made = [apis, *_gated(made, hop, apis.key)]
        flex_done = flex_done or any(s.key.startswith("flex.") for s in made)
        body += made
        previous = [made[-1].key]
    if not path.hops:
        body.append(_patch(inventory))
        previous = [body[-1].key]
    taken = {(r.kind, r.namespace, r.name) for s in body for r in s.subjects}
    body.append(_accept(inventory, previous, taken))
    done, rest = answered([*steps, *body], results, inventory, _ANSWERING)
    prepared = [s.key for s in steps]
    gate = remaining(rest, results, "prepare", prepared)
    gates = [gate] if gate else []
    gates.append(start_gate([*prepared, *(g.key for g in gates)]))
    titles = [PhaseTitle("prepare", msg("phase.prepare_upgrade"))]
    titles += [PhaseTitle(phase_of(h), msg("phase.hop", source=str(h.source), target=str(h.target))) for h in path.hops]
    titles += [PhaseTitle("patch", msg("phase.patch")), PhaseTitle("finish", msg("phase.finish"))]
    return arrange(titles, [*done, *gates], first_number=0)


def _gated(steps: Sequence[Step], hop: HopRule, key: str) -> list[Step]:
    """The hop's gate waits for the step that deals with removed APIs."""
    return [msgspec.structs.replace(s, after=(*s.after, key)) if s.key == f"hop.gate:{hop.key}" else s for s in steps]


def _removed_apis(hop: HopRule, inventory: Inventory, results: Sequence[CheckResult]) -> Step | None:
    """What the hop takes away of the business's own objects; controllers' and the platform's follow by themselves."""
    made_by_controllers = owners(inventory)
    here = [
        f
        for result in results
        if result.slug in _API_SLUGS
        for f in result.findings
        if hop.source < (_removed_in(f) or hop.source) <= hop.target
        and f.subject.namespace not in inventory.system_namespaces
    ]
    found = [f for f in here if identity(f.subject) not in made_by_controllers]
    if not found:
        return None
    made = step(
        "hop.apis",
        phase_of(hop),
        key=hop.key,
        kind=StepKind.MANUAL,
        actions=[do(Where.BASTION, "rewrite_manifests"), do(Where.OLD_CLUSTER, "find_api_clients")],
        verify=[do(Where.BASTION, "manifests_apply")],
        rollback=[do(Where.BASTION, "manifests_from_backup")],
        minutes=estimate((20, 40), (5, 20), len(found)),
        after=["prepare.go"],
        tables=[
            table("api_version subject finding", ((f.subject.api_version, str(f.subject), sentence(f)) for f in found))
        ],
        source=str(hop.source),
        target=str(hop.target),
        count=len(found),
    )
    return msgspec.structs.replace(made, answers=tuple(dict.fromkeys(f.key for f in here)))


def _removed_in(finding: Finding) -> Minor | None:
    value = finding.values.get("removed_in") or finding.values.get("gone_in")
    return Minor.parse(value) if isinstance(value, str) and value else None


def _patch(inventory: Inventory) -> Step:
    return step(
        "patch.start",
        "patch",
        kind=StepKind.CONSOLE,
        actions=[do(Where.CONSOLE, "patch_upgrade")],
        verify=[run(f"{kubectl('old', 'version')}\n{kubectl('old', 'get nodes -o wide')}")],
        rollback=[do(Where.CONSOLE, "restore_backup")],
        minutes=estimate((20, 40), (1, 3), len(inventory.nodes)),
        after=["prepare.go"],
        warnings=[
            msg("runbook.warning.off_peak"),
            msg("runbook.warning.api_server_gaps"),
            *patch_untold(inventory.source),
        ],
        source=str(inventory.source),
        target=str(inventory.target),
    )


def _accept(inventory: Inventory, after: Sequence[str], taken: set[tuple[str, str, str]]) -> Step:
    counts = workload_counts(inventory)
    refs: list[ObjectRef] = [w.ref for w in inventory.workloads]
    refs += [ref for h in inventory.held for ref in held_refs(h)]
    refs += [service_ref(s) for s in inventory.services] + [i.ref for i in inventory.ingresses]
    refs += [node_ref(n) for n in inventory.nodes]
    return step(
        "finish.accept",
        "finish",
        kind=StepKind.GATE,
        role=Role.BUSINESS_OWNER,
        signs=(Role.BUSINESS_OWNER, Role.REVIEWER),
        actions=[run(count_command(inventory, "old")), do(Where.OLD_CLUSTER, "test_after_upgrade")],
        verify=[run(f'diff "{WORK}/counts-before.tsv" "{WORK}/counts-old.tsv"'), do(Where.BASTION, "upgrade_signed")],
        minutes=estimate((30, 120), (0.1, 0.5), sum(counts.values())),
        after=after,
        subjects=[r for r in refs if (r.kind, r.namespace, r.name) not in taken],
        tables=[table("namespace kind count", ((ns, kind, str(n)) for (ns, kind), n in sorted(counts.items())))],
        total=sum(counts.values()),
    )

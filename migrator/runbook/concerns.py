"""Which checks concern a playbook that crosses no version, and which of its steps answer them.

An assessment judges the way to a newer version. Moving nodes, running a cluster or giving it up asks for less: of the
results only those that matter are shown, answered and counted for the readiness.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from migrator.checks.spec import CheckResult
from migrator.checks.waivers import WaiverUse
from migrator.runbook.model import Playbook

_NODES: Mapping[str, tuple[str, ...]] = {
    "node-address-written-elsewhere": ("prepare.addresses", "rolling.whitelist"),
    "node-private-configuration": ("prepare.settings", "rolling.new_nodes"),
    "node-not-ready": ("prepare.health",),
    "node-os-unsupported": ("rolling.new_nodes",),
    "docker-runtime": ("rolling.new_nodes",),
    "too-many-taints": ("rolling.new_nodes",),
    "pods-near-limit-of-node": ("rolling.new_nodes",),
    "abnormal-pod": ("prepare.health",),
    "bare-pod": ("rolling.review",),
    "single-replica": ("rolling.review",),
    "disruption-budget-stops-drain": ("rolling.review",),
    "readiness-probe-missing": ("rolling.review",),
    "node-selector-lost": ("rolling.review",),
    "removed-node-label": ("rolling.review",),
    "node-local-data": ("rolling.review", "hop.local_data"),
    "disk-claimed-by-several-nodes": ("rolling.new_nodes",),
    "unsafe-sysctl": ("rolling.new_nodes",),
    "workload-counts": ("prepare.record", "rolling.accept"),
    "host-port": ("rolling.whitelist",),
    "node-port-clients": ("rolling.whitelist",),
}
_RETIREMENT: Mapping[str, tuple[str, ...]] = {
    "node-address-written-elsewhere": ("prepare.addresses", "retire.clean_up"),
    "workload-counts": ("prepare.record", "retire.ready"),
    "storage-origin": ("retire.fate",),
    "dynamic-volume": ("retire.fate",),
    "volume-deleted-with-claim": ("prepare.protect", "retire.unassociate"),
    "volume-without-claim": ("retire.unassociate",),
    "claim-mounted-by-nobody": ("retire.unassociate",),
    "node-local-data": ("retire.fate",),
    "load-balancers-and-ingresses": ("retire.balancers",),
}
_OPERATIONS: Mapping[str, tuple[str, ...]] = {
    "container-engine-socket-mounted": ("logs.declarations",),
    "rights-for-everybody": ("rights.roles",),
    "rights-of-people-to-remake": ("rights.roles",),
    "quota-to-remake": ("quotas.set",),
    "single-replica": ("scaling.pods",),
    "readiness-probe-missing": ("scaling.pods",),
}
_CONCERNS: Mapping[Playbook, Mapping[str, tuple[str, ...]]] = {
    Playbook.NODES: _NODES,
    Playbook.RETIREMENT: _RETIREMENT,
    Playbook.OPERATIONS: _OPERATIONS,
}


def answers_of(playbook: Playbook) -> Mapping[str, tuple[str, ...]]:
    """Check -> names of the steps that answer it."""
    return _CONCERNS[playbook]


def concerning(playbook: Playbook, results: Iterable[CheckResult]) -> tuple[CheckResult, ...]:
    """The results that matter to the playbook."""
    return tuple(r for r in results if r.slug in _CONCERNS[playbook])


def waivers_of(results: Iterable[CheckResult], waivers: Iterable[WaiverUse]) -> tuple[WaiverUse, ...]:
    """The waivers of those results."""
    checks = {r.check for r in results}
    return tuple(use for use in waivers if use.waiver.check in checks)

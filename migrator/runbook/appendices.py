"""Registers at the end of a runbook: everything by name, what stays behind, and which files were read."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from migrator.locale import Msg, msg
from migrator.runbook.bundle_registers import bundle_tables
from migrator.runbook.inventory import Inventory
from migrator.runbook.model import Appendix, Table
from migrator.runbook.steps.base import or_dash, show, table
from migrator.runbook.steps.nodes import user_labels
from migrator.runbook.steps.prepare import old_addresses, setting_table, workload_counts
from migrator.runbook.steps.storage import volume_table
from migrator.snapshot.model import InputReport


def appendices(inventory: Inventory, *, stays: bool = False) -> tuple[Appendix, ...]:
    """``stays``: nothing goes to another cluster, so that no claim has a way there."""
    snapshot = inventory.snapshot
    counts = workload_counts(inventory)
    tables = {
        "counts": table("namespace kind count", ((ns, k, str(n)) for (ns, k), n in sorted(counts.items()))),
        "workloads": table(
            "namespace kind name replicas images",
            (
                (w.ref.namespace, w.ref.kind, w.ref.name, or_dash(w.replicas), show(w.images))
                for w in snapshot.user_workloads
            ),
        ),
        "volumes": volume_table(h.volume for h in inventory.held if h.volume),
        "claims": _claims(inventory, stays=stays),
        "services": _services(inventory),
        "ingresses": _ingresses(inventory),
        "nodes": _nodes(inventory),
        "addresses": table(
            "address belongs_to used_in replaced_by", ((a, o, u, "") for a, o, u in old_addresses(inventory))
        ),
        "settings": setting_table(inventory),
        "left_behind": table(
            "namespace kind name images",
            ((w.ref.namespace, w.ref.kind, w.ref.name, show(w.images)) for w in snapshot.workloads if w.system),
        ),
        **(bundle_tables(inventory.applied) if inventory.applied.bundle.files else {}),
        "inputs": _inputs(inventory),
    }
    notes = {"claims": "appendix.claims.note_here"} if stays else {}
    return tuple(_appendix(key, one, notes.get(key, f"appendix.{key}.note")) for key, one in tables.items())


def _appendix(key: str, one: Table | None, note: str) -> Appendix:
    notes: Sequence[Msg] = [msg(note)] if one else [msg("appendix.empty")]
    return Appendix(key=key, title=msg(f"appendix.{key}"), tables=(one,) if one else (), notes=tuple(notes))


def _claims(inventory: Inventory, *, stays: bool) -> Table | None:
    return table(
        f"claim volume storage_class capacity {'' if stays else 'transfer '}mounted_by",
        (
            (
                held.name,
                or_dash(held.volume.name if held.volume else held.claim.volume),
                or_dash(held.claim.storage_class),
                or_dash(held.claim.request),
                *(() if stays else (msg(f"table.value.transfer_{held.transfer.value}"),)),
                show(held.claim.mounted_by),
            )
            for held in inventory.held
            if held.claim
        ),
    )


def _services(inventory: Inventory) -> Table | None:
    return table(
        "namespace service type ports balancer balancer_id address",
        (
            (
                s.namespace,
                s.name,
                s.type,
                show(f"{p.port}/{p.protocol}" for p in s.ports),
                msg(f"table.value.balancer_kind_{s.load_balancer.value}") if s.load_balancer else "—",
                or_dash(s.load_balancer_id),
                show(s.addresses),
            )
            for s in inventory.services
        ),
    )


def _ingresses(inventory: Inventory) -> Table | None:
    rows = []
    for ingress in inventory.ingresses:
        routes = [(r.host or "*", r.path or "/", f"{r.service}:{r.port}") for r in ingress.routes]
        if ingress.default_backend or not routes:
            routes.append(("*", "*", or_dash(ingress.default_backend)))
        name = f"{ingress.ref.namespace}/{ingress.ref.name}"
        rows += [(name, ingress.ref.api_version, *route, show(ingress.addresses)) for route in routes]
    return table("ingress api_version host path backend address", rows)


def _nodes(inventory: Inventory) -> Table | None:
    return table(
        "node kind private_ip eip flavor zone pool os runtime version labels",
        (
            (
                n.name,
                msg(f"table.value.node_{n.kind.value}"),
                show(n.private_ips),
                show(n.eips),
                or_dash(n.flavor),
                or_dash(n.zone),
                or_dash(n.pool),
                or_dash(n.os_image),
                or_dash(n.runtime),
                or_dash(n.kubelet_version),
                show(f"{k}={v}" for k, v in user_labels(n).items()),
            )
            for n in inventory.nodes
        ),
    )


def _reason(report: InputReport) -> Msg:
    """Why a file was not read; a sentence in the sentence is stored as a mapping and is one again here."""
    values = {k: msgspec.convert(v, Msg) if isinstance(v, dict) else v for k, v in report.values.items()}
    return msg(f"error.{report.reason}", **values)


def _inputs(inventory: Inventory) -> Table | None:
    return table(
        "file format objects state reason",
        (
            (
                i.file,
                or_dash(i.format),
                str(i.objects),
                msg(f"table.value.input_{i.status}"),
                _reason(i) if i.reason else "—",
            )
            for i in inventory.snapshot.inputs
        ),
    )

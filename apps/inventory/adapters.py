"""Rows to facts of the core and back: mapping only, no decisions, no queries."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import msgspec
from django.db import models

from apps.inventory import models as rows
from apps.inventory.choices import Origin
from migrator.snapshot import codec, corrections, model

REGISTER = "Register"  # the "kind" that a coverage names when people's entries were looked at

_COMPRESSION = 3  # takes a third of the time of zlib's own choice and gives a seventh more bytes

Columns = dict[str, Any]  # attributes of a row and their values


def document_of(snapshot: model.Snapshot) -> bytes:
    """The bytes that a snapshot row keeps."""
    return zlib.compress(codec.encode(snapshot), _COMPRESSION)


def document_json(row: rows.Snapshot) -> bytes:
    """The canonical JSON of a stored snapshot."""
    return zlib.decompress(row.document)


def snapshot_facts(row: rows.Snapshot) -> model.Snapshot:
    """The facts of a stored snapshot, equal to those that were imported.

    Raises:
        InputError: ``snapshot_schema`` where another version of the program wrote it.
    """
    return codec.decode(document_json(row))


def snapshot_row(facts: model.Snapshot, **context: Any) -> rows.Snapshot:
    """An unsaved row; ``context`` gives cluster, number, operation and imported_by."""
    status = [report.status for report in facts.inputs]
    columns: Columns = {
        "schema_version": facts.schema_version,
        "digest": codec.digest(facts),
        "version": str(facts.cluster.version or ""),
        "cluster_name": facts.cluster.name,
        "counts": counts_of(facts),
        "coverage": [msgspec.to_builtins(c) for c in facts.coverage],
        "files_read": status.count("read"),
        "files_not_read": len(status) - status.count("read"),
        "document": document_of(facts),
    }
    return rows.Snapshot(**_clipped(rows.Snapshot, columns), **context)


def counts_of(facts: model.Snapshot) -> dict[str, int]:
    """How many there are of each; workloads are those of the business, those of the platform stand beside them.

    ``node_files``: the nodes whose own files were read.
    """
    sections = ("nodes", "node_pools", "namespaces", "pods", "volumes", "claims", "storage_classes", "services")
    more = ("ingresses", "configs", "addons", "address_uses", "node_settings", "objects", "secrets")
    counts = {name: len(getattr(facts, name)) for name in (*sections, *more)}
    counts["workloads"] = len(facts.user_workloads)
    counts["platform_workloads"] = sum(w.system for w in facts.workloads)
    counts["node_files"] = len(facts.node_coverage)
    return counts


def coverage_of(stored: dict[str, Any]) -> model.Coverage:
    """One entry of a snapshot row's ``coverage``."""
    return msgspec.convert(stored, model.Coverage)


def part_rows(facts: model.Snapshot) -> Iterator[tuple[type[models.Model], list[Columns]]]:
    """The rows of all parts, model by model, each without its snapshot."""
    yield rows.Node, _parts(rows.Node, map(_node, facts.nodes))
    yield rows.Workload, _parts(rows.Workload, map(_workload, facts.workloads))
    yield rows.Volume, _parts(rows.Volume, map(_volume, facts.volumes))
    yield rows.Claim, _parts(rows.Claim, map(_claim, facts.claims))
    yield rows.Service, _parts(rows.Service, map(_service, facts.services))
    yield rows.Ingress, _parts(rows.Ingress, map(_ingress, facts.ingresses))
    yield rows.AddOn, _parts(rows.AddOn, map(_addon, facts.addons))
    yield rows.InputFile, _parts(rows.InputFile, map(_input_file, facts.inputs))


def register_rows(facts: model.Snapshot, snapshot: rows.Snapshot) -> Iterator[tuple[type[models.Model], list[Any]]]:
    """The unsaved entries that the dump makes in the registers of the cluster."""
    found: dict[str, Any] = {"cluster_id": snapshot.cluster_id, "snapshot": snapshot, "origin": Origin.DUMP}
    for register, made in (
        (rows.AddressUse, map(_address_use, facts.address_uses)),
        (rows.NodeSetting, map(_node_setting, facts.node_settings)),
    ):
        yield register, [register(**_clipped(register, columns), **found) for columns in made]


def with_register(
    facts: model.Snapshot,
    address_uses: Iterable[rows.AddressUse],
    node_settings: Iterable[rows.NodeSetting],
) -> model.Snapshot:
    """The facts together with what people entered for the cluster.

    Without entries the facts are returned as they are, so that their digest is the one the command line gives. An entry
    that says what the dump says already adds nothing.
    """
    uses = tuple(
        model.AddressUse(address=r.address, location=r.location, owner=r.owner, origin="form") for r in address_uses
    )
    settings = tuple(
        model.NodeSetting(node=r.node, category=r.category, key=r.key, value=r.value, origin="form")
        for r in node_settings
    )
    known_uses = {(u.address, u.location) for u in facts.address_uses}
    known_settings = {(s.node, s.category, s.key, s.value) for s in facts.node_settings}
    uses = tuple(u for u in uses if (u.address, u.location) not in known_uses)
    settings = tuple(s for s in settings if (s.node, s.category, s.key, s.value) not in known_settings)
    if uses:
        merged = sorted({*facts.address_uses, *uses}, key=lambda u: (u.address, u.location, u.owner, u.origin))
        facts = msgspec.structs.replace(facts, address_uses=tuple(merged))
        facts = _covered(facts, model.Section.ADDRESS_USES)
    if settings:
        every = sorted({*facts.node_settings, *settings}, key=lambda s: (s.node, s.category, s.key, s.value, s.origin))
        facts = msgspec.structs.replace(facts, node_settings=tuple(every))
        facts = _covered(facts, model.Section.NODE_SETTINGS)
    return facts


def correction_of(row: rows.Correction) -> corrections.Correction:
    """A stored correction as the core has it."""
    return corrections.Correction(
        section=row.section,
        key=row.key,
        field=row.field,
        value=row.value,
        read=row.read_value,
        reason=row.reason,
        by=row.created_by.username,
        on=row.created_at.date().isoformat(),
    )


def correction_use(row: rows.Correction) -> corrections.CorrectionUse:
    """What became of a stored correction in the latest snapshot."""
    state = corrections.CorrectionState(row.state)
    return corrections.CorrectionUse(correction=correction_of(row), state=state, read=row.found_value)


def _covered(facts: model.Snapshot, section: model.Section) -> model.Snapshot:
    coverage = tuple(
        model.Coverage(section=c.section, read=True, kinds=tuple(sorted({*c.kinds, REGISTER})))
        if c.section is section
        else c
        for c in facts.coverage
    )
    return msgspec.structs.replace(facts, coverage=coverage)


def _parts(table: type[models.Model], made: Iterable[Columns]) -> list[Columns]:
    return [{**_clipped(table, columns), "position": position} for position, columns in enumerate(made)]


def _clipped(table: type[models.Model], columns: Columns) -> Columns:
    """Text cut to its column: a row is for looking at, and an odd name must not make an import fail."""
    for name, limit in _limits(table):
        value = columns.get(name)
        if value is not None and len(value) > limit:
            columns[name] = value[: limit - 1] + "…"
    return columns


@cache
def _limits(table: type[models.Model]) -> list[tuple[str, int]]:
    texts = (f for f in table._meta.concrete_fields if isinstance(f, models.CharField))
    return [(f.attname, f.max_length) for f in texts if f.max_length]


def _node(n: model.Node) -> Columns:
    return {
        "name": n.name,
        "kind": n.kind.value,
        "private_ips": list(n.private_ips),
        "eips": list(n.eips),
        "flavor": n.flavor,
        "zone": n.zone,
        "pool": n.pool,
        "ready": n.ready,
        "kubelet_version": n.kubelet_version,
        "os_image": n.os_image,
        "runtime": n.runtime,
        "cpu": n.cpu,
        "memory": n.memory,
        "billing": n.billing,
    }


def _workload(w: model.Workload) -> Columns:
    return {
        "api_version": w.ref.api_version,
        "kind": w.ref.kind,
        "namespace": w.ref.namespace,
        "name": w.ref.name,
        "replicas": w.replicas,
        "ready": w.ready,
        "images": list(w.images),
        "host_network": w.host_network,
        "privileged": w.privileged,
        "suspended": w.suspended,
        "system": w.system,
        "owner": w.owner,
    }


def _volume(v: model.Volume) -> Columns:
    return {
        "name": v.name,
        "storage": v.storage.value,
        "provisioning": v.provisioning.value,
        "outage": v.outage.value,
        "flex_volume": v.flex_volume,
        "driver": v.driver,
        "volume_id": v.volume_id,
        "capacity": v.capacity,
        "access_modes": list(v.access_modes),
        "reclaim_policy": v.reclaim_policy,
        "storage_class": v.storage_class,
        "phase": v.phase,
        "claim_namespace": v.claim_namespace,
        "claim_name": v.claim_name,
    }


def _claim(c: model.Claim) -> Columns:
    return {
        "namespace": c.namespace,
        "name": c.name,
        "volume": c.volume,
        "storage_class": c.storage_class,
        "access_modes": list(c.access_modes),
        "request": c.request,
        "phase": c.phase,
        "mounted_by": list(c.mounted_by),
        "system": c.system,
    }


def _service(s: model.Service) -> Columns:
    return {
        "namespace": s.namespace,
        "name": s.name,
        "type": s.type,
        "cluster_ip": s.cluster_ip,
        "ports": [_port(p) for p in s.ports],
        "load_balancer": s.load_balancer.value if s.load_balancer else "",
        "load_balancer_id": s.load_balancer_id,
        "addresses": list(s.addresses),
        "system": s.system,
    }


def _port(p: model.ServicePort) -> str:
    node_port = f":{p.node_port}" if p.node_port else ""
    return f"{p.port}{node_port}/{p.protocol}"


def _ingress(i: model.Ingress) -> Columns:
    return {
        "api_version": i.ref.api_version,
        "namespace": i.ref.namespace,
        "name": i.ref.name,
        "ingress_class": i.ingress_class,
        "hosts": sorted({r.host for r in i.routes if r.host}),
        "load_balancer": i.load_balancer.value if i.load_balancer else "",
        "load_balancer_id": i.load_balancer_id,
        "addresses": list(i.addresses),
        "system": i.system,
    }


def _addon(a: model.AddOn) -> Columns:
    return {"name": a.name, "version": a.version, "status": a.status, "source": a.source}


def _input_file(r: model.InputReport) -> Columns:
    return {
        "file": r.file,
        "objects_read": r.objects,
        "status": r.status,
        "format": r.format,
        "reason": r.reason,
        "values": r.values,
    }


def _address_use(a: model.AddressUse) -> Columns:
    return {"address": a.address, "location": a.location, "owner": a.owner}


def _node_setting(s: model.NodeSetting) -> Columns:
    return {"node": s.node, "category": s.category, "key": s.key, "value": s.value}

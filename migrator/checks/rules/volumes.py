"""STO003, STO004 and STO010: what moving a volume costs, and what may lose its data (B.3, B.4, E.4, E.5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from migrator.checks.registry import check
from migrator.checks.report import evidence, finding, unresolved
from migrator.checks.spec import Category, CheckContext, CheckSpec, Severity, Yield
from migrator.checks.subjects import claim_of, label_of, user_claims, user_volumes, volume_ref
from migrator.paths.model import Strategy
from migrator.snapshot.model import OutageClass, Section, StorageKind, Volume
from migrator.versions import Version

OUTAGE = CheckSpec(
    code="STO003",
    slug="volume-move-stops-business",
    category=Category.STORAGE,
    severity=Severity.WARNING,
    needs=frozenset({Section.VOLUMES, Section.CLAIMS, Section.WORKLOADS}),
    strategies=frozenset({Strategy.MIGRATE}),
    references=("course", "MIG"),
)

DELETED = CheckSpec(
    code="STO004",
    slug="volume-deleted-with-claim",
    category=Category.STORAGE,
    severity=Severity.WARNING,
    needs=frozenset({Section.VOLUMES}),
    references=("FLEX", "OTC-umn"),
)

NOT_IMPORTABLE = CheckSpec(
    code="STO010",
    slug="disk-not-importable",
    category=Category.STORAGE,
    severity=Severity.WARNING,
    needs=frozenset({Section.VOLUMES}),
    strategies=frozenset({Strategy.MIGRATE}),
    references=("OTC-umn", "VEL"),
)


@check(OUTAGE)
def outage(context: CheckContext) -> Iterator[Yield]:
    """Disks that only one cluster can hold stop the business while they move; data that does not move, for longer."""
    users = {(c.namespace, c.name): list(c.mounted_by) for c in user_claims(context)}
    claimed = [v for v in user_volumes(context) if v.claim_name]
    classes = Counter(v.outage for v in claimed)
    if claimed:
        yield evidence(OUTAGE, "classes", **{o.value: classes[o] for o in OutageClass})
    for volume in claimed:
        mounted_by = users.get((volume.claim_namespace, volume.claim_name), [])
        if volume.outage is OutageClass.UNKNOWN:
            yield unresolved(OUTAGE, volume_ref(volume), label=label_of(volume))
        elif volume.outage is not OutageClass.NONE:
            idle = "" if mounted_by else "_idle"
            yield finding(
                OUTAGE,
                volume_ref(volume),
                volume.outage.value + idle,
                severity=Severity.WARNING if mounted_by else Severity.INFO,
                workloads=mounted_by,
                **_told(volume),
            )


@check(DELETED)
def deleted(context: CheckContext) -> Iterator[Yield]:
    """With reclaim policy Delete the storage goes when its claim, or the old cluster, is deleted (E.5).

    Everest's annotation saves it, but from Everest 1.2.9 and clusters of 1.19.10 on only.
    """
    for volume in user_volumes(context):
        if not volume.claim_name:
            continue
        if not volume.reclaim_policy:
            yield unresolved(DELETED, volume_ref(volume))
        elif volume.reclaim_policy == "Delete":
            kept = "annotated" if volume.retain_volume_only else ""
            yield finding(DELETED, volume_ref(volume), kept, **_told(volume))


@check(NOT_IMPORTABLE)
def not_importable(context: CheckContext) -> Iterator[Yield]:
    """CCE refuses shared disks and VBD disks as existing storage: copy or convert such a disk (E.2, E.4).

    An encrypted one is taken over with the id of its key only.
    """
    for volume in user_volumes(context):
        if volume.storage is not StorageKind.EVS or not volume.claim_name:
            continue
        shared = volume.shared or "ReadWriteMany" in volume.access_modes
        mode = _disk_mode(volume, context)
        if volume.encryption_key:
            key = volume.encryption_key
            yield finding(
                NOT_IMPORTABLE, volume_ref(volume), "encrypted", severity=Severity.INFO, key=key, **_told(volume)
            )
        if shared:
            yield finding(NOT_IMPORTABLE, volume_ref(volume), "shared", **_told(volume))
        if mode == "VBD":
            yield finding(NOT_IMPORTABLE, volume_ref(volume), "vbd", **_told(volume))
        elif not mode:
            yield unresolved(NOT_IMPORTABLE, volume_ref(volume))


def _disk_mode(volume: Volume, context: CheckContext) -> str:
    """``VBD`` or ``SCSI``, empty where nothing tells it. Before 1.11.7 FlexVolume disks without the option are VBD."""
    mode = volume.attributes.get("disk-mode") or volume.attributes.get("everest.io/disk-mode") or ""
    if not mode and volume.flex_volume and context.source < Version(1, 11, 7):
        return "VBD"
    return mode.upper()


def _told(volume: Volume) -> dict[str, Any]:
    return {
        "claim": claim_of(volume),
        "storage": volume.storage.value,
        "label": label_of(volume),
        "capacity": volume.capacity,
    }

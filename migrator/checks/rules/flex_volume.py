"""STO009: storage of FlexVolume drivers, which CCE ends with 1.17 (A.1, A.6, E.1, E.6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from migrator.checks.registry import check
from migrator.checks.report import finding
from migrator.checks.spec import Category, CheckContext, CheckSpec, Severity, Yield
from migrator.checks.subjects import claim_of, label_of, user_volumes, volume_ref
from migrator.paths.model import Strategy
from migrator.snapshot.model import Section, Workload
from migrator.versions import Minor

SPEC = CheckSpec(
    code="STO009",
    slug="flex-volume",
    category=Category.STORAGE,
    severity=Severity.BLOCKER,
    needs=frozenset({Section.VOLUMES, Section.WORKLOADS}),
    each=True,
    references=("course", "FLEX"),
)

_LAST_WITH_FLEX = Minor(1, 15)  # Everest takes FlexVolume over in 1.15; in 1.17 it is gone
# Storage classes of the FlexVolume era, where the dump does not tell the provisioner (E.1).
_FLEX_CLASSES = frozenset(
    {
        "sata",
        "sas",
        "ssd",
        "nfs-rw",
        "nfs-ro",
        "obs-standard",
        "obs-standard-ia",
        "efs-standard",
        "efs-performance",
    }
)


@check(SPEC)
def evaluate(context: CheckContext) -> Iterator[Yield]:
    """Volumes, direct mounts and claim templates; the last are often forgotten since their volumes may all be gone."""
    severity, way = _verdict(context)
    classes = _flex_classes(context)
    for volume in user_volumes(context):
        if volume.flex_volume:
            values: dict[str, Any] = {"driver": volume.driver, "label": label_of(volume), "claim": claim_of(volume)}
            yield finding(SPEC, volume_ref(volume), f"volume_{way}", severity=severity, **values)
    for workload, drivers in context.mounts.of("flex"):
        yield finding(SPEC, workload.ref, f"mount_{way}", severity=severity, drivers=drivers)
    for workload in context.user_workloads:
        templates = _templates(workload, classes)
        if templates:
            yield finding(SPEC, workload.ref, f"template_{way}", severity=severity, templates=templates)


def _verdict(context: CheckContext) -> tuple[Severity, str]:
    """A blocker where the cluster itself leaves FlexVolume behind; work to do where the new cluster has CSI."""
    if context.strategy is Strategy.MIGRATE:
        return Severity.WARNING, "migrate"
    if context.target.as_minor > _LAST_WITH_FLEX:
        return Severity.BLOCKER, "upgrade"
    return Severity.INFO, "kept"


def _templates(workload: Workload, classes: frozenset[str]) -> list[str]:
    return [
        f"{t.name} ({t.storage_class})"
        for t in workload.claim_templates
        if {t.storage_class, t.storage_class.lower()} & classes
    ]


def _flex_classes(context: CheckContext) -> frozenset[str]:
    """Classes known to be of FlexVolume, less those that this cluster gives to another provisioner."""
    told = {c.name: c.provisioner for c in context.snapshot.storage_classes if c.provisioner}
    flex = {name for name, provisioner in told.items() if provisioner.startswith("flexvolume-")}
    return frozenset(flex | (_FLEX_CLASSES - told.keys()))

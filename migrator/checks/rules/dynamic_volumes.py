"""STO002, the course's ST-2: what was created automatically must become existing storage in the new cluster (B.1)."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.checks.registry import check
from migrator.checks.report import evidence, finding, unresolved
from migrator.checks.spec import Category, CheckContext, CheckSpec, Severity, Yield
from migrator.checks.subjects import claim_of, label_of, user_volumes, volume_ref
from migrator.paths.model import Strategy
from migrator.snapshot.model import Section, Workload

SPEC = CheckSpec(
    code="STO002",
    slug="dynamic-volume",
    category=Category.STORAGE,
    severity=Severity.WARNING,
    needs=frozenset({Section.VOLUMES, Section.WORKLOADS}),
    each=True,
    course_item="ST-2",
    strategies=frozenset({Strategy.MIGRATE}),
    references=("course",),
)

_MOST_NAMES = 50


@check(SPEC)
def evaluate(context: CheckContext) -> Iterator[Yield]:
    claimed = [v for v in user_volumes(context) if v.claim_name]
    dynamic = [v for v in claimed if v.dynamic]
    yield evidence(SPEC, "total", total=len(claimed), dynamic=len(dynamic))
    for volume in claimed:
        if volume.dynamic is None:
            yield unresolved(SPEC, volume_ref(volume))
    for volume in dynamic:
        yield finding(
            SPEC,
            volume_ref(volume),
            "volume",
            claim=claim_of(volume),
            storage=volume.storage.value,
            label=label_of(volume),
            capacity=volume.capacity,
            storage_class=volume.storage_class,
        )
    for workload in context.user_workloads:
        for template in workload.claim_templates:
            yield finding(
                SPEC,
                workload.ref,
                f"template.{_field(template.storage_class)}",
                template=template.name,
                storage_class=template.storage_class,
                claims=_claims(workload, template.name),
            )


def _field(storage_class: str) -> str:
    return "class" if storage_class else "default_class"


def _claims(workload: Workload, template: str) -> list[str]:
    """The claims that Kubernetes looks for before it makes new ones: they must exist with these very names.

    Shortened in the middle beyond ``_MOST_NAMES``: a dump may state any number of replicas.
    """
    count = 1 if workload.replicas is None else workload.replicas
    names = [f"{template}-{workload.ref.name}-{number}" for number in range(min(count, _MOST_NAMES))]
    return [*names, "…", f"{template}-{workload.ref.name}-{count - 1}"] if count > _MOST_NAMES else names

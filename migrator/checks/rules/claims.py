"""STO005 to STO008: claims, volumes and workloads that do not fit together (E.5)."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.checks.registry import check
from migrator.checks.report import finding
from migrator.checks.spec import Category, CheckContext, CheckSpec, Severity, Yield
from migrator.checks.subjects import claim_of, claim_ref, label_of, pod_ref, user_claims, user_volumes, volume_ref
from migrator.snapshot.model import Section, Workload

CLAIM_MISSING = CheckSpec(
    code="STO005",
    slug="mounted-claim-missing",
    category=Category.STORAGE,
    severity=Severity.WARNING,
    needs=frozenset({Section.CLAIMS, Section.WORKLOADS}),
    references=("K8S",),
)

ORPHAN = CheckSpec(
    code="STO006",
    slug="volume-without-claim",
    category=Category.STORAGE,
    severity=Severity.WARNING,
    needs=frozenset({Section.VOLUMES, Section.CLAIMS}),
    references=("OTC-umn",),
)

UNUSED = CheckSpec(
    code="STO007",
    slug="claim-mounted-by-nobody",
    category=Category.STORAGE,
    severity=Severity.INFO,
    needs=frozenset({Section.CLAIMS, Section.WORKLOADS}),
    references=("K8S",),
)

UNBOUND = CheckSpec(
    code="STO008",
    slug="claim-without-volume",
    category=Category.STORAGE,
    severity=Severity.WARNING,
    needs=frozenset({Section.CLAIMS, Section.VOLUMES}),
    references=("K8S",),
)


@check(CLAIM_MISSING)
def claim_missing(context: CheckContext) -> Iterator[Yield]:
    """The workload cannot start anywhere, or its claim was left out of the dump; either way no volume is planned.

    Pods tell of the claims that a template makes and of those of an operator's.
    """
    held = {(c.namespace, c.name) for c in context.snapshot.claims}
    told: set[tuple[str, str]] = set()
    for workload, wanted in context.mounts.of("claim"):
        made = _from_templates(workload)
        missing = [name for name in wanted if name not in made and (workload.ref.namespace, name) not in held]
        if missing:
            yield finding(CLAIM_MISSING, workload.ref, claims=missing)
            told.update((workload.ref.namespace, name) for name in missing)
    known = held | told
    for pod in context.snapshot.pods:
        if not pod.claims:
            continue
        missing = [c for c in pod.claims if (pod.namespace, c) not in known]
        if missing and not pod.system and pod.phase not in ("Succeeded", "Failed"):
            yield finding(CLAIM_MISSING, pod_ref(pod), "pod", claims=missing)


@check(ORPHAN)
def orphan(context: CheckContext) -> Iterator[Yield]:
    """A volume that names a claim which is not there: data without an owner, lost when nobody asks for it in time."""
    held = {(c.namespace, c.name) for c in context.snapshot.claims}
    for volume in user_volumes(context):
        if volume.claim_name and (volume.claim_namespace, volume.claim_name) not in held:
            yield finding(
                ORPHAN,
                volume_ref(volume),
                claim=claim_of(volume),
                phase=volume.phase,
                label=label_of(volume),
                capacity=volume.capacity,
            )


@check(UNUSED)
def unused(context: CheckContext) -> Iterator[Yield]:
    for claim in user_claims(context):
        if not claim.mounted_by:
            yield finding(UNUSED, claim_ref(claim.namespace, claim.name), request=claim.request)


@check(UNBOUND)
def unbound(context: CheckContext) -> Iterator[Yield]:
    """There is nothing to take over for a claim that no volume serves."""
    volumes = {v.name for v in context.snapshot.volumes}
    for claim in user_claims(context):
        subject = claim_ref(claim.namespace, claim.name)
        if not claim.volume:
            yield finding(UNBOUND, subject, "not_bound", phase=claim.phase or "Pending")
        elif claim.volume not in volumes:
            yield finding(UNBOUND, subject, "volume_missing", volume=claim.volume)


def _from_templates(workload: Workload) -> set[str]:
    """The template's own names: a StatefulSet mounts them under the name of the template, not of a claim."""
    return {template.name for template in workload.claim_templates}

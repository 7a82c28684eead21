"""WKL001, the course's WL-1: how many workloads there are, to compare with after the move (B.1)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from migrator.checks.registry import check
from migrator.checks.report import evidence
from migrator.checks.spec import Category, CheckContext, CheckSpec, Severity, Yield
from migrator.snapshot.model import Section

SPEC = CheckSpec(
    code="WKL001",
    slug="workload-counts",
    category=Category.WORKLOAD,
    severity=Severity.INFO,
    needs=frozenset({Section.WORKLOADS}),
    course_item="WL-1",
    references=("course",),
)


@check(SPEC)
def evaluate(context: CheckContext) -> Iterator[Yield]:
    workloads = context.user_workloads
    kinds = Counter(w.ref.kind for w in workloads)
    namespaces: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for workload in workloads:
        namespaces[workload.ref.namespace][workload.ref.kind] += 1
    yield evidence(SPEC, "total", total=len(workloads), namespaces=len(namespaces))
    if kinds:
        yield evidence(SPEC, "kinds", kinds=_shown(kinds))
    for namespace, here in sorted(namespaces.items()):
        yield evidence(SPEC, "namespace", namespace=namespace, total=sum(here.values()), kinds=_shown(here))
    operated = [f"{w.ref.namespace}/{w.ref.name} ({w.owner})" for w in context.snapshot.workloads if w.owner]
    if operated:
        yield evidence(SPEC, "operated", total=len(operated), names=operated)
    left = [f"{w.ref.namespace}/{w.ref.name}" for w in context.snapshot.workloads if w.system]
    if left:
        yield evidence(SPEC, "left_behind", total=len(left), names=left)


def _shown(counts: Counter[str]) -> list[str]:
    return [f"{kind} {counts[kind]}" for kind in sorted(counts)]

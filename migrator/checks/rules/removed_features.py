"""API020 to API024: what was removed beside API versions: annotations, volumes, fields, labels and behaviour (D.3).

All of it is in the rows of the catalog (``Removal``); the checks know only where each kind of row is written. What is
deprecated still works at the target and is told as a note.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from migrator.catalog.model import Change, Removal, RemovalKind
from migrator.checks.objects import Content
from migrator.checks.registry import check, find_check, object_check
from migrator.checks.report import evidence, finding
from migrator.checks.rules.workloads import gone_label
from migrator.checks.spec import Category, CheckContext, CheckSpec, Settled, Severity, Yield
from migrator.locale import msg
from migrator.snapshot.values import Body, dig, mapping, mappings, text
from migrator.snapshot.workloads import GROUPS

ANNOTATIONS = CheckSpec(
    code="API020",
    slug="removed-annotation",
    category=Category.WORKLOAD,
    severity=Severity.WARNING,
    references=("K8S", "RN"),
)

VOLUMES = CheckSpec(
    code="API021",
    slug="removed-volume-plugin",
    category=Category.STORAGE,
    severity=Severity.WARNING,
    references=("K8S",),
)

FIELDS = CheckSpec(
    code="API022",
    slug="removed-field",
    category=Category.WORKLOAD,
    severity=Severity.WARNING,
    references=("K8S", "OTC-umn"),
)

PLACEMENT = CheckSpec(
    code="API023",
    slug="removed-node-label",
    category=Category.WORKLOAD,
    severity=Severity.WARNING,
    references=("K8S", "OTC22"),
)

BEHAVIOUR = CheckSpec(
    code="API024",
    slug="changes-beside-objects",
    category=Category.OPERATIONS,
    severity=Severity.INFO,
    asks=True,
    references=("K8S", "RN"),
)


class _Annotations(dict[str, Removal | None]):
    """The row of each annotation that was met: most of them are met in very many objects."""

    def __init__(self, context: CheckContext) -> None:
        super().__init__()
        self._rows = context.removals[RemovalKind.ANNOTATION]

    def __missing__(self, name: str) -> Removal | None:
        row = self[name] = self._rows.get(name) or self._rows.get(name.partition("/")[0] + "/*")
        return row


_PLACED = frozenset(("nodeSelector", "affinity", "tolerations", "topologySpreadConstraints"))


@object_check(ANNOTATIONS, *GROUPS, "Service", "ServiceAccount", "PersistentVolumeClaim")
def annotated(context: CheckContext, content: Content) -> Iterable[Yield]:
    """Of the object, and of the pods and claims that it makes."""
    if content.ref.kind not in GROUPS and not content.mentions("annotations"):
        return ()
    names = [*mapping(content.metadata.get("annotations"))]
    if content.ref.kind in GROUPS:
        names += mapping(content.pod_metadata.get("annotations"))
        for template in mappings(content.spec.get("volumeClaimTemplates")):
            names += mapping(dig(template, "metadata", "annotations"))
    rows = context.once(_Annotations)
    found = {name: row for name in names if (row := rows[name]) is not None}
    return _told(ANNOTATIONS, context, content, found.items()) if found else ()


@object_check(VOLUMES, *GROUPS, "PersistentVolume")
def volumes(context: CheckContext, content: Content) -> Iterable[Yield]:
    """Of pods, and of volumes by themselves."""
    sources: Iterable[Body] = mappings(content.pods.get("volumes"))
    if content.ref.kind == "PersistentVolume":
        sources = [content.spec]
    rows = context.once(_volumes_told_here)
    found = {key: rows[key] for source in sources for key in source if key in rows}
    return _told(VOLUMES, context, content, found.items()) if found else ()


def _volumes_told_here(context: CheckContext) -> dict[str, Removal]:
    rows = context.removals[RemovalKind.VOLUME]
    return {key: row for key, row in rows.items() if not _told_elsewhere(row, context)}


@object_check(FIELDS, "Service", "CronJob")
def fields(context: CheckContext, content: Content) -> Iterable[Yield]:
    """A field counts where it is filled, and where its value is of the removed form."""
    found = []
    for path, steps, row in context.once(_fields):
        if content.ref.kind in row.objects:
            value = dig(content.body, *steps)
            if value and (not row.value or re.fullmatch(row.value, text(value))):
                found.append((path, row))
    return _told(FIELDS, context, content, found) if found else ()


def _fields(context: CheckContext) -> list[tuple[str, list[str], Removal]]:
    return [(path, path.split("."), row) for path, row in context.removals[RemovalKind.FIELD].items()]


@object_check(PLACEMENT, *GROUPS)
def placement(context: CheckContext, content: Content) -> Iterable[Yield]:
    """Where pods ask for a label or bear a taint. A nodeSelector with a label that is gone WKL005 tells."""
    pods = content.pods
    if _PLACED.isdisjoint(pods):
        return ()
    selected = {label for label in mapping(pods.get("nodeSelector")) if gone_label(label, context) is None}
    rows = context.removals[RemovalKind.LABEL]
    found = [(label, rows[label]) for label in selected | set(_labels(pods)) if label in rows]
    tolerated = {text(t.get("key")) for t in mappings(pods.get("tolerations"))}
    taints = context.removals[RemovalKind.TAINT]
    found += [(t, taints[t]) for t in tolerated if t in taints and taints[t].replacement not in tolerated]
    return _told(PLACEMENT, context, content, found) if found else ()


def _labels(pods: Body) -> Iterator[str]:
    """Node labels in the affinity of pods to nodes and to each other, and in how they are spread."""
    affinity = mapping(pods.get("affinity"))
    node = mapping(affinity.get("nodeAffinity"))
    terms = mappings(dig(node, "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"))
    preferred = mappings(node.get("preferredDuringSchedulingIgnoredDuringExecution"))
    for term in (*terms, *(mapping(p.get("preference")) for p in preferred)):
        yield from (text(e.get("key")) for e in mappings(term.get("matchExpressions")))
    for side in ("podAffinity", "podAntiAffinity"):
        rules = mapping(affinity.get(side))
        required = mappings(rules.get("requiredDuringSchedulingIgnoredDuringExecution"))
        weighted = mappings(rules.get("preferredDuringSchedulingIgnoredDuringExecution"))
        for rule in (*required, *(mapping(w.get("podAffinityTerm")) for w in weighted)):
            yield text(rule.get("topologyKey"))
    yield from (text(c.get("topologyKey")) for c in mappings(pods.get("topologySpreadConstraints")))


@check(BEHAVIOUR)
def behaviour(context: CheckContext) -> Iterator[Yield]:
    """No object shows who types which command, or what a program relies on: each change on the way is named, and a
    person says whether anything minds it."""
    named = False
    for row in context.catalog.removals:
        if (
            context.removals[row.kind].get(row.pattern) is row
            and not row.kind.in_objects
            and not _told_elsewhere(row, context)
        ):
            named = True
            yield evidence(BEHAVIOUR, "change", since=str(row.since), change=msg(f"removal.{row.name}"))
    if not named:
        yield Settled()


def _told(
    spec: CheckSpec, context: CheckContext, content: Content, found: Iterable[tuple[str, Removal]]
) -> Iterator[Yield]:
    """One finding for what is gone and one for what is only deprecated; the platform mends its own."""
    gone: list[tuple[str, Removal]] = []
    old: list[tuple[str, Removal]] = []
    for name, row in sorted(found, key=lambda f: (f[0], f[1].since)):
        if not _told_elsewhere(row, context):
            (old if row.change is Change.DEPRECATED else gone).append((name, row))
    for variant, rows in (("gone", gone), ("deprecated", old)):
        if rows:
            severity = Severity.INFO if content.system else min((Severity(r.severity) for _, r in rows), key=_rank)
            yield finding(spec, content.ref, variant, severity=severity, **_values(rows))


def _values(rows: list[tuple[str, Removal]]) -> dict[str, Any]:
    return {
        "written": [name for name, _ in rows],
        "since": sorted({str(row.since) for _, row in rows}),
        "use_instead": list(dict.fromkeys(row.replacement for _, row in rows)),
    }


def _rank(severity: Severity) -> int:
    return list(Severity).index(severity)


def _told_elsewhere(row: Removal, context: CheckContext) -> bool:
    other = find_check(row.told_by) if row.told_by else None
    return other is not None and context.strategy in other.spec.strategies and context.target in other.spec.applies

"""What became of each file of an input, and what is to be said of the input as a whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from msgspec.structs import replace

from migrator.errors import InputError
from migrator.snapshot import backups
from migrator.snapshot.build import Builder, is_cluster
from migrator.snapshot.model import InputProblem, InputReport, KubeObject, ObjectRef
from migrator.snapshot.readers import Problem, cce_api
from migrator.snapshot.redaction import mask_values
from migrator.snapshot.sources import Source
from migrator.snapshot.workloads import GROUPS

NAMED = 5  # files or objects that a sentence names at most
# Of these nothing was left out: they are told, and the file still counts as read.
REMARKS = frozenset(
    (
        *("input_duplicate_key", "input_unparted", "input_json_mended", "input_not_a_number", "input_recoded"),
        *("input_several_clusters", "input_two_identities", "input_contradicted", "input_cluster_info_dump"),
        *("input_watch",),
        *("input_several_backups", "input_backup_partial", "input_backup_unfinished"),
        *("input_node_unknown", "input_node_file_unreadable", "sheet_passed_over"),
        *("input_collect_refused", "input_collect_partial", "input_collect_failed", "input_collect_node"),
    )
)
_PROBLEMS_KEPT = 100
# Kinds whose facts are planned by name: an object of them without a name is a fault of the input.
_PLANNED = frozenset(
    (
        *(k for k in GROUPS if k != "Pod"),
        *("Service", "Ingress", "PersistentVolume", "PersistentVolumeClaim", "StorageClass"),
        *("Namespace", "ConfigMap", "Secret", "Node"),
    )
)
_GROUPS_OF_PLANNED = frozenset(("", "apps", "batch", "extensions", "networking.k8s.io", "storage.k8s.io"))


def report(source: Source, objects: int, facts: int, form: str, problems: Sequence[Problem]) -> InputReport:
    """The report of a file that was understood: read, or in part, or not at all where ``problems`` left nothing.

    Args:
        facts: how many of them came beside those of the objects.
    """
    if not problems:
        return InputReport(file=source.name, objects=objects, format=form)
    serious = [p for p in problems if p.code not in REMARKS]
    first = (serious or problems)[0]
    return InputReport(
        file=source.name,
        objects=objects,
        status="read" if not serious else "partial" if objects or facts else "unreadable",
        format=form,
        reason=first.code,
        values={"file": source.name, **mask_values(first.values), "problems": len(problems)},
        problems=tuple(
            InputProblem(code=p.code, values={"file": source.name, **mask_values(p.values)})
            for p in problems[:_PROBLEMS_KEPT]
        ),
    )


def failed(source: Source, code: str, values: dict[str, Any], status: str) -> InputReport:
    told = {"file": source.shown, **mask_values(values)}
    return InputReport(file=source.name, status=status, reason=code, values=told)


def nothing_read(reports: Sequence[InputReport]) -> InputError:
    """The error of an input of which not one file could be read."""
    wrong = [
        InputError(told.code, **told.values) for one in reports if one.status == "unreadable" for told in _serious(one)
    ]
    if wrong:
        wrong[0].further = tuple(wrong[1:_PROBLEMS_KEPT])
        return wrong[0]
    if not reports:
        return InputError("input_empty")
    return InputError(reports[0].reason, **{"file": reports[0].file, **reports[0].values})


def _serious(one: InputReport) -> Sequence[InputProblem]:
    """Why a file could not be read; of one that no reader took up its reason alone."""
    told = [p for p in one.problems if p.code not in REMARKS]
    return told or [InputProblem(code=one.reason, values=one.values)]


def is_planned(ref: ObjectRef) -> bool:
    """Whether a plan speaks of the object by its name. The CCE API and other groups have kinds of the same names, whose
    objects need none (a ``v3 Job``)."""
    return ref.kind in _PLANNED and ref.group in _GROUPS_OF_PLANNED and not cce_api.is_cce(ref)


def with_remarks(reports: Sequence[InputReport], builder: Builder) -> list[InputReport]:
    """The reports, with what only the whole input shows said at the file that it concerns."""
    found: dict[str, list[InputProblem]] = defaultdict(list)
    for look in _OF_THE_WHOLE:
        for file, code, values in look(builder, reports):
            found[file].append(InputProblem(code=code, values={"file": file, **values}))
    return [_remarked(r, found[r.file]) if r.file in found else r for r in reports]


def _remarked(one: InputReport, remarks: list[InputProblem]) -> InputReport:
    count = int(one.values.get("problems", 0)) + len(remarks)
    first = remarks[0]
    told = {"reason": one.reason or first.code, "values": {**(one.values or first.values), "problems": count}}
    status = one.status if all(r.code in REMARKS for r in remarks) else "partial"
    return replace(one, status=status, problems=(*remarks, *one.problems)[:_PROBLEMS_KEPT], **told)


_Remark = tuple[str, str, dict[str, Any]]  # file, code, values


def _several_clusters(builder: Builder, reports: Sequence[InputReport]) -> Iterator[_Remark]:
    """At the first file of several in which the CCE API tells of different clusters."""
    clusters = builder.clusters()
    if len(clusters) > 1:
        first = min(o.file for o in builder.objects if is_cluster(o.ref))
        yield first, "input_several_clusters", {"clusters": ", ".join(sorted(clusters)[:NAMED])}


def _two_identities(builder: Builder, reports: Sequence[InputReport]) -> Iterator[_Remark]:
    """Objects of one name that are not the same: of two clusters, or of one that was made anew between two dumps.

    Only one of them has become a fact. What controllers make comes and goes, and says nothing.
    """
    met: dict[tuple[str, str, str], KubeObject] = {}
    twins: dict[tuple[str, str, str], dict[str, KubeObject]] = defaultdict(dict)
    for o in builder.objects:
        if o.uid and not o.owner and is_planned(o.ref):
            key = (o.ref.kind, o.ref.namespace, o.ref.name)
            first = met.setdefault(key, o)
            if first.uid != o.uid:
                twins[key].setdefault(first.uid, first)
                twins[key].setdefault(o.uid, o)
    if twins:
        files = sorted({o.file for of_uid in twins.values() for o in of_uid.values()})
        subjects = ", ".join(str(met[key].ref) for key in sorted(twins)[:NAMED])
        yield (
            files[0],
            "input_two_identities",
            {
                "count": len(twins),
                "subjects": subjects,
                "files": ", ".join(files[:NAMED]),
            },
        )


def _contradicted(builder: Builder, reports: Sequence[InputReport]) -> Iterator[_Remark]:
    """Manifests of one object that say different things: a base and its overlay, or two states of one file."""
    found = builder.contradicted()
    if found:
        files = sorted({o.file for o in builder.objects if o.ref in found})
        subjects = ", ".join(map(str, sorted(found)[:NAMED]))
        named = ", ".join(files[:NAMED])
        yield files[0], "input_contradicted", {"count": len(found), "subjects": subjects, "files": named}


def _homeless(builder: Builder, reports: Sequence[InputReport]) -> Iterator[_Remark]:
    """At each file of a node that tells of no node."""
    for file in builder.homeless_files():
        yield file, "input_node_unknown", {}


def _lost(builder: Builder, reports: Sequence[InputReport]) -> Iterator[_Remark]:
    """At a collection of which objects have gone missing since they were counted."""
    found = {r.file: r.objects for r in reports}
    for told in builder.collected:
        objects = sum(found.get(f, 0) for f in told.files)
        if objects < told.count:
            values = {"resource": told.resource, "count": told.count, "objects": objects}
            yield told.collection, "input_collect_lost", values


_OF_THE_WHOLE: tuple[Callable[[Builder, Sequence[InputReport]], Iterator[_Remark]], ...] = (
    _several_clusters,
    _two_identities,
    _contradicted,
    _homeless,
    _lost,
    backups.remarks,
)

"""Runbook, assessment and inventory as JSON for other programs.

Stable field order, UTF-8, two spaces of indent. Versions are text ("v1.13.10-r0", minors "1.17"). Every sentence is
written out in the chosen language and keeps its key and values beside it, so that a program need not read prose.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

import msgspec
import orjson

from migrator.catalog.model import HopRule
from migrator.checks.assessment import Assessment
from migrator.checks.compare import Comparison
from migrator.checks.readiness import decided_of
from migrator.checks.spec import CheckResult, Finding
from migrator.checks.waivers import WaiverUse
from migrator.locale import Lang, Msg, say, text
from migrator.paths.model import HopRisk, PathResult
from migrator.render.corrections import corrections_plain
from migrator.render.escape import escaped_json
from migrator.render.words import check_title, sentence
from migrator.runbook.model import Edition, Runbook, Table
from migrator.snapshot.corrections import CorrectionUse
from migrator.snapshot.model import ApiUseSource, InputReport, ObjectRef, Snapshot
from migrator.versions import Minor, Version

_OPTIONS = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE


def runbook_json(runbook: Runbook, lang: Lang, edition: Edition | None = None) -> bytes:
    """The whole runbook, field by field as in ``migrator.runbook.model``. Without an edition nobody has signed."""
    signed = None if edition is None else _fields(edition, lang)
    return dump({"lang": lang, "edition": signed, **_fields(runbook, lang)})


def assessment_json(
    snapshot: Snapshot,
    assessment: Assessment,
    lang: Lang,
    comparison: Comparison | None = None,
    corrections: Sequence[CorrectionUse] = (),
) -> bytes:
    """One object: readiness, path, results, findings, inputs, what they were made from.

    ``comparison`` with an earlier assessment and ``corrections`` of the snapshot stand in it where they are given.
    """
    results = assessment.results
    compared = {} if comparison is None else {"comparison": plain(comparison, lang)}
    return dump(
        {
            "readiness": assessment.readiness.value,
            "source": str(assessment.source),
            "target": str(assessment.target),
            "profile": assessment.profile,
            "strategy": plain(assessment.choice, lang),
            "path": _path(assessment.path, lang),
            "results": [_result(r, lang) for r in results],
            "findings": [_finding(f, lang) for r in results for f in r.findings],
            "waivers": [_waiver(use) for use in assessment.waivers],
            "decided": decided(results),
            "inputs": [_input(i, lang) for i in snapshot.inputs],
            "digests": {
                "snapshot": assessment.snapshot_digest,
                "catalog": assessment.catalog_digest,
                "ruleset": assessment.ruleset_digest,
            },
            **compared,
            **_corrections(corrections, lang),
        }
    )


def inspect_json(snapshot: Snapshot, lang: Lang = "en", corrections: Sequence[CorrectionUse] = ()) -> bytes:
    """What was read: cluster facts, objects per kind, facts per section, inputs, credentials that were dropped.

    ``corrections`` of the snapshot stand in it where there are any.
    """
    return dump(
        {
            "cluster": {k: plain(v, lang) for k, v in msgspec.structs.asdict(snapshot.cluster).items()},
            "objects": sum(i.objects for i in snapshot.inputs),
            "distinct_objects": distinct_objects(snapshot),
            "kinds": kind_counts(snapshot),
            "sections": {
                c.section.value: {
                    "read": c.read,
                    "state": c.state.value,
                    "count": section_count(snapshot, c.section.value),
                    "kinds": c.kinds,
                    "refused": c.refused,
                }
                for c in snapshot.coverage
            },
            "node_files": {
                **(nodes_looked_at(snapshot) or {"looked": 0, "nodes": len(snapshot.nodes)}),
                "categories": {c.node: c.categories for c in snapshot.node_coverage},
            },
            "secrets_dropped": {
                "count": len(snapshot.secrets),
                "places": [{"subject": _ref(n.ref), "field": n.field} for n in snapshot.secrets],
            },
            "inputs": [_input(i, lang) for i in snapshot.inputs],
            "unread": [i.file for i in snapshot.inputs if i.status != "read"],
            **_corrections(corrections, lang),
        }
    )


def _corrections(uses: Sequence[CorrectionUse], lang: Lang) -> dict[str, Any]:
    return {"corrections": corrections_plain(uses, lang)} if uses else {}


def kind_counts(snapshot: Snapshot) -> dict[str, int]:
    """Objects per "apiVersion Kind", sorted."""
    return dict(sorted(Counter(f"{o.ref.api_version} {o.ref.kind}" for o in snapshot.objects).items()))


def distinct_objects(snapshot: Snapshot) -> int:
    """Objects without the instances that were met again, also under another API version (uid, kind and name are the
    same); those without a name are told apart by their uid."""
    met = {(o.ref, "" if o.ref.name else o.uid) for o in snapshot.objects}
    versions = {(o.uid, o.ref) for o in snapshot.objects if o.uid and o.ref.name}
    return len(met) - (len(versions) - len({(uid, r.kind, r.namespace, r.name) for uid, r in versions}))


def section_count(snapshot: Snapshot, section: str) -> int:
    """Facts that a section holds; 1 for the cluster itself once anything is known of it."""
    if section == "cluster":
        return int(snapshot.cluster != type(snapshot.cluster)())
    if section == "api_requests":
        return sum(u.source is ApiUseSource.METRICS for u in snapshot.api_uses)
    field = {"config_maps": "configs"}.get(section, section)
    return len(getattr(snapshot, field))


def nodes_looked_at(snapshot: Snapshot) -> dict[str, int]:
    """Of how many nodes their own files were read, and of how many in all; empty where of none."""
    looked = {c.node for c in snapshot.node_coverage}
    return {"looked": len(looked), "nodes": len(looked | {n.name for n in snapshot.nodes})} if looked else {}


def dump(document: Mapping[str, Any]) -> bytes:
    """The bytes of a JSON document in the one style of this project.

    What is invisible or turns the direction of reading stands escaped: the same to a program, harmless to a reader.
    """
    return escaped_json(orjson.dumps(document, option=_OPTIONS))


def _result(result: CheckResult, lang: Lang) -> dict[str, Any]:
    return {
        "check": result.check,
        "slug": result.slug,
        "title": check_title(result.slug, lang),
        "category": result.category.value,
        "severity": result.severity.value,
        "outcome": result.outcome.value,
        "reason": say(result.reason, lang),
        "reason_key": result.reason.key,
        "unanswered": result.unanswered,
        "findings": len(result.findings),
        "evidence": [say(e, lang) for e in result.evidence],
        "unresolved": [{"subject": _ref(u.subject), "reason": say(u.reason, lang)} for u in result.unresolved],
        "attestation": plain(result.attestation, lang),
    }


def _finding(finding: Finding, lang: Lang) -> dict[str, Any]:
    return {
        "check": finding.check,
        "severity": finding.severity.value,
        "subject": _ref(finding.subject),
        "file": finding.file,
        "values": dict(finding.values),
        "message": sentence(finding, lang),
        "message_key": finding.message,
        "key": finding.key,
    }


def _waiver(use: WaiverUse) -> dict[str, Any]:
    return {**msgspec.structs.asdict(use.waiver), "state": use.state.value, "accepts": list(use.accepts)}


def decided(results: Sequence[CheckResult]) -> dict[str, int]:
    """How much of the checklist the verdict rests on."""
    counts = decided_of(results)
    return {
        "applicable": counts.applicable,
        "by_machine": counts.by_machine,
        "by_person": counts.by_person,
        "open": counts.open,
        "percent": counts.percent,
    }


def _path(path: PathResult, lang: Lang) -> dict[str, Any]:
    versions = [str(path.hops[0].source), *(str(h.target) for h in path.hops)] if path.hops else []
    return {**_fields(path, lang), "versions": versions}


def _hop(hop: HopRule, lang: Lang) -> dict[str, Any]:
    described = {
        name: [{"name": n, "text": text(f"path.{name[:-1]}.{n}", lang)} for n in getattr(hop, name)]
        for name in ("preconditions", "impacts")
    }
    return {**_fields(hop, lang), **described}


def _risk(found: HopRisk, lang: Lang) -> dict[str, Any]:
    risk = found.risk
    return {
        "name": risk.name,
        "kind": risk.kind.value,
        "concern": found.concern.value,
        "hops": list(found.hops),
        "title": risk.title[lang],
        "remedy": risk.remedy[lang],
        "condition": risk.condition,
        "sources": list(risk.sources),
    }


def _input(report: InputReport, lang: Lang) -> dict[str, Any]:
    return {
        "file": report.file,
        "objects": report.objects,
        "status": report.status,
        "reason": report.reason,
        "format": report.format,
        "message": text(f"error.{report.reason}", lang, **report.values) if report.reason else "",
        "problems": [{"reason": p.code, "message": text(f"error.{p.code}", lang, **p.values)} for p in report.problems],
    }


def _ref(ref: ObjectRef) -> dict[str, str]:
    return {"api_version": ref.api_version, "kind": ref.kind, "namespace": ref.namespace, "name": ref.name}


def _table(table: Table, lang: Lang) -> dict[str, Any]:
    return {
        "columns": [{"key": c, "text": text(c, lang)} for c in table.columns],
        "rows": [[plain(cell, lang) for cell in row] for row in table.rows],
    }


def _message(message: Msg, lang: Lang) -> dict[str, Any]:
    return {"text": say(message, lang), "key": message.key, "values": plain(message.values, lang)}


def _fields(struct: msgspec.Struct, lang: Lang) -> dict[str, Any]:
    return {name: plain(getattr(struct, name), lang) for name in struct.__struct_fields__}


_AS_IT_IS = frozenset({str, int, float, bool, type(None)})
_WRITERS: dict[type, Any] = {
    Msg: _message,
    Version: lambda v, _: str(v),
    Minor: lambda v, _: str(v),
    Finding: _finding,
    CheckResult: lambda v, lang: {**_fields(v, lang), "title": check_title(v.slug, lang)},
    HopRule: _hop,
    HopRisk: _risk,
    Table: _table,
    ObjectRef: lambda v, _: _ref(v),
    WaiverUse: lambda v, _: _waiver(v),
}


def plain(value: Any, lang: Lang) -> Any:
    """``value`` of any contract type as what JSON knows; a type without a writer of its own goes field by field.

    The service answers with the same shapes as these documents by calling it.
    """
    kind = type(value)
    if kind in _AS_IT_IS:
        return value
    if writer := _WRITERS.get(kind):
        return writer(value, lang)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, msgspec.Struct):
        return _fields(value, lang)
    if isinstance(value, Mapping):
        return {str(k): plain(v, lang) for k, v in value.items()}
    return [plain(item, lang) for item in value]

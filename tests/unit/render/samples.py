"""A small runbook with every kind of part, and names that try to break out of a document."""

from __future__ import annotations

import msgspec

from migrator.catalog.model import HopRule, Mode, Rollback, Start
from migrator.checks.spec import Attestation, Category, CheckResult, Finding, Outcome, Readiness, Severity, Unresolved
from migrator.locale import Msg, msg
from migrator.paths.model import PathResult, RejectedHop, Strategy, StrategyChoice
from migrator.runbook.model import (
    Action,
    Appendix,
    Phase,
    Playbook,
    Role,
    Runbook,
    Step,
    StepKind,
    Table,
    Where,
)
from migrator.snapshot.model import ObjectRef
from migrator.versions import Minor, Version

HOSTILE = {
    "pipe": "a|b||c",
    "backticks": "x`y``z```",
    "html": "<script>alert('&lt;')</script>",
    "newline": "first\nsecond\r\n\r\n# third\n| cell |",
    "markup": "**bold** _it_ ~~gone~~ [text](javascript:alert(1)) ![i](x)",
    "heading": "# not a heading",
    "list": "- not a list",
    "number": "1. not a list",
    "long": "very-long-name-" * 60,
    "rtl": "good\u202egnp.exe",
    "arabic": "خدمة",
    "terminal": "\x1b[31mred\x1b[0m\x07\x00",
    "fence": "```\n## out of the block\n```",
}


def said(value: str) -> Msg:
    """A sentence that holds ``value`` and nothing else that could be mistaken for it."""
    return msg("render.path.impact", text=value)


def finding(name: str, check: str = "API001") -> Finding:
    return Finding(
        check=check,
        severity=Severity.BLOCKER,
        subject=ObjectRef(api_version="extensions/v1beta1", kind="Ingress", namespace="shop", name=name),
        message="render.path.impact",
        values={"text": name, "removed_in": "1.22"},
        file="dump.yaml",
    )


def result(code: str, slug: str, category: Category, outcome: Outcome, **fields: object) -> CheckResult:
    given: dict[str, object] = {"severity": Severity.BLOCKER, "reason": said(f"reason of {code}"), **fields}
    return CheckResult(check=code, slug=slug, category=category, outcome=outcome, **given)  # type: ignore[arg-type]


def step(key: str, number: str, phase: str, **fields: object) -> Step:
    given: dict[str, object] = {
        "kind": StepKind.COMMAND,
        "title": said(f"title of {key}"),
        "why": said(f"why of {key}"),
        "role": Role.CLUSTER_ENGINEER,
        "actions": (Action(where=Where.NEW_CLUSTER, command=f"kubectl apply -f {key}.yaml"),),
        "expected": said(f"expected of {key}"),
        "verify": (Action(where=Where.NEW_CLUSTER, command=f"kubectl get {key}"),),
        "rollback": (Action(where=Where.NEW_CLUSTER, command=f"kubectl delete -f {key}.yaml"),),
        "minutes": (5, 10),
        **fields,
    }
    return Step(key=key, number=number, phase=phase, **given)  # type: ignore[arg-type]


def hop(source: str, target: str, rollback: Rollback) -> HopRule:
    return HopRule(
        source=Minor.parse(source),
        target=Minor.parse(target),
        modes=(Mode.ROLLING, Mode.RESET),
        start=Start.TICKET,
        rollback=rollback,
        minutes=(20, 45),
        minutes_per_node=(3, 6),
        preconditions=("vm_nodes_only",),
        impacts=("coredns_proxy_to_forward",),
        changelogs=("https://example.org/changelog",),
        sources=("course",),
    )


def runbook(name: str = "web", **changes: object) -> Runbook:
    """One migration; ``name`` stands in every place that a dump can fill."""
    given = finding(name)
    phases = (
        Phase(
            key="prepare",
            title=said(f"prepare {name}"),
            steps=(
                step("one", "1.1", "prepare", answers=(given.key,), warnings=(said(name),)),
                step(
                    "two",
                    "1.2",
                    "prepare",
                    after=("one",),
                    tables=(
                        Table(
                            columns=("render.check.object", "render.summary.count"),
                            rows=((name, "3"), (said(name), "12")),
                        ),
                    ),
                    actions=(
                        Action(
                            where=Where.OLD_CLUSTER, command=f"kubectl get pod '{name}'", manifest=f"name: {name}\n"
                        ),
                    ),
                ),
                step(
                    "three",
                    "1.3",
                    "prepare",
                    kind=StepKind.GATE,
                    after=("one", "two"),
                    actions=(Action(where=Where.CONSOLE, text=said(name)),),
                ),
            ),
        ),
        Phase(
            key="finish",
            title=said("finish"),
            steps=(
                step(
                    "stop",
                    "2.1",
                    "finish",
                    after=("one", "two", "three"),
                    interrupts=True,
                    outage=said(name),
                    minutes=(30, 200),
                ),
                step(
                    "delete",
                    "2.2",
                    "finish",
                    after=("stop",),
                    destructive=True,
                    point_of_no_return=True,
                    rollback=(),
                    no_rollback_reason=said(f"gone {name}"),
                ),
            ),
        ),
    )
    book = Runbook(
        playbook=Playbook.MIGRATION,
        cluster=name,
        source=Version.parse("v1.13.10-r0"),
        target=Version.parse("v1.25.3-r0"),
        profile="ctyun",
        path=PathResult(
            source=Version.parse("v1.13.10-r0"),
            target=Version.parse("v1.25.3-r0"),
            profile="ctyun",
            found=True,
            hops=(hop("1.13", "1.15", Rollback.NONE), hop("1.15", "1.17", Rollback.ON_FAILURE)),
            rejected=(RejectedHop("1.13", "1.17", said(name)),),
        ),
        choice=StrategyChoice(
            strategy=Strategy.MIGRATE, recommended=Strategy.UPGRADE, reasons=(said(name), said("second reason"))
        ),
        readiness=Readiness.BLOCKED,
        results=(
            result("CLU001", "node-address-written-elsewhere", Category.CLUSTER, Outcome.UNKNOWN, unanswered=True),
            result("WKL001", "workload-counts", Category.WORKLOAD, Outcome.PASS, evidence=(said(name),)),
            result("API001", "removed-api", Category.WORKLOAD, Outcome.FAIL, findings=(given, finding("other"))),
            result(
                "STO001",
                "storage-origin",
                Category.STORAGE,
                Outcome.UNKNOWN,
                unresolved=(Unresolved(ObjectRef(api_version="v1", kind="PersistentVolume", name=name), said(name)),),
            ),
            result(
                "OPS001",
                "node-private-configuration",
                Category.OPERATIONS,
                Outcome.PASS,
                attestation=Attestation(check="OPS001", answer=Outcome.PASS, evidence=name, by=name, on="2024-05-01"),
            ),
        ),
        phases=phases,
        summary=((said(f"figure {name}"), 63),),
        appendices=(
            Appendix(
                key="inventory",
                title=said(name),
                tables=(
                    Table(columns=("render.check.object",), rows=((name,),)),
                    Table(columns=("render.check.object",), rows=()),
                ),
                notes=(said(name),),
            ),
        ),
        minutes=(50, 240),
        outage_minutes=(30, 200),
        snapshot_digest="sha256:" + "a" * 64,
        catalog_digest="sha256:" + "b" * 64,
        ruleset_digest="sha256:" + "c" * 64,
        engine_version="0.1.0",
    )
    return msgspec.structs.replace(book, **changes)

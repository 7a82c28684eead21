"""Checks that judge one object each: one pass, errors kept apart, and nothing passes that nobody could look at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from migrator.checks.objects import Content, contents
from migrator.checks.registry import Judge, RegisteredCheck
from migrator.checks.report import finding
from migrator.checks.runner import run_checks
from migrator.checks.spec import Category, CheckContext, CheckResult, CheckSpec, Outcome, Severity, Yield
from migrator.snapshot.model import KubeObject, ObjectRef
from migrator.versions import VersionRange
from tests.checks.support import context_of, snapshot_of

SPEC = CheckSpec(code="WKL003", slug="bare-pod", category=Category.WORKLOAD, severity=Severity.WARNING)


def service(name: str, namespace: str = "shop") -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": namespace}, "spec": {}}


def bad_names(context: CheckContext, content: Content) -> Iterator[Yield]:
    if content.ref.name.startswith("bad"):
        yield finding(SPEC, content.ref, "")


def broken(context: CheckContext, content: Content) -> Iterator[Yield]:
    raise ZeroDivisionError
    yield


def result_of(
    given: dict[str, Any], judge: Judge = bad_names, spec: CheckSpec = SPEC, kind: str = "Service"
) -> CheckResult:
    check = RegisteredCheck(spec=spec, judge=judge, kinds=frozenset({kind}))
    return run_checks(context_of(snapshot_of(given)), checks=[check])[0]


def test_every_object_of_the_kind_is_judged() -> None:
    result = result_of({"manifests": [service("bad-1"), service("good"), service("bad-2")]})
    assert result.outcome is Outcome.FAIL
    assert [f.subject.name for f in result.findings] == ["bad-1", "bad-2"]
    assert {f.file for f in result.findings} == {"objects.yaml"}


def test_it_passes_where_all_were_looked_at_or_none_are_there() -> None:
    assert result_of({"manifests": [service("good")]}).outcome is Outcome.PASS
    assert result_of({"seen": ["Service"]}).outcome is Outcome.PASS


def test_kinds_that_the_input_does_not_hold_are_unknown() -> None:
    result = result_of({"manifests": [service("good")]}, kind="NetworkPolicy")
    assert (result.outcome, result.reason.key) == (Outcome.UNKNOWN, "check.reason.kinds_unseen")
    assert result.reason.values == {"kinds": ["NetworkPolicy"]}


def test_an_object_without_content_is_unresolved() -> None:
    snapshot = snapshot_of({"manifests": [service("good")]})
    named = KubeObject(ref=ObjectRef(api_version="v1", kind="Service", namespace="shop", name="typed-in"))
    owned = msgspec.structs.replace(named, ref=msgspec.structs.replace(named.ref, name="owned"), owner="Widget/w")
    snapshot = msgspec.structs.replace(snapshot, objects=(*snapshot.objects, named, owned))
    check = RegisteredCheck(spec=SPEC, judge=bad_names, kinds=frozenset({"Service"}))
    (result,) = run_checks(context_of(snapshot), checks=[check])
    assert result.outcome is Outcome.UNKNOWN
    assert [(u.subject.name, u.reason.key) for u in result.unresolved] == [("typed-in", "check.reason.no_content")]


def test_an_error_is_told_of_its_own_check_alone() -> None:
    context = context_of(snapshot_of({"manifests": [service("bad")]}))
    other = msgspec.structs.replace(SPEC, code="WKL004", slug="selector-missing")
    checks = [
        RegisteredCheck(spec=SPEC, judge=broken, kinds=frozenset({"Service"})),
        RegisteredCheck(spec=other, judge=bad_names, kinds=frozenset({"*"})),
    ]
    first, second = run_checks(context, checks=checks)
    assert (first.outcome, first.reason.values) == (Outcome.UNKNOWN, {"error": "ZeroDivisionError"})
    assert second.outcome is Outcome.FAIL


def test_a_check_that_does_not_apply_looks_at_nothing() -> None:
    spec = msgspec.structs.replace(SPEC, applies=VersionRange.parse(">=1.29"))
    result = result_of({"manifests": [service("bad")]}, broken, spec)
    assert result.outcome is Outcome.NOT_APPLICABLE


def test_contents_tell_the_platforms_own_and_pods() -> None:
    daemons = {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "d", "namespace": "kube-system"}}
    daemons["spec"] = {"template": {"metadata": {"labels": {"a": "b"}}, "spec": {"hostPID": True}}}
    context = context_of(snapshot_of({"manifests": [daemons, service("s")]}))
    (content,) = contents(context, "DaemonSet")
    assert (content.system, content.pods, content.pod_metadata) == (True, {"hostPID": True}, {"labels": {"a": "b"}})

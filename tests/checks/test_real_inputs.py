"""Dumps of real clusters and published manifests, against what an independent reader found in them."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from migrator.catalog.loader import shipped_catalog
from migrator.checks.runner import run_checks
from migrator.checks.spec import CheckResult, Severity
from migrator.snapshot.read import read_paths
from tests.checks.support import context_of

pytestmark = pytest.mark.cases

CASES = (
    "A01-gke114-get-all",
    "B02-otc-flexvolume-pages",
    "B03-otc-flex-to-csi-golden",
    "B13-otc-everest-csi",
    "B14-otc-elb-services-ingress",
    "B18-otc-velero-migration",
    "C02-otc-cce-v3-api",
    "F01-k8s19-addons-2018",
)

TARGETS = ("1.17", "1.22", "1.25", "1.29", "1.32")


def results(folder: Path, source: str, target: str) -> dict[str, CheckResult]:
    context = context_of(read_paths([folder]), source, target, catalog=shipped_catalog())
    return {r.check: r for r in run_checks(context)}


def truth(file: Path, target: tuple[int, int]) -> set[tuple[str, ...]]:
    """The distinct objects in the table that are removed for ``target``."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    keys = ("apiVersion", "kind", "namespace", "name", "removed-in")
    return {
        tuple("" if row[key] in ("-", "None") else row[key] for key in keys)
        for row in rows
        if tuple(int(part) for part in row["removed-in"].split(".")) <= target
    }


def found(result: CheckResult) -> set[tuple[str, ...]]:
    return {
        (f.subject.api_version, f.subject.kind, f.subject.namespace, f.subject.name, str(f.values["removed_in"]))
        for f in result.findings
    }


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("case", CASES)
def test_removed_objects_are_exactly_those_of_the_table(case: str, target: str, real_inputs: Path) -> None:
    result = results(real_inputs / case, "1.8", target)["API001"]
    minor = tuple(int(part) for part in target.split("."))
    assert found(result) == truth(real_inputs / f"removed-{case}.tsv", minor)


@pytest.mark.parametrize("target", TARGETS)
def test_counts_of_every_case_equal_the_truth_but_for_what_is_explained(target: str, real_inputs: Path) -> None:
    """Instances by kind; what differs stands in docs/conformance.md, and nothing else may."""
    assert differences(real_inputs, target) - explained_differences() == set()


def test_every_explained_difference_is_still_there(real_inputs: Path) -> None:
    """A row that explains what no longer differs would hide the next difference of that kind."""
    seen = set[tuple[str, str]]().union(*(differences(real_inputs, target) for target in TARGETS))
    assert explained_differences() - seen == set()


@cache
def differences(real_inputs: Path, target: str) -> frozenset[tuple[str, str]]:
    """Case and kind of which this product finds another number than the table."""
    found = set()
    for case, told in json.loads((real_inputs / "truth.json").read_text("utf-8")).items():
        counted: Counter[str] = Counter()
        for finding in results(real_inputs / case, "1.8", target)["API001"].findings:
            counted[f"{finding.subject.api_version} {finding.subject.kind}"] += int(str(finding.values["instances"]))
        wanted = Counter(told["removed"][target])
        found |= {(case, kind) for kind in (counted - wanted) + (wanted - counted)}
    return frozenset(found)


def explained_differences() -> set[tuple[str, str]]:
    """Case and kind of each row of the table in docs/conformance.md, the same in both languages."""
    rows = []
    for name in ("conformance.md", "conformance.zh-CN.md"):
        text = (Path(__file__).parents[2] / "docs" / name).read_text("utf-8")
        rows.append(set(re.findall(r"^\| `([^`]+)` \| `([^`]+)` \|", text, re.MULTILINE)))
    assert rows[0] == rows[1] != set()
    return rows[0]


def test_a_real_cluster(real_inputs: Path) -> None:
    """Figures of the case's own description: 63 workloads, 10 volumes, 2 load balancers, 6 Ingresses, 16 manifests."""
    by_code = results(real_inputs / "A01-gke114-get-all", "v1.14.10", "1.25")
    removed = by_code["API001"].findings
    assert {f.file for f in removed} == {"data-ingresses.yaml", "data-pod-security-policy.yaml"}
    assert {tuple(f.values) for f in removed} == {("removed_in", "replacement", "deprecated_in", "files", "instances")}
    assert {(tuple(f.values["files"]), f.values["instances"]) for f in removed} == {((f.file,), 1) for f in removed}
    assert len(by_code["API002"].findings) == 16
    assert sum(f.severity is Severity.INFO for f in by_code["API002"].findings) == 1
    assert by_code["API003"].findings == ()
    assert by_code["WKL001"].evidence[0].values == {"total": 63, "namespaces": 8}
    assert by_code["STO001"].evidence[0].values == {"total": 10}
    assert by_code["NET001"].evidence[0].values == {"services": 2, "ingresses": 6}
    assert [f.subject.name for f in by_code["NET002"].findings] == [
        "gitlab-nginx-ingress-controller",
        "frontend-external",
    ]
    assert len(by_code["STO004"].findings) == 10
    assert [f.values["claim"] for f in by_code["STO006"].findings] == ["gitlab/data-gitlab-redis-server-2"]
    assert {f"{f.subject.namespace}/{f.subject.name}" for f in by_code["STO007"].findings} == {
        "gitlab/data-gitlab-redis-server-1",
        "experiment/data-kubevious-mysql-0",
        "default/repo-data-gitlab-gitaly-0",
    }


def test_flex_volumes_and_templates_of_published_pages(real_inputs: Path) -> None:
    """4 volumes of fuxi drivers, each on two pages, and 3 StatefulSets whose claim templates use their classes."""
    flex = results(real_inputs / "B02-otc-flexvolume-pages", "v1.13.10-r0", "1.25")["STO009"]
    kinds = [f.subject.kind for f in flex.findings]
    assert (kinds.count("PersistentVolume"), kinds.count("StatefulSet")) == (4, 3)


def test_csi_storage_is_not_taken_for_flex(real_inputs: Path) -> None:
    by_code = results(real_inputs / "B13-otc-everest-csi", "v1.19.16-r4", "1.25")
    assert by_code["STO009"].findings == ()


def test_workloads_without_a_selector(real_inputs: Path) -> None:
    """12 in the files, one of them in kube-system."""
    result = results(real_inputs / "F01-k8s19-addons-2018", "v1.9.7", "1.17")["WKL004"]
    assert len(result.findings) == 11

"""What belongs to no namespace, what autoscalers set, and what an export does not tell of storage."""

from __future__ import annotations

import io
from typing import Any

import docx
import openpyxl
import orjson
import pypdf
import pytest

from migrator.engine import Request, assess, compile_runbook
from migrator.locale import LANGS, text
from migrator.reconcile import Area, Reconciled, Reconciliation, State, Verdict
from migrator.render import FORMATS
from migrator.render.reconciliation import reconciliation_json, reconciliation_text, with_reconciliation
from tests.unit.snapshot.helpers import kube, listed, read
from tests.unit.test_reconcile import Objects, disk, new_cluster, old_cluster, reconciled, told

RBAC = "rbac.authorization.k8s.io/v1"


def node(version: str) -> dict[str, Any]:
    return kube("Node", "n1", status={"nodeInfo": {"kubeletVersion": version}})


def role(name: str, kind: str = "ClusterRole", namespace: str = "", **more: Any) -> dict[str, Any]:
    return kube(
        kind, name, namespace, RBAC, rules=[{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}], **more
    )


def crd(name: str) -> dict[str, Any]:
    spec = {"group": "example.com", "scope": "Namespaced", "versions": [], "names": {"kind": "Backup", "plural": "b"}}
    return kube("CustomResourceDefinition", name, "", "apiextensions.k8s.io/v1", spec=spec)


def storage_class(name: str, provisioner: str) -> dict[str, Any]:
    return kube("StorageClass", name, "", "storage.k8s.io/v1", provisioner=provisioner)


def beside() -> Objects:
    """What the business has outside of namespaces, and what every cluster has there by itself."""
    bootstrapped = role("system:node")
    bootstrapped["metadata"]["labels"] = {"kubernetes.io/bootstrapping": "rbac-defaults"}
    return {
        "node": node("v1.15.11-r1"),
        "role": role("shop-reader"),
        "given": bootstrapped,
        "crd": crd("backups.example.com"),
        "class": storage_class("shop-nfs", "example.com/nfs"),
        "platform class": storage_class("csi-disk", "everest-csi-provisioner"),
    }


def both(**new: dict[str, Any] | None) -> tuple[Objects, Objects]:
    """The old cluster and the new one, the latter with other objects under some names; None leaves one out."""
    after = {**new_cluster(), **beside(), "node": node("v1.25.6-r0"), **new}
    return {key: o for key, o in after.items() if o is not None}, {**old_cluster(), **beside()}


def area(found: Reconciliation, wanted: Area) -> Reconciled:
    return next(a for a in found.areas if a.area is wanted)


def test_what_the_manifests_bring_outside_of_namespaces_is_compared() -> None:
    found = reconciled(*both())
    assert told(found) == []
    assert found.verdict is Verdict.COMPLETE
    wide = area(found, Area.CLUSTER)
    assert (wide.old, wide.new, wide.same) == (4, 4, 4)  # namespace, role, definition, class
    assert (area(found, Area.VOLUMES).old, area(found, Area.VOLUMES).same) == (1, 1)


@pytest.mark.parametrize(
    ("key", "other", "name"),
    [
        ("role", role("another"), "shop-reader"),
        ("crd", crd("others.example.com"), "backups.example.com"),
        ("class", None, "shop-nfs"),
        ("namespace", kube("Namespace", "else"), "shop"),
        ("volume", disk("pv-else", "disk-9", "data-db-0"), "pvc-old"),
    ],
)
def test_what_they_should_have_brought_is_missing(key: str, other: dict[str, Any] | None, name: str) -> None:
    found = reconciled(*both(**{key: other}))
    missing = [i for a in found.areas for i in a.items if i.state is State.MISSING]
    assert [(i.namespace, i.name) for i in missing] == [("", name)]
    assert found.verdict is Verdict.FAILED
    assert f"{missing[0].kind} {name}" in reconciliation_text(found, "en")


def test_what_a_new_cluster_has_by_itself_is_no_extra_and_what_it_no_longer_has_is_not_missing() -> None:
    new, old = both(given=None, more=role("cce:guard"))
    new["platform class"] = storage_class("csi-nas", "everest-csi-provisioner")
    assert told(reconciled(new, old)) == []


def test_rights_that_have_no_manifest_are_not_missing() -> None:
    new, old = both(inside=role("keep", "Role", "shop"))
    use = [{"apiGroups": ["policy"], "resources": ["podsecuritypolicies"], "verbs": ["use"]}]
    old["inside"] = role("keep", "Role", "shop")
    old["policy role"] = kube("Role", "psp", "shop", RBAC, rules=use)
    assert told(reconciled(new, old)) == []


def test_what_an_export_did_not_look_for_is_not_comparable() -> None:
    new, old = both()
    kept = {key: o for key, o in new.items() if o["kind"] not in ("ClusterRole", "PersistentVolume")}
    found = reconciled(kept, old)
    assert told(found) == [
        ("data-db-0", State.UNTOLD, ["storage"]),
        ("pvc-old", State.UNTOLD, []),
        ("shop-reader", State.UNTOLD, []),
    ]
    assert found.verdict is Verdict.INCOMPLETE
    claims = area(found, Area.CLAIMS)
    assert (claims.old, claims.new, claims.same) == (1, 1, 0)


def test_a_claim_whose_old_volume_nobody_knows_is_not_taken_for_the_same() -> None:
    new, old = both()
    del old["volume"]
    found = reconciled(new, old)
    assert told(found) == [("data-db-0", State.UNTOLD, ["storage"])]
    assert "disk-1" in reconciliation_text(found, "en")


# --- autoscalers ---

HPAS = {
    "v1": ("autoscaling/v1", "HorizontalPodAutoscaler"),
    "v2": ("autoscaling/v2", "HorizontalPodAutoscaler"),
    "of the platform": ("autoscaling.cce.io/v2alpha1", "CustomedHorizontalPodAutoscaler"),
    "KEDA": ("keda.sh/v1alpha1", "ScaledObject"),
}


def autoscaler(api: str, kind: str, target: str = "web") -> dict[str, Any]:
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": target}
    return kube(kind, "scale", "shop", api, spec={"scaleTargetRef": reference, "minReplicas": 1, "maxReplicas": 9})


def scaled_to(
    count: int, api: str = "autoscaling/v2", kind: str = "HorizontalPodAutoscaler", target: str = "web"
) -> Any:
    new, old = both()
    new["scale"] = old["scale"] = autoscaler(api, kind, target)
    new["web"]["spec"]["replicas"] = count
    new["web"]["status"] = {"replicas": count, "readyReplicas": count}
    return reconciled(new, old)


@pytest.mark.parametrize("name", HPAS)
def test_replicas_that_an_autoscaler_sets_are_no_difference(name: str) -> None:
    found = scaled_to(7, *HPAS[name])
    assert told(found) == []
    assert found.verdict is Verdict.COMPLETE
    assert [(s.namespace, s.kind, s.name, s.old, s.new) for s in found.scaled] == [
        ("shop", "Deployment", "web", "3", "7")
    ]
    assert found.scaled[0].autoscaler == f"{HPAS[name][1]}/scale"


def test_a_workload_at_nothing_was_not_started_by_any_autoscaler() -> None:
    found = scaled_to(0)
    assert [i for i in told(found) if "replicas" in i[2]] == [("web", State.DIFFERENT, ["replicas"])]
    assert found.scaled == ()


def test_the_autoscaler_of_another_workload_says_nothing() -> None:
    assert told(scaled_to(7, target="other")) == [("web", State.DIFFERENT, ["replicas"])]


def test_it_stands_in_every_document() -> None:
    found, lang = scaled_to(7), LANGS[0]
    for each in LANGS:
        assert text("reconcile.scaled", each) in reconciliation_text(found, each)
    assert orjson.loads(reconciliation_json(found, lang))["scaled"][0]["autoscaler"] == "HorizontalPodAutoscaler/scale"
    old = read(listed(*old_cluster().values()))
    assessment = assess(old, Request(target="1.25", source="v1.15.11-r1"))
    appended = with_reconciliation(compile_runbook(old, assessment), found)
    made = {name: kind.render(appended, lang) for name, kind in FORMATS.items() if name != "zip"}
    pdf = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made["pdf"])).pages[-4:])
    tables = docx.Document(io.BytesIO(made["docx"])).tables
    cells = {cell.text for table in tables[-4:] for row in table.rows for cell in row.cells}
    book = openpyxl.load_workbook(io.BytesIO(made["xlsx"]), read_only=True)
    values = {str(value) for sheet in book for row in sheet.iter_rows(values_only=True) for value in row}
    counts = orjson.loads(made["json"])["appendices"][-1]["tables"][1]
    assert [row[:2] for row in counts["rows"]] == [["shop", "Deployment"], ["shop", "StatefulSet"]]
    assert text("reconcile.column.kind", lang) in cells | values
    for shown in (pdf.replace("\n", ""), made["md"].decode(), made["html"].decode(), made["json"].decode()):
        assert "HorizontalPodAutoscaler/scale" in shown
    assert "HorizontalPodAutoscaler/scale" in cells
    assert "HorizontalPodAutoscaler/scale" in values

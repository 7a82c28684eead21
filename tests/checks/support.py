"""Builds the inputs of a check from its case file: the healthy cluster, changed where the case says so."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import yaml

from migrator.catalog.loader import shipped_catalog
from migrator.catalog.model import ApiRemoval, Catalog, NodeDefaults, PlatformMade, SettingCategory, Source
from migrator.checks.spec import Attestation, CheckContext, Outcome
from migrator.paths.model import PathResult, Strategy
from migrator.paths.planner import find_path
from migrator.snapshot.manifests import manifest_of
from migrator.snapshot.model import KubeObject, ObjectRef, Section, Snapshot
from migrator.versions import Minor, Version

HERE = Path(__file__).parent


def removal(api_version: str, kind: str, removed_in: str, replacement: str = "", deprecated_in: str = "") -> ApiRemoval:
    return ApiRemoval(
        api_version=api_version,
        kind=kind,
        removed_in=Minor.parse(removed_in),
        deprecated_in=Minor.parse(deprecated_in) if deprecated_in else None,
        replacement=replacement,
        sources=("K8S",),
    )


CATALOG = Catalog(
    digest="sha256:test",
    releases=(),
    profiles=(),
    api_removals=(
        removal("extensions/v1beta1", "Deployment", "1.16", "apps/v1 Deployment", "1.9"),
        removal("extensions/v1beta1", "PodSecurityPolicy", "1.16", "policy/v1beta1 PodSecurityPolicy", "1.10"),
        removal("extensions/v1beta1", "Ingress", "1.22", "networking.k8s.io/v1 Ingress", "1.14"),
        removal("policy/v1beta1", "PodSecurityPolicy", "1.25", "", "1.21"),
        removal("autoscaling/v2beta2", "HorizontalPodAutoscaler", "1.26", "autoscaling/v2 HorizontalPodAutoscaler"),
    ),
    removals=shipped_catalog().removals,
    addons=shipped_catalog().addons,
    addon_versions=shipped_catalog().addon_versions,
    served_apis=shipped_catalog().served_apis,
    custom_groups=shipped_catalog().custom_groups,
    storage_ports=shipped_catalog().storage_ports,
    sources=(Source(tag="K8S", title="Kubernetes"),),
    system_namespaces=("kube-system", "kube-public", "kube-node-lease"),
    platform_objects=(),
    node_defaults=(
        NodeDefaults(category=SettingCategory.SYSCTL, values={"vm.max_map_count": "65530"}, sources=("K8S",)),
        NodeDefaults(
            category=SettingCategory.SYSCTL,
            values={"net.core.somaxconn": "128"},
            kernel_before=Minor(5, 4),
            sources=("K8S",),
        ),
    ),
    platform_made=(PlatformMade(category=SettingCategory.SYSTEM, patterns=("mount /var .*",), sources=("K8S",)),),
)


@cache
def _healthy() -> dict[str, Any]:
    return yaml.safe_load((HERE / "healthy.yaml").read_text("utf-8"))


def snapshot_of(given: dict[str, Any] | None = None) -> Snapshot:
    """The healthy snapshot with the sections in ``given``.

    A key replaces its section, ``key+`` appends to it, ``cluster`` is merged, ``absent`` names sections not looked at.
    ``manifests`` are objects as kubectl writes them, ``seen`` kinds that were asked for and of which there is none,
    ``refused`` kinds that the cluster did not tell;
    of both the healthy cluster's own are left out. Other objects have next to no content, and those of the kinds in
    ``named_only`` none.
    """
    facts = dict(_healthy())
    given = dict(given or {})
    absent = given.pop("absent", [])
    asked = ("manifests", "seen", "refused", "named_only")
    bodies, seen, refused, named_only = (list(given.pop(key, [])) for key in asked)
    for key, value in given.items():
        if key == "cluster":
            facts[key] = {**facts[key], **value}
        elif key.endswith("+"):
            facts[key[:-1]] = facts.get(key[:-1], []) + value
        else:
            facts[key] = value
    facts["coverage"] = [{"section": s.value, "read": s.value not in absent} for s in Section]
    kinds = sorted({*seen, *(b["kind"] for b in bodies)})
    of_all = {"kinds": kinds, "refused": refused}
    facts["coverage"] = [c | (of_all if c["section"] == "objects" else {}) for c in facts["coverage"]]
    snapshot = msgspec.convert(facts, Snapshot)
    objects = tuple(KubeObject(ref=ref_of(b), file="objects.yaml", document=1) for b in bodies)
    others = tuple(o for o in snapshot.objects if o.ref.kind not in kinds)
    bodies += [body_of(o.ref) for o in others if not o.owner and o.ref.kind not in named_only]
    kept = tuple(m for b in bodies if (m := manifest_of(ref_of(b), b, has_credentials=False)))
    return msgspec.structs.replace(snapshot, manifests=kept, objects=(*others, *objects))


def body_of(ref: ObjectRef) -> dict[str, Any]:
    meta = {"name": ref.name} | ({"namespace": ref.namespace} if ref.namespace else {})
    return {"apiVersion": ref.api_version, "kind": ref.kind, "metadata": meta}


def ref_of(body: dict[str, Any]) -> ObjectRef:
    meta = body["metadata"]
    return ObjectRef(
        api_version=body["apiVersion"], kind=body["kind"], namespace=meta.get("namespace", ""), name=meta["name"]
    )


def context_of(
    snapshot: Snapshot,
    source: str = "v1.21.7-r0",
    target: str = "v1.23.8-r0",
    strategy: str = "migrate",
    catalog: Catalog = CATALOG,
    profile: str = "",
) -> CheckContext:
    """With ``profile`` the path is that of the shipped table, with the risks of its hops; else one without hops."""
    old, new = Version.parse(source), Version.parse(target)
    path = PathResult(source=old, target=new, profile="ctyun", found=True)
    if profile:
        path = find_path(old, new, shipped_catalog(), profile, snapshot)
    return CheckContext(
        snapshot=snapshot, catalog=catalog, source=old, target=new, strategy=Strategy(strategy), path=path
    )


def case_files() -> list[Path]:
    return sorted((HERE / "cases").glob("*.yaml"))


@cache
def cases() -> list[tuple[str, str, dict[str, Any]]]:
    """Every case as (code, name, content)."""
    return [
        (file.stem, name, case)
        for file in case_files()
        for name, case in yaml.safe_load(file.read_text("utf-8")).items()
    ]


def given_of(case: dict[str, Any]) -> dict[str, Any]:
    """The sections that a case changes; ``repeat`` makes one of them long."""
    given = dict(case.get("given", {}))
    if repeat := case.get("repeat"):
        numbers = range(repeat["times"])
        given[repeat["section"]] = [
            {key: value.format(number=n) for key, value in repeat["item"].items()} for n in numbers
        ]
    return given


def answers_of(code: str, case: dict[str, Any]) -> tuple[Attestation, ...]:
    return (Attestation(check=code, answer=Outcome(case["answer"])),) if "answer" in case else ()

"""The new cluster against the old one: what is missing, other, more, and what nobody looked at."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import orjson
import pytest

from migrator.catalog.loader import shipped_catalog
from migrator.engine import Request, assess, compile_runbook
from migrator.locale import LANGS, Lang
from migrator.reconcile import Area, Item, Reconciliation, State, Verdict, moved_image, reconcile, same_cluster
from migrator.render import FORMATS
from migrator.render.document import Grid
from migrator.render.reconciliation import (
    reconciliation_blocks,
    reconciliation_json,
    reconciliation_text,
    with_reconciliation,
)
from tests.unit.cli.run import run
from tests.unit.snapshot.helpers import deployment, kube, listed, read

REGISTRIES = (("old.example.com/shop", "new.example.com/mall"),)
Objects = dict[str, dict[str, Any]]


def namespace_of_platform(uid: str) -> dict[str, Any]:
    return kube("Namespace", "kube-system", uid=uid)


def container(image: str) -> dict[str, Any]:
    return {"containers": [{"name": "a", "image": image}]}


def disk(name: str, handle: str, claim: str) -> dict[str, Any]:
    return kube(
        "PersistentVolume",
        name,
        spec={
            "csi": {"driver": "disk.csi.everest.io", "volumeHandle": handle},
            "accessModes": ["ReadWriteOnce"],
            "capacity": {"storage": "10Gi"},
            "claimRef": {"namespace": "shop", "name": claim},
        },
    )


def bound(name: str, volume: str) -> dict[str, Any]:
    spec = {"volumeName": volume, "accessModes": ["ReadWriteOnce"]}
    return kube("PersistentVolumeClaim", name, "shop", spec=spec, status={"phase": "Bound"})


def stateful_set() -> dict[str, Any]:
    template = {"metadata": {"labels": {"app": "db"}}, "spec": container("old.example.com/shop/db:1")}
    spec = {
        "replicas": 1,
        "serviceName": "db",
        "selector": {"matchLabels": {"app": "db"}},
        "template": template,
        "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"]}}],
    }
    status = {"replicas": 1, "readyReplicas": 1}
    return kube("StatefulSet", "db", "shop", "apps/v1", spec=spec, status=status)


def service(name: str, address: str = "") -> dict[str, Any]:
    spec = {
        "type": "LoadBalancer" if address else "ClusterIP",
        "selector": {"app": name},
        "ports": [{"port": 80, "targetPort": 8080, "nodePort": 30080}],
        "clusterIP": "10.247.0.9",
    }
    status = {"loadBalancer": {"ingress": [{"ip": address}]}} if address else {}
    return kube("Service", name, "shop", spec=spec, status=status)


def ingress(api: str = "networking.k8s.io/v1") -> dict[str, Any]:
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    if api != "networking.k8s.io/v1":
        backend = {"serviceName": "web", "servicePort": 80}  # type: ignore[dict-item]
    rule = {"host": "shop.example.com", "http": {"paths": [{"path": "/", "backend": backend}]}}
    return kube("Ingress", "web", "shop", api, spec={"rules": [rule]})


def old_cluster() -> Objects:
    return {
        "system": namespace_of_platform("uid-old"),
        "namespace": kube("Namespace", "shop"),
        "web": deployment(
            "web",
            pods=container("old.example.com/shop/web:1"),
            spec={"replicas": 3},
            status={"replicas": 3, "readyReplicas": 3},
        ),
        "db": stateful_set(),
        "dns": deployment("coredns", "kube-system"),
        "claim": bound("data-db-0", "pvc-old"),
        "volume": disk("pvc-old", "disk-1", "data-db-0"),
        "service": service("web", "192.0.2.1"),
        "own": kube("Service", "kubernetes", "default", spec={"clusterIP": "10.247.0.1"}),
        "ingress": ingress("extensions/v1beta1"),
        "config": kube("ConfigMap", "settings", "shop", data={"a": "1"}),
        "policy": kube("NetworkPolicy", "deny", "shop", "extensions/v1beta1", spec={}),
        "budget": kube("PodDisruptionBudget", "web", "shop", "policy/v1beta1", spec={}),
    }


def new_cluster() -> Objects:
    """The same business as it comes out in the new cluster."""
    objects = deepcopy(old_cluster())
    objects["system"] = namespace_of_platform("uid-new")
    objects["dns"] = deployment("coredns-new", "kube-system")
    for name in ("web", "db"):
        pods = objects[name]["spec"]["template"]["spec"]
        pods["containers"][0]["image"] = moved_image(pods["containers"][0]["image"], REGISTRIES)
    objects["volume"] = disk("pv-static", "disk-1", "data-db-0")
    objects["claim"] = bound("data-db-0", "pv-static")
    objects["service"] = service("web", "198.51.100.7")
    objects["service"]["spec"]["clusterIP"] = "10.1.2.3"
    objects["ingress"] = ingress()
    objects["policy"] = kube("NetworkPolicy", "deny", "shop", "networking.k8s.io/v1", spec={})
    objects["budget"] = kube("PodDisruptionBudget", "web", "shop", "policy/v1", spec={})
    return objects


def reconciled(new: Objects, old: Objects | None = None) -> Reconciliation:
    before, after = read(listed(*(old or old_cluster()).values())), read(listed(*new.values()))
    return reconcile(before, after, shipped_catalog(), REGISTRIES)


def items(found: Reconciliation) -> list[Item]:
    return [item for area in found.areas for item in area.items]


def told(found: Reconciliation) -> list[tuple[str, State, list[str]]]:
    return [(i.name, i.state, [m.field for m in i.mismatches]) for i in items(found)]


def test_a_business_that_has_moved_is_complete() -> None:
    found = reconciled(new_cluster())
    assert told(found) == []
    assert found.verdict is Verdict.COMPLETE
    assert {a.area: a.same for a in found.areas}[Area.WORKLOADS] == 2
    assert [(c.namespace, c.kind, c.old, c.new) for c in found.counts] == [
        ("shop", "Deployment", 1, 1),
        ("shop", "StatefulSet", 1, 1),
    ]


def test_addresses_stand_old_beside_new() -> None:
    entrances = {(e.kind, e.name): e for e in reconciled(new_cluster()).entrances}
    assert entrances["Service", "web"].old == ("192.0.2.1",)
    assert entrances["Service", "web"].new == ("198.51.100.7",)
    assert entrances["Ingress", "web"].hosts == ("shop.example.com",)


def _replicas(o: Objects) -> None:
    o["web"]["spec"]["replicas"] = 1
    o["web"]["status"] = {"replicas": 1, "readyReplicas": 1}


def _not_ready(o: Objects) -> None:
    o["web"]["status"] = {"replicas": 3, "readyReplicas": 1}


def _old_image(o: Objects) -> None:
    o["web"]["spec"]["template"]["spec"]["containers"][0]["image"] = "old.example.com/shop/web:1"


def _other_disk(o: Objects) -> None:
    o["volume"] = disk("pv-static", "disk-new-and-empty", "data-db-0")


def _pending(o: Objects) -> None:
    o["claim"]["status"] = {"phase": "Pending"}


def _no_address(o: Objects) -> None:
    o["service"]["status"] = {}


def _other_port(o: Objects) -> None:
    o["service"]["spec"]["ports"][0]["targetPort"] = 9090


def _other_host(o: Objects) -> None:
    o["ingress"]["spec"]["rules"][0]["host"] = "mall.example.com"


def _fewer_keys(o: Objects) -> None:
    o["config"]["data"] = {"b": "1"}


@pytest.mark.parametrize(
    ("change", "name", "fields"),
    [
        (_replicas, "web", ["replicas"]),
        (_not_ready, "web", ["ready"]),
        (_old_image, "web", ["images"]),
        (_pending, "data-db-0", ["phase"]),
        (_no_address, "web", ["addresses"]),
        (_other_port, "web", ["ports"]),
        (_other_host, "web", ["routes"]),
        (_fewer_keys, "settings", ["keys"]),
    ],
)
def test_what_is_other_is_told(change: Callable[[Objects], None], name: str, fields: list[str]) -> None:
    new = new_cluster()
    change(new)
    found = reconciled(new)
    assert told(found) == [(name, State.DIFFERENT, fields)]
    assert found.verdict is Verdict.FAILED


def test_a_claim_on_another_disk_is_told_and_so_is_the_disk_that_nobody_brought() -> None:
    new = new_cluster()
    _other_disk(new)
    assert told(reconciled(new)) == [
        ("data-db-0", State.DIFFERENT, ["storage"]),
        ("pvc-old", State.MISSING, []),
    ]


@pytest.mark.parametrize("key", ["web", "db", "claim", "service", "ingress", "config", "policy", "budget"])
def test_what_is_missing_is_told(key: str) -> None:
    new = new_cluster()
    gone = new.pop(key)
    found = [i for i in items(reconciled(new)) if i.state is State.MISSING]
    assert [(i.kind, i.name) for i in found] == [(gone["kind"], gone["metadata"]["name"])] or _was_alone(key, new)


def _was_alone(key: str, new: Objects) -> bool:
    """The last object of a kind: an export without it may as well not have looked, and says so."""
    kinds = [o["kind"] for o in new.values()]
    untold = [i for i in items(reconciled(new)) if i.state is State.UNTOLD]
    return old_cluster()[key]["kind"] not in kinds and len(untold) == 1


def test_the_claim_of_a_stateful_set_says_whose_it_is() -> None:
    new = new_cluster() | {"other": bound("other", "pv-other"), "claim": bound("data-db-1", "pv-static")}
    missing = next(i for i in items(reconciled(new)) if i.state is State.MISSING)
    assert (missing.name, missing.belongs_to) == ("data-db-0", "shop/StatefulSet/db")


def test_what_the_new_cluster_has_besides_is_extra_and_no_failure() -> None:
    found = reconciled(new_cluster() | {"more": deployment("debug", "shop")})
    assert told(found) == [("debug", State.EXTRA, [])]
    assert found.verdict is Verdict.INCOMPLETE


def test_a_claim_in_place_of_a_volume_that_the_pods_mounted_themselves_is_what_was_meant() -> None:
    source = {"driver": "huawei.com/fuxinfs", "options": {"volumeID": "share-1"}}
    old, new = (o | {"api": deployment("api", "shop")} for o in (old_cluster(), new_cluster()))
    pods = [o["api"]["spec"]["template"]["spec"] for o in (old, new)]
    pods[0]["volumes"] = [{"name": "data", "flexVolume": source}]
    pods[1]["volumes"] = [{"name": "data", "persistentVolumeClaim": {"claimName": "api-data"}}]
    new["api-claim"] = bound("api-data", "shop-api-data")

    assert told(reconciled(new, old)) == []


def test_what_an_export_did_not_look_at_is_not_missing() -> None:
    new = new_cluster()
    del new["ingress"]
    found = reconciled(new)
    assert told(found) == [("web", State.UNTOLD, [])]
    assert found.verdict is Verdict.INCOMPLETE
    assert [a.area for a in found.areas if not a.comparable] == [Area.INGRESSES]


def test_what_was_not_ready_before_need_not_be_ready_after() -> None:
    old, new = old_cluster(), new_cluster()
    for objects in (old, new):
        objects["web"]["status"] = {"replicas": 3, "readyReplicas": 1}
    assert told(reconciled(new, old)) == []


@pytest.mark.parametrize(
    ("image", "moved"),
    [
        ("old.example.com/shop/web:1", "new.example.com/mall/web:1"),
        ("old.example.com/shopping/web:1", "b.example.com/shopping/web:1"),
        ("old.example.com/other/web@sha256:ab", "b.example.com/other/web@sha256:ab"),
        ("nginx:1", "nginx:1"),
        ("redis:5", "c.example.com/redis:5"),
        ("redis:5000/web", "redis:5000/web"),
    ],
)
def test_images_move_by_the_longest_beginning(image: str, moved: str) -> None:
    assert (
        moved_image(image, (("old.example.com", "b.example.com"), ("redis", "c.example.com/redis"), *REGISTRIES))
        == moved
    )


def test_clusters_are_known_by_what_no_two_share() -> None:
    old, new = read(listed(*old_cluster().values())), read(listed(*new_cluster().values()))
    assert same_cluster(old, old) is True
    assert same_cluster(old, new) is False
    assert same_cluster(old, read(deployment("a"))) is None


@pytest.mark.parametrize("lang", LANGS)
def test_it_is_written_for_people_programs_and_documents(lang: Lang) -> None:
    new = new_cluster()
    _other_disk(new)
    new["evil"] = deployment("debug", "shop", spec={"replicas": 1})
    found = reconciled(new)
    shown = reconciliation_text(found, lang)
    assert "disk-new-and-empty" in shown
    assert "198.51.100.7" in shown
    told = orjson.loads(reconciliation_json(found, lang))
    assert told["verdict"] == "failed"
    assert [i["name"] for a in told["areas"] for i in a["items"]] == [
        "debug",
        "data-db-0",
        "pvc-old",
    ]
    grids = [b for b in reconciliation_blocks(found, lang) if isinstance(b, Grid)]
    assert [len(g.rows) for g in grids] == [8, 2, 3, 2]


@pytest.mark.parametrize("lang", LANGS)
def test_it_is_an_appendix_of_every_document(lang: Lang) -> None:
    new = new_cluster()
    _other_disk(new)
    old = read(listed(*old_cluster().values()))
    assessment = assess(old, Request(target="1.25", source="v1.15.11-r1"))
    runbook = compile_runbook(old, assessment)
    appended = with_reconciliation(runbook, reconciled(new))
    for name in ("md", "html", "json"):
        shown = FORMATS[name].render(appended, lang).decode()
        assert "disk-new-and-empty" in shown
        assert "disk-new-and-empty" not in FORMATS[name].render(runbook, lang).decode()
    assert FORMATS["xlsx"].render(appended, lang) != FORMATS["xlsx"].render(runbook, lang)


def test_the_command_line_reconciles_two_clusters_by_itself(tmp_path: Path) -> None:
    new = new_cluster()
    for name, objects in (("old", old_cluster()), ("same", new), ("less", {**new, "web": deployment("else")})):
        (tmp_path / f"{name}.json").write_text(json.dumps(listed(*objects.values())))
    old, same, less = (tmp_path / f"{n}.json" for n in ("old", "same", "less"))
    moved = ("--registries", "old.example.com/shop=new.example.com/mall")

    done = run("compare", old, same, *moved)
    assert (done.code, "complete" in done.out) == (0, True)
    assert "--as cluster" in done.err
    assert run("compare", old, less, *moved).code == 1
    assert run("compare", old, same).code == 1  # the images are others
    assert run("compare", old, same, "--as", "cluster").code == 2
    assert run("compare", old, old, "--as", "migration").code == 0
    assert run("compare", old, same, "--registries", "nothing").code == 3

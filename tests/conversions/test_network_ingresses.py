"""Ingresses of every API version for targets before and after 1.19 and 1.23."""

from __future__ import annotations

import json
from typing import Any

import pytest

from migrator.conversion.model import Options
from migrator.conversion.network import convert_ingress, convert_ingress_class, target_class
from migrator.snapshot.model import LoadBalancerKind, ObjectRef
from migrator.versions import Version
from tests.conversions.support import keys, open_keys

ELB = "kubernetes.io/elb."
CLASS = "kubernetes.io/ingress.class"
V1, BETA, OLD = "networking.k8s.io/v1", "networking.k8s.io/v1beta1", "extensions/v1beta1"


def ingress(api: str, annotations: dict[str, str], **spec: Any) -> dict[str, Any]:
    meta = {"name": "web", "namespace": "shop", "annotations": annotations}
    return {"apiVersion": api, "kind": "Ingress", "metadata": meta, "spec": spec, "status": {"loadBalancer": {}}}


def converted(body: dict[str, Any], target: str = "1.25") -> tuple[dict[str, Any], Any]:
    version = Version.parse(target)
    ref = ObjectRef(api_version=body["apiVersion"], kind="Ingress", namespace="shop", name="web")
    made = convert_ingress(ref, body, version, Options(), kind=LoadBalancerKind.CLASSIC)
    again = convert_ingress(ref, made.body, version, Options(), kind=LoadBalancerKind.SHARED)
    assert again.body == made.body
    return made.body, made.notes


def old_path(service: str, port: Any, **more: Any) -> dict[str, Any]:
    return {**more, "backend": {"serviceName": service, "servicePort": port}}


def new_backend(service: str, **port: Any) -> dict[str, Any]:
    return {"service": {"name": service, "port": port}}


RULES = [
    {
        "host": "a.example.com",
        "http": {
            "paths": [
                old_path("web", 80, path="/"),
                old_path(
                    "api", "8080", path="/api", property={"ingress.beta.kubernetes.io/url-match-mode": "EQUAL_TO"}
                ),
                old_path("named", "http"),
                old_path("exact", 80, path="/x", pathType="Exact"),
                {
                    "path": "/files",
                    "backend": {"resource": {"apiGroup": "k.example.com", "kind": "Bucket", "name": "b"}},
                },
            ]
        },
    },
    {"host": "b.example.com"},
    {"host": "c.example.com", "http": {"paths": []}},
]


@pytest.mark.parametrize("api", [BETA, OLD])
def test_for_the_api_of_today(api: str) -> None:
    tls = [{"hosts": ["a.example.com"], "secretName": "cert"}]
    default = {"serviceName": "fallback", "servicePort": 80}
    made, notes = converted(
        ingress(api, {CLASS: "cce", f"{ELB}id": "old", f"{ELB}ip": "1.2.3.4"}, tls=tls, backend=default, rules=RULES)
    )
    assert made["apiVersion"] == V1
    assert made["spec"] == {
        "ingressClassName": "cce",
        "tls": tls,
        "defaultBackend": new_backend("fallback", number=80),
        "rules": [
            {
                "host": "a.example.com",
                "http": {
                    "paths": [
                        {"path": "/", "pathType": "ImplementationSpecific", "backend": new_backend("web", number=80)},
                        {
                            "path": "/api",
                            "pathType": "ImplementationSpecific",
                            "backend": new_backend("api", number=8080),
                        },
                        {
                            "path": "/",
                            "pathType": "ImplementationSpecific",
                            "backend": new_backend("named", name="http"),
                        },
                        {"path": "/x", "pathType": "Exact", "backend": new_backend("exact", number=80)},
                        {
                            "path": "/files",
                            "pathType": "ImplementationSpecific",
                            "backend": {"resource": {"apiGroup": "k.example.com", "kind": "Bucket", "name": "b"}},
                        },
                    ]
                },
            },
            {"host": "b.example.com"},
            {"host": "c.example.com"},
        ],
    }
    annotations = made["metadata"]["annotations"]
    modes = json.loads(annotations.pop("kubernetes.io/ingress.property"))
    assert modes == [{"host": "a.example.com", "path": "/api", "matchmode": "EQUAL_TO"}]
    assert annotations == {f"{ELB}class": "union", f"{ELB}id": "FILL-IN", f"{ELB}port": "443"}
    assert "status" not in made
    assert open_keys(notes) == ["balancer_id_union"]
    assert "tls_secrets" in keys(notes)


@pytest.mark.parametrize(
    ("target", "api", "field", "annotated"),
    [
        ("1.13", OLD, None, "cce"),
        ("1.17", BETA, None, "cce"),
        ("1.19", V1, None, "cce"),
        ("1.21", V1, None, "cce"),
        ("1.23", V1, "cce", None),
        ("1.31", V1, "cce", None),
    ],
)
@pytest.mark.parametrize("given", ["annotation", "field"])
def test_where_the_class_is_written(
    target: str, api: str, field: str | None, annotated: str | None, given: str
) -> None:
    rules = [{"http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": new_backend("web", number=80)}]}}]
    by_field = {"ingressClassName": "cce"} if given == "field" else {}
    by_annotation = {CLASS: "cce"} if given == "annotation" else {}
    made, _ = converted(ingress(V1, by_annotation, rules=rules, **by_field), target)
    assert made["apiVersion"] == api
    assert made["spec"].get("ingressClassName") == field
    assert made["metadata"]["annotations"].get(CLASS) == annotated


def test_an_earlier_api_takes_the_backend_back() -> None:
    rules = [
        {
            "http": {
                "paths": [
                    {"path": "/", "pathType": "Prefix", "backend": new_backend("web", number=80)},
                    {"path": "/n", "pathType": "ImplementationSpecific", "backend": new_backend("web", name="http")},
                ]
            }
        }
    ]
    made, notes = converted(ingress(V1, {CLASS: "cce"}, rules=rules, defaultBackend=new_backend("d", number=1)), "1.17")
    assert made["spec"] == {
        "backend": {"serviceName": "d", "servicePort": 1},
        "rules": [
            {
                "http": {
                    "paths": [
                        {"path": "/", "backend": {"serviceName": "web", "servicePort": 80}},
                        {"path": "/n", "backend": {"serviceName": "web", "servicePort": "http"}},
                    ]
                }
            }
        ],
    }
    assert "path_type" in open_keys(notes)


@pytest.mark.parametrize(
    ("old", "elb", "wanted"),
    [
        ("cce", True, "cce"),
        ("", False, "cce"),
        ("gce", False, "cce"),
        ("nginx", False, "nginx"),
        ("team-nginx", True, "team-nginx"),
        ("traefik", False, "traefik"),
        ("traefik", True, "cce"),
    ],
)
def test_the_class_in_the_new_cluster(old: str, elb: bool, wanted: str) -> None:
    assert target_class(old, has_elb=elb) == wanted


def test_an_ingress_of_nginx_stays_one() -> None:
    given = {CLASS: "nginx", "nginx.ingress.kubernetes.io/rewrite-target": "/"}
    made, notes = converted(ingress(BETA, given, rules=RULES[:1]))
    assert made["metadata"]["annotations"] == {"nginx.ingress.kubernetes.io/rewrite-target": "/"}
    assert made["spec"]["ingressClassName"] == "nginx"
    assert "property" not in json.dumps(made)
    assert open_keys(notes) == ["controller"]


def test_a_change_of_the_controller_is_told() -> None:
    made, notes = converted(ingress(BETA, {CLASS: "gce", "networking.gke.io/managed-certificates": "c"}, rules=[]))
    assert made["metadata"]["annotations"]["networking.gke.io/managed-certificates"] == "c"
    assert {"class_changed", "annotations_foreign"} <= set(keys(notes))


@pytest.mark.parametrize(
    ("cls", "path", "told"),
    [("alb", "/*", True), ("gce", "/a/*", True), ("gce", "/a", False), ("cce", "/*", False), ("nginx", "/*", False)],
)
def test_a_star_behind_the_last_slash_is_of_other_clouds(cls: str, path: str, told: bool) -> None:
    paths = [{"path": path, "backend": {"serviceName": "web", "servicePort": 80}}]
    made, notes = converted(ingress(BETA, {CLASS: cls}, rules=[{"http": {"paths": paths}}]))
    assert made["spec"]["rules"][0]["http"]["paths"][0]["path"] == path
    assert ("path_patterns" in open_keys(notes)) is told


@pytest.mark.parametrize(("target", "api"), [("1.18", BETA), ("1.25", V1)])
def test_classes(target: str, api: str) -> None:
    ref = ObjectRef(api_version=BETA, kind="IngressClass", name="traefik")
    body = {
        "apiVersion": BETA,
        "kind": "IngressClass",
        "metadata": {"name": "traefik"},
        "spec": {"controller": "traefik.io/ingress-controller"},
    }
    made, reason = convert_ingress_class(ref, body, Version.parse(target))
    assert reason is None
    assert made
    assert made.body == {**body, "apiVersion": api}
    assert open_keys(made.notes) == ["class_controller"]


@pytest.mark.parametrize(("name", "target", "why"), [("cce", "1.25", "platform"), ("traefik", "1.17", "unknown")])
def test_classes_that_are_left_out(name: str, target: str, why: str) -> None:
    ref = ObjectRef(api_version=BETA, kind="IngressClass", name=name)
    made, reason = convert_ingress_class(ref, {}, Version.parse(target))
    assert made is None
    assert reason
    assert reason.key == f"network.left_out.class_{why}"

"""Services and Endpoints of old clusters for the new one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from migrator.conversion.model import Options
from migrator.conversion.network import convert_endpoints, convert_service
from migrator.conversion.network.balancers import reached
from migrator.snapshot.model import LoadBalancerKind, ObjectRef
from migrator.versions import Version
from tests.conversions.support import an, keys, open_keys

REF = ObjectRef(api_version="v1", kind="Service", namespace="shop", name="web")
ELB = "kubernetes.io/elb."
PORT = {"name": "http", "port": 80, "protocol": "TCP", "targetPort": 8080, "nodePort": 31000}


def service(annotations: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    meta = {"name": "web", "namespace": "shop", "annotations": annotations or {}}
    fixed = {"type": "ClusterIP", "selector": {"app": "web"}, "ports": [PORT], "clusterIP": "10.247.1.2"}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": meta,
        "spec": {
            **fixed,
            "clusterIPs": ["10.247.1.2"],
            "ipFamilies": ["IPv4"],
            "ipFamilyPolicy": "SingleStack",
            **spec,
        },
        "status": {"loadBalancer": {"ingress": [{"ip": "203.0.113.8"}]}},
    }


def converted(body: dict[str, Any], target: str = "1.25", **options: Any) -> tuple[dict[str, Any], Any]:
    kind = options.pop("kind", None)
    public = options.pop("public", None)
    made = convert_service(REF, body, Version.parse(target), Options(**options), kind=kind, public=public)
    again = convert_service(REF, made.body, Version.parse(target), Options(**options), kind=_second(made.body, kind))
    assert again.body == made.body
    return made.body, made.notes


def _second(body: dict[str, Any], kind: LoadBalancerKind | None) -> LoadBalancerKind | None:
    """What reading the converted object tells of its load balancer."""
    told = body["metadata"].get("annotations", {}).get(f"{ELB}class")
    return {"union": LoadBalancerKind.SHARED, "performance": LoadBalancerKind.DEDICATED}.get(told, kind)


def test_nothing_of_the_old_network_is_left() -> None:
    made, notes = converted(
        service(
            type="LoadBalancer",
            healthCheckNodePort=31001,
            loadBalancerIP="203.0.113.8",
            sessionAffinity="ClientIP",
            sessionAffinityConfig={"clientIP": {"timeoutSeconds": 60}},
            externalTrafficPolicy="Local",
            loadBalancerSourceRanges=["198.51.100.0/24"],
        ),
        kind=LoadBalancerKind.CLASSIC,
    )
    assert made["spec"] == {
        "type": "LoadBalancer",
        "selector": {"app": "web"},
        "ports": [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": 8080}],
        "sessionAffinity": "ClientIP",
        "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 60}},
        "externalTrafficPolicy": "Local",
        "loadBalancerSourceRanges": ["198.51.100.0/24"],
    }
    assert "status" not in made
    assert made["metadata"]["annotations"] == {f"{ELB}class": "union", f"{ELB}id": "FILL-IN"}
    assert open_keys(notes) == ["balancer_id_union"]


@pytest.mark.parametrize(
    ("spec", "kept"),
    [
        ({"type": "ClusterIP"}, {"type": "ClusterIP"}),
        ({"type": "ClusterIP", "clusterIP": "None"}, {"type": "ClusterIP", "clusterIP": "None"}),
        ({"type": "ClusterIP", "externalTrafficPolicy": "Cluster"}, {"type": "ClusterIP"}),
        (
            {"type": "ExternalName", "externalName": "db.example.com", "selector": None, "ports": []},
            {"type": "ExternalName", "externalName": "db.example.com", "selector": None},
        ),
    ],
    ids=["plain", "headless", "policy of another type", "external name"],
)
def test_services_inside_the_cluster(spec: dict[str, Any], kept: dict[str, Any]) -> None:
    made, notes = converted(service(**spec))
    ports = made["spec"].pop("ports")
    assert made["spec"] == {"selector": {"app": "web"}, **kept}
    assert all("nodePort" not in port for port in ports)
    assert notes == ()


def test_clients_of_a_node_port_find_it_again() -> None:
    made, _ = converted(service(type="NodePort", externalTrafficPolicy="Local"))
    assert made["spec"]["ports"] == [PORT]
    assert made["spec"]["externalTrafficPolicy"] == "Local"


def test_a_node_port_that_was_left_open_stays_so() -> None:
    made, _ = converted(service(type="NodePort", ports=[{**PORT, "nodePort": 0}]))
    assert "nodePort" not in made["spec"]["ports"][0]


@pytest.mark.parametrize(
    ("kind", "options", "elb_class"),
    [
        (LoadBalancerKind.CLASSIC, {}, "union"),
        (LoadBalancerKind.SHARED, {}, "union"),
        (LoadBalancerKind.OTHER, {}, "union"),
        (LoadBalancerKind.DEDICATED, {}, "performance"),
    ],
)
def test_a_load_balancer_given_by_id(kind: LoadBalancerKind, options: dict[str, str], elb_class: str) -> None:
    given = {f"{ELB}id": "old", f"{ELB}subnet-id": "s", f"{ELB}ip": "10.0.0.8", f"{ELB}mark": "0", "owner": "a"}
    made, notes = converted(service(given, type="LoadBalancer"), kind=kind, **options)
    assert made["metadata"]["annotations"] == {f"{ELB}class": elb_class, f"{ELB}id": "FILL-IN", "owner": "a"}
    assert open_keys(notes) == [f"balancer_id_{elb_class}"]
    assert notes[0].text.values["old"] == "old"


@pytest.mark.parametrize(
    ("public", "wanted"),
    [
        (False, {"type": "inner", "available_zone": ["FILL-IN"], "l4_flavor_name": "FILL-IN"}),
        (
            True,
            {
                "type": "public",
                "bandwidth_name": "FILL-IN",
                "bandwidth_chargemode": "traffic",
                "bandwidth_size": 5,
                "bandwidth_sharetype": "PER",
                "eip_type": "5_bgp",
                "available_zone": ["FILL-IN"],
                "l4_flavor_name": "FILL-IN",
            },
        ),
    ],
)
def test_classic_becomes_dedicated_where_people_want_it(public: bool, wanted: dict[str, Any]) -> None:
    body = service({f"{ELB}id": "old"}, type="LoadBalancer")
    made, notes = converted(body, kind=LoadBalancerKind.CLASSIC, balancer="dedicated", public=public)
    annotations = made["metadata"]["annotations"]
    assert json.loads(annotations.pop(f"{ELB}autocreate")) == wanted
    assert annotations == {f"{ELB}class": "performance"}
    assert open_keys(notes) == ["balancer_specification"]


def test_early_targets_have_no_dedicated_ones() -> None:
    body = service({f"{ELB}id": "old"}, type="LoadBalancer")
    made, _ = converted(body, "1.15", kind=LoadBalancerKind.CLASSIC, balancer="dedicated")
    assert made["metadata"]["annotations"][f"{ELB}class"] == "union"


SPECIFICATION = {"type": "public", "bandwidth_name": "b", "bandwidth_size": 5, "eip_type": "5_bgp"}


@pytest.mark.parametrize(
    ("kind", "old", "new", "notes"),
    [
        (LoadBalancerKind.SHARED, SPECIFICATION, SPECIFICATION, ["balancer_made"]),
        (
            LoadBalancerKind.SHARED,
            {**SPECIFICATION, "vip_address": "10.0.0.8", "available_zone": ["az-1"]},
            SPECIFICATION,
            ["balancer_made", "vip_address"],
        ),
        (
            LoadBalancerKind.DEDICATED,
            {**SPECIFICATION, "available_zone": ["az-1"], "l4_flavor_name": "small", "l7_flavor_name": ""},
            {**SPECIFICATION, "available_zone": ["az-1"], "l4_flavor_name": "small"},
            ["balancer_made"],
        ),
        (
            LoadBalancerKind.DEDICATED,
            {**SPECIFICATION, "available_zone": [""]},
            {**SPECIFICATION, "available_zone": ["FILL-IN"], "l4_flavor_name": "FILL-IN"},
            ["balancer_specification"],
        ),
    ],
)
def test_a_load_balancer_that_the_cluster_made_is_made_again(
    kind: LoadBalancerKind, old: dict[str, Any], new: dict[str, Any], notes: list[str]
) -> None:
    """With both annotations the id is that of the one that was made."""
    given = {
        f"{ELB}autocreate": json.dumps(old, indent=2),
        f"{ELB}id": "made",
        f"{ELB}eip-id": "e",
        f"{ELB}tags": "a=b",
    }
    made, said = converted(service(given, type="LoadBalancer"), kind=kind)
    annotations = made["metadata"]["annotations"]
    assert json.loads(annotations[f"{ELB}autocreate"]) == new
    assert f"{ELB}id" not in annotations
    assert f"{ELB}eip-id" not in annotations
    assert annotations[f"{ELB}tags"] == "a=b"
    assert keys(said) == notes


def test_a_specification_that_nobody_can_read_is_asked_for_anew() -> None:
    made, notes = converted(service({f"{ELB}autocreate": "{..."}, type="LoadBalancer"), kind=LoadBalancerKind.SHARED)
    assert made["metadata"]["annotations"] == {f"{ELB}class": "union", f"{ELB}id": "FILL-IN"}
    assert open_keys(notes) == ["balancer_id_union"]


def test_nat_rules_become_load_balancers() -> None:
    given = {f"{ELB}class": "dnat", "kubernetes.io/natgateway.id": "nat-1"}
    made, notes = converted(service(given, type="DNAT", loadBalancerIP="203.0.113.8"), kind=LoadBalancerKind.DNAT)
    assert made["spec"]["type"] == "LoadBalancer"
    assert made["metadata"]["annotations"] == {f"{ELB}class": "union", f"{ELB}id": "FILL-IN"}
    assert open_keys(notes) == ["balancer_id_union", "was_dnat"]


@pytest.mark.parametrize(
    ("target", "kept"),
    [
        ("1.17", set()),
        ("v1.19.16-r4", {"pass-through", "protocol-port"}),
        ("v1.19.16-r5", {"pass-through", "protocol-port", "health-check-options"}),
        ("1.21", {"pass-through", "protocol-port", "health-check-options"}),
        ("v1.23.11-r0", {"pass-through", "protocol-port", "health-check-options"}),
        ("v1.23.12-r0", {"pass-through", "protocol-port", "health-check-options", "acl-id"}),
        ("1.23", {"pass-through", "protocol-port", "health-check-options", "acl-id", "transparent-client-ip"}),
        ("v1.25.7-r0", {"pass-through", "protocol-port", "health-check-options", "acl-id"}),
        ("1.31", {"pass-through", "protocol-port", "health-check-options", "acl-id", "transparent-client-ip"}),
    ],
)
def test_annotations_that_the_target_does_not_know_are_dropped_and_told(target: str, kept: set[str]) -> None:
    names = ("pass-through", "protocol-port", "health-check-options", "acl-id", "transparent-client-ip")
    given = {f"{ELB}{name}": "x" for name in names} | {f"{ELB}lb-algorithm": "ROUND_ROBIN"}
    made, notes = converted(service(given, type="LoadBalancer"), target, kind=LoadBalancerKind.SHARED)
    left = {k.removeprefix(ELB) for k in made["metadata"]["annotations"]} - {"class", "id", "lb-algorithm"}
    assert left == kept
    dropped = [n.text.values["names"] for n in notes if n.text.key.endswith("annotations_dropped")]
    assert dropped == ([sorted(f"{ELB}{n}" for n in set(names) - kept)] if set(names) - kept else [])


def test_a_minor_without_a_row_has_what_came_before_it() -> None:
    since = ("1.23.12-r0", "1.25.7-r0")
    assert [reached(Version.parse(v), since) for v in ("1.21", "1.24", "v1.27.1-r0")] == [False, True, True]


@pytest.mark.parametrize(
    ("annotation", "value", "target", "wanted"),
    [
        ("service.alpha.kubernetes.io/tolerate-unready-endpoints", "true", "1.25", {"publishNotReadyAddresses": True}),
        ("service.alpha.kubernetes.io/tolerate-unready-endpoints", "false", "1.25", {}),
    ],
)
def test_annotations_that_became_fields(annotation: str, value: str, target: str, wanted: dict[str, Any]) -> None:
    made, _ = converted(service({annotation: value}), target)
    assert "annotations" not in made["metadata"]
    assert {k: made["spec"][k] for k in wanted} == wanted
    assert made["spec"].get("publishNotReadyAddresses") == wanted.get("publishNotReadyAddresses")


@pytest.mark.parametrize(("target", "name"), [("1.25", "topology-aware-hints"), ("1.27", "topology-mode")])
def test_hints_are_called_otherwise_later(target: str, name: str) -> None:
    made, _ = converted(service({"service.kubernetes.io/topology-aware-hints": "auto"}), target)
    ((key, value),) = made["metadata"]["annotations"].items()
    assert (key, value.lower()) == (f"service.kubernetes.io/{name}", "auto")


@pytest.mark.parametrize(
    ("spec", "field", "note"),
    [
        ({"externalIPs": ["192.0.2.9"]}, "externalIPs", "external_ips"),
        ({"topologyKeys": ["*"]}, "topologyKeys", "topology_keys"),
        ({"loadBalancerClass": "x.io/y"}, "loadBalancerClass", "balancer_class"),
    ],
)
def test_what_belongs_to_the_old_place_is_told(spec: dict[str, Any], field: str, note: str) -> None:
    made, notes = converted(service(**spec))
    assert field not in made["spec"]
    assert note in keys(notes)


def test_two_families_need_a_cluster_of_two() -> None:
    made, notes = converted(service(ipFamilies=["IPv4", "IPv6"], ipFamilyPolicy="RequireDualStack"))
    assert made["spec"]["ipFamilyPolicy"] == "RequireDualStack"
    assert "ipFamilies" not in made["spec"]
    assert open_keys(notes) == ["dual_stack"]


def test_annotations_of_other_clouds_are_kept_and_told() -> None:
    key = "service.beta.kubernetes.io/aws-load-balancer-type"
    made, notes = converted(service({key: "nlb"}, type="LoadBalancer"), kind=LoadBalancerKind.OTHER)
    assert made["metadata"]["annotations"][key] == "nlb"
    assert "annotations_foreign" in keys(notes)


def test_endpoints_written_by_hand() -> None:
    ref = ObjectRef(api_version="v1", kind="Endpoints", namespace="shop", name="db")
    body = {
        "apiVersion": "v1",
        "kind": "Endpoints",
        "metadata": {"name": "db", "namespace": "shop"},
        "subsets": [{"addresses": [{"ip": "10.0.0.5", "nodeName": "10.0.0.7"}], "ports": [{"port": 3306}]}],
    }
    made = convert_endpoints(ref, body)
    assert made.body["subsets"] == [{"addresses": [{"ip": "10.0.0.5"}], "ports": [{"port": 3306}]}]
    assert open_keys(made.notes) == ["endpoints"]
    assert convert_endpoints(ref, made.body).body == made.body


@pytest.mark.parametrize(
    ("families", "told"),
    [
        ({"ipFamily": "IPv6"}, True),
        ({"ipFamilies": ["IPv6"]}, True),
        ({"ipFamilies": ["IPv6", "IPv4"]}, True),
        ({"ipFamilies": ["IPv4", "IPv6"]}, False),
        ({"ipFamily": "IPv4"}, False),
        ({}, False),
    ],
)
def test_a_service_of_ipv6_is_told(converted: Any, families: dict[str, Any], told: bool) -> None:
    spec = {"clusterIP": "10.247.0.9", "selector": {"app": "web"}, "ports": [{"port": 80}], **families}
    made, bundle = converted(an("Service", "v1", spec=spec), "1.25")

    assert made["spec"] == {"selector": {"app": "web"}, "ports": [{"port": 80}]}
    assert ("network.note.first_family" in {n.text.key for n in bundle.notes}) is told


def test_the_first_names_of_session_stickiness_become_those_of_today() -> None:
    mode, option = "kubernetes.io/session-affinity-mode", "kubernetes.io/session-affinity-option"
    given = service(type="LoadBalancer", annotations={mode: "SOURCE_IP", option: '{"persistence_timeout":"15"}'})
    made, _ = converted(given, kind=LoadBalancerKind.SHARED)
    annotations = made["metadata"]["annotations"]
    assert annotations[f"{ELB}session-affinity-mode"] == "SOURCE_IP"
    assert annotations[f"{ELB}session-affinity-option"] == '{"persistence_timeout":"15"}'
    assert not annotations.keys() & {mode, option}

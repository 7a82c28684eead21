"""Objects that are easily lost: made by hand where controllers make most, hollow, unwritable, or of an unseen owner."""

from __future__ import annotations

from typing import Any

import pytest

from migrator.conversion.model import Bundle
from migrator.conversion.waves import INVALID
from tests.conversions.support import TEMPLATE, Manifest, an, keys, open_keys

MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
ENDPOINT = {
    "addresses": ["192.0.2.8"],
    "topology": {"kubernetes.io/hostname": "n1", "topology.kubernetes.io/zone": "az1"},
}


def endpoint_slice(name: str = "db-1", api: str = "discovery.k8s.io/v1beta1", **fields: Any) -> Manifest:
    labels = {"kubernetes.io/service-name": "db", **fields.pop("labels", {})}
    return an("EndpointSlice", api, name, metadata={"labels": labels}, addressType="IPv4", **fields)


def left_out(bundle: Bundle) -> dict[str, str]:
    return {f"{left.ref.kind}/{left.ref.name}": left.reason.key.rpartition(".")[2] for left in bundle.left_out}


def path_of(bundle: Bundle, kind: str) -> str:
    return next(f.path for f in bundle.files for ref in f.refs if ref.kind == kind)


@pytest.mark.parametrize(
    ("target", "api", "endpoint"),
    [
        ("1.29", "discovery.k8s.io/v1", {"addresses": ["192.0.2.8"], "zone": "az1"}),
        (
            "1.19",
            "discovery.k8s.io/v1beta1",
            {"addresses": ["192.0.2.8"], "topology": {"topology.kubernetes.io/zone": "az1"}},
        ),
    ],
)
def test_an_endpoint_slice_made_by_hand_comes_along(converted: Any, target: str, api: str, endpoint: Manifest) -> None:
    made, bundle = converted(endpoint_slice(endpoints=[ENDPOINT], ports=[{"port": 3306}]), target)

    assert made["apiVersion"] == api
    assert made["endpoints"] == [endpoint]
    assert path_of(bundle, "EndpointSlice") == "60-services/shop/endpointslice-db-1.yaml"
    assert "endpoints" in open_keys(bundle.notes)
    [note] = [n for n in bundle.notes if n.text.key.endswith(".endpoint_topology")]
    assert note.text.values["keys"] == ["kubernetes.io/hostname"]


def test_an_endpoint_slice_of_a_controller_stays_behind(converted: Any) -> None:
    by_label = endpoint_slice("a", labels={MANAGED_BY: "endpointslice-controller.k8s.io"}, endpoints=[ENDPOINT])
    by_pod = endpoint_slice("b", endpoints=[{"addresses": ["192.0.2.9"], "targetRef": {"kind": "Pod", "name": "p"}}])
    made, bundle = converted(by_label, "1.29", by_pod)

    assert made is None
    assert left_out(bundle) == {"EndpointSlice/a": "runtime", "EndpointSlice/b": "runtime"}


def test_a_network_policy_without_a_selector_still_chooses_every_pod(converted: Any) -> None:
    body = an("NetworkPolicy", "extensions/v1beta1", spec={"podSelector": None, "ingress": [{}]})
    made, _ = converted(body, "1.25")

    assert (made["apiVersion"], made["spec"]["podSelector"]) == ("networking.k8s.io/v1", {})


def test_an_alpha_runtime_class_keeps_overhead_and_scheduling(converted: Any) -> None:
    told = {"overhead": {"podFixed": {"cpu": "100m"}}, "scheduling": {"nodeSelector": {"kata": "true"}}}
    body = an("RuntimeClass", "node.k8s.io/v1alpha1", "kata", namespace="", spec={"runtimeHandler": "kata", **told})
    made, _ = converted(body, "1.25")

    assert {k: v for k, v in made.items() if k not in ("apiVersion", "kind", "metadata")} == {"handler": "kata", **told}


@pytest.mark.parametrize("odd", ["\x7f", "\x9b", "\uffff"])
def test_characters_that_kustomize_cannot_carry_set_the_manifest_aside(converted: Any, odd: str) -> None:
    body = an("ConfigMap", "v1", data={"motd": f"a{odd}b", "like": "\\u007f"})
    made, bundle = converted(body, "1.25")

    assert made["data"]["motd"] == f"a{odd}b"
    assert path_of(bundle, "ConfigMap").startswith(INVALID)
    note = next(n for n in bundle.notes if n.text.key.endswith("control_characters"))
    assert note.text.values["fields"] == ["data.motd"]


def test_texts_that_only_look_like_such_characters_stay(converted: Any) -> None:
    _, bundle = converted(an("ConfigMap", "v1", data={"a": "\\u007f", "b": "x = '\\u009b'\n", "c": "\x1b[0m"}), "1.25")

    assert not path_of(bundle, "ConfigMap").startswith(INVALID)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (an("Deployment", "apps/v1"), "spec"),
        (an("CronJob", "batch/v1beta1", spec=None), "spec"),
        (an("Ingress", "extensions/v1beta1", spec={"rules": []}), "spec.rules"),
    ],
)
def test_a_hollow_object_is_no_manifest_to_apply(converted: Any, body: Manifest, field: str) -> None:
    _, bundle = converted(body, "1.25")

    assert path_of(bundle, body["kind"]).startswith(INVALID)
    told = [n.text.values["reason"] for n in bundle.notes if n.text.key == "conversion.note.invalid"]
    assert [(reason.key, reason.values["field"]) for reason in told] == [("conversion.invalid.missing", field)]


def test_what_an_unseen_owner_controls_is_named(converted: Any) -> None:
    def of(kind: str, name: str) -> Manifest:
        return {"ownerReferences": [{"apiVersion": "x/v1", "kind": kind, "name": name, "uid": "9", "controller": True}]}

    spec = {"selector": {"matchLabels": {"app": "web"}}, "template": TEMPLATE}
    seen = an("Deployment", "apps/v1", "web", spec=spec)
    others = [
        an("ReplicaSet", "apps/v1", "web-1", metadata=of("Deployment", "web"), spec=spec),
        an("StatefulSet", "apps/v1", "es-a", metadata=of("Elasticsearch", "es"), spec=spec),
        an("StatefulSet", "apps/v1", "es-b", metadata=of("Elasticsearch", "es"), spec=spec),
        an("Pod", "v1", "proxy", metadata=of("Node", "n1"), spec=TEMPLATE["spec"]),
        an(
            "PersistentVolumeClaim",
            "v1",
            "data",
            metadata=of("Elasticsearch", "es"),
            spec={"accessModes": ["ReadWriteOnce"]},
        ),
    ]
    _, bundle = converted(seen, "1.25", *others)

    assert left_out(bundle) == {"StatefulSet/es-a": "owner_unseen"}
    assert bundle.left_out[0].reason.values == {"owner": "Elasticsearch/es", "count": 2}


def test_the_old_address_in_the_annotation_of_the_console_is_gone(converted: Any) -> None:
    annotations = {"service.protal.kubernetes.io/access-ip": "10.0.0.5:80", "service.protal.kubernetes.io/type": "x"}
    made, bundle = converted(
        an(
            "Service",
            "v1",
            metadata={"annotations": annotations},
            spec={"ports": [{"port": 80}], "selector": {"a": "b"}},
        ),
        "1.25",
    )

    assert made["metadata"]["annotations"] == {"service.protal.kubernetes.io/type": "x"}
    assert keys(bundle.notes) == ["namespace_added"]


@pytest.mark.parametrize("target", ["1.21", "1.25", "1.32"])
def test_quantities_written_as_numbers_become_the_texts_that_a_server_gives(converted: Any, target: str) -> None:
    resources = {"limits": {"cpu": 1.5, "memory": 1073741824}, "requests": {"cpu": "100m"}}
    pod = {"containers": [{"name": "web", "image": "nginx", "resources": resources}]}
    template = {"metadata": {"labels": {"app": "web"}}, "spec": pod}
    spec = {"selector": {"matchLabels": {"app": "web"}}, "template": template}
    quota = an("ResourceQuota", "v1", "q", spec={"hard": {"services.loadbalancers": 2}})
    made, bundle = converted(an("Deployment", "apps/v1", spec=spec), target, quota)

    got = made["spec"]["template"]["spec"]["containers"][0]["resources"]
    assert got == {"limits": {"cpu": "1.5", "memory": "1073741824"}, "requests": {"cpu": "100m"}}
    assert not [f.path for f in bundle.files if f.path.startswith(INVALID)]
    assert keys(bundle.notes) == ["namespace_added"]


def test_a_namespace_on_a_kind_that_has_none_is_dropped_and_kept_on_its_namesake(converted: Any) -> None:
    body = an("IngressClass", "networking.k8s.io/v1beta1", "own", spec={"controller": "example.com/own"})
    made, bundle = converted(body, "1.25", an("Node", "longhorn.io/v1beta1", "n1", namespace="longhorn", spec={}))

    assert "namespace" not in made["metadata"]
    paths = [f.path for f in bundle.files if f.refs]
    assert paths == [
        "10-cluster/ingressclass-own.yaml",
        "10-cluster/namespace-longhorn.yaml",
        "70-late/longhorn/node.longhorn.io-n1.yaml",
    ]


@pytest.mark.parametrize(
    ("provisioner", "told"), [("flexvolume-huawei.com/fuxivol", True), ("everest-csi-provisioner", False)]
)
def test_old_storage_classes_that_an_operator_would_ask_for_are_named(
    converted: Any, provisioner: str, told: bool
) -> None:
    template = {"spec": {"storageClassName": "ssd", "resources": {"requests": {"storage": "40Gi"}}}}
    body = an("Prometheus", "monitoring.coreos.com/v1", spec={"storage": {"volumeClaimTemplate": template}})
    own = an("StorageClass", "storage.k8s.io/v1", "ssd", namespace="", provisioner=provisioner)
    _, bundle = converted(body, "1.25", own)

    assert ("old_class" in open_keys(bundle.notes)) is told


def test_fields_that_cce_added_to_mounts_are_to_be_set_again(converted: Any) -> None:
    mount = {"name": "log", "mountPath": "/log", "extendPathMode": "PodUID", "policy": {"logs": {"rotate": "Hourly"}}}
    pod = {"containers": [{"name": "web", "image": "nginx", "volumeMounts": [{**mount, "own": 1}]}]}
    template = {"metadata": {"labels": {"app": "web"}}, "spec": pod}
    body = an("Deployment", "apps/v1", spec={"selector": {"matchLabels": {"app": "web"}}, "template": template})
    made, bundle = converted(body, "1.25")

    left = made["spec"]["template"]["spec"]["containers"][0]["volumeMounts"]
    assert left == [{"name": "log", "mountPath": "/log"}]
    told = {n.text.key.rpartition(".")[2]: n.text.values["fields"] for n in bundle.notes if "fields" in n.text.values}
    place = "spec.template.spec.containers[0].volumeMounts[0]"
    assert told == {"cce_fields": [f"{place}.extendPathMode", f"{place}.policy"], "fields_dropped": [f"{place}.own"]}


def test_a_waiting_claim_and_a_template_keep_their_key(converted: Any) -> None:
    annotations = {
        "volume.beta.kubernetes.io/storage-class": "ssd",
        "volume.alpha.kubernetes.io/storage-class": "default",
        "paas.storage.io/cryptKeyId": "key-1",
    }
    asked = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Gi"}}}
    claim = an("PersistentVolumeClaim", "v1", "data", metadata={"annotations": annotations}, spec=asked)
    templates = [{"metadata": {"name": "db", "annotations": annotations}, "spec": asked}]
    spec = {"serviceName": "db", "selector": {"matchLabels": {"app": "web"}}, "template": TEMPLATE}
    workload = an("StatefulSet", "apps/v1", "db", spec={**spec, "volumeClaimTemplates": templates})
    wanted = {"everest.io/disk-volume-type": "SSD", "everest.io/crypt-key-id": "key-1"}

    made, _ = converted(claim, "1.25", workload)
    assert made["metadata"]["annotations"] == wanted
    made, _ = converted(workload, "1.25", claim)
    assert made["spec"]["volumeClaimTemplates"][0]["metadata"]["annotations"] == wanted


def test_the_secret_of_a_flexvolume_bucket_comes_along(converted: Any) -> None:
    options = {"volumeID": "bucket", "region": "r", "storage_class": "STANDARD", "fsType": "obs"}
    flex = {"driver": "huawei.com/fuxiobs", "fsType": "obs", "options": options, "secretRef": {"name": "key"}}
    spec = {"accessModes": ["ReadWriteMany"], "capacity": {"storage": "1Gi"}, "flexVolume": flex}
    volume = an(
        "PersistentVolume", "v1", "pv", namespace="", spec={**spec, "claimRef": {"namespace": "shop", "name": "files"}}
    )
    made, bundle = converted(volume, "1.25")

    assert made["spec"]["csi"]["nodePublishSecretRef"] == {"name": "key", "namespace": "shop"}
    assert "obs_secret_named" in open_keys(bundle.notes)


def test_a_policy_that_lets_proc_be_seen_is_privileged(converted: Any) -> None:
    rules = {key: {"rule": "RunAsAny"} for key in ("runAsUser", "seLinux", "supplementalGroups", "fsGroup")}
    body = an(
        "PodSecurityPolicy", "policy/v1beta1", namespace="", spec={**rules, "allowedProcMountTypes": ["Unmasked"]}
    )
    _, bundle = converted(body, "1.25")

    assert [left.reason.values for left in bundle.left_out] == [{"level": "privileged"}]


@pytest.mark.parametrize(("name", "cls", "kind"), [("SAS", "csi-disk", "SAS"), ("Ssd", "csi-disk", "SSD")])
def test_old_classes_are_known_in_capitals_too(converted: Any, name: str, cls: str, kind: str) -> None:
    asked = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Gi"}}}
    metadata = {"annotations": {"volume.beta.kubernetes.io/storage-class": name}}
    made, _ = converted(an("PersistentVolumeClaim", "v1", "data", metadata=metadata, spec=asked), "1.25")

    assert made["spec"]["storageClassName"] == cls
    assert made["metadata"]["annotations"] == {"everest.io/disk-volume-type": kind}


@pytest.mark.parametrize(
    ("api", "kind", "target", "told"),
    [
        ("extensions/v1beta1", "Deployment", "1.19", True),
        ("autoscaling/v2beta1", "HorizontalPodAutoscaler", "1.25", True),
        ("autoscaling/v2beta1", "HorizontalPodAutoscaler", "1.23", False),
        ("apps/v1", "Deployment", "1.25", False),
        ("example.com/v1", "Deployment", "1.25", False),
    ],
)
def test_what_a_custom_resource_refers_to_is_told_where_the_target_lacks_it(
    converted: Any, api: str, kind: str, target: str, told: bool
) -> None:
    spec = {"rollout": [{"of": {"apiVersion": api, "kind": kind, "name": "web"}}]}
    made, bundle = converted(an("Rollout", "example.com/v1", "web", spec=spec), target)

    assert made["spec"] == spec
    assert ("refers_to_removed" in open_keys(bundle.notes)) is told


@pytest.mark.parametrize(
    ("api", "kind"),
    [("kustomize.config.k8s.io/v1beta1", "Kustomization"), ("kubeadm.k8s.io/v1beta2", "InitConfiguration")],
)
@pytest.mark.parametrize("name", ["", "web"])
def test_files_of_tools_are_no_objects(converted: Any, api: str, kind: str, name: str) -> None:
    _, bundle = converted(an("ConfigMap", "v1", data={"a": "b"}), "1.25", an(kind, api, name, namespace=""))

    assert [left.reason.key for left in bundle.left_out if left.ref.kind == kind] == ["conversion.left.file"]


@pytest.mark.parametrize(("balancer", "told"), [("lb-of-the-old-one", True), ("FILL-IN", False)])
def test_an_old_load_balancer_that_an_operator_would_take_is_named(converted: Any, balancer: str, told: bool) -> None:
    annotations = {"kubernetes.io/elb.class": "union", "kubernetes.io/elb.id": balancer}
    body = an("Broker", "example.com/v1", "mq", spec={"service": {"metadata": {"annotations": annotations}}})
    _, bundle = converted(body, "1.25")

    assert ("old_balancer" in open_keys(bundle.notes)) is told


def test_a_template_that_ends_in_a_time_that_is_not_set_is_converted(converted: Any) -> None:
    """As a server gives templates that have annotations and no labels."""
    metadata = {"annotations": {"team": "a"}, "creationTimestamp": None}
    job = {"template": {"metadata": metadata, "spec": {"restartPolicy": "Never", "containers": []}}}
    made, _ = converted(
        an("CronJob", "batch/v1beta1", spec={"schedule": "* * * * *", "jobTemplate": {"spec": job}}), "1.25"
    )

    assert made["spec"]["jobTemplate"]["spec"]["template"]["metadata"] == {"annotations": {"team": "a"}}


def test_nothing_is_to_be_filled_in_where_there_is_no_manifest(converted: Any) -> None:
    env = [{"name": "DB_PASSWORD", "value": "hunter2-in-clear"}]
    body = an("PodPreset", "settings.k8s.io/v1alpha1", spec={"env": env})
    _, bundle = converted(body, "1.25")

    assert left_out(bundle) == {"PodPreset/web": "not_served"}
    assert "masked" not in keys(bundle.notes)


@pytest.mark.parametrize(
    ("kind", "api"),
    [
        ("Eviction", "policy/v1beta1"),
        ("Scale", "apps/v1beta1"),
        ("SubjectAccessReview", "authorization.k8s.io/v1beta1"),
        ("TokenReview", "authentication.k8s.io/v1beta1"),
    ],
)
def test_no_manifest_is_made_of_a_request(converted: Any, kind: str, api: str) -> None:
    made, bundle = converted(an(kind, api), "1.25")

    assert made is None
    assert left_out(bundle) == {f"{kind}/web": "request"}

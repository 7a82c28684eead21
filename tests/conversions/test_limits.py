"""What a server refuses although the schemas allow it is set apart and told; so is what no server runs any more."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from migrator.catalog.loader import shipped_catalog
from migrator.conversion.bundle import convert_all
from migrator.conversion.limits import refused_name
from migrator.conversion.model import Bundle
from migrator.conversion.waves import INVALID
from migrator.versions import Version
from tests.conversions.support import POD, TEMPLATE, Manifest, an, keys, open_keys, snapshot_of

_OLD_GPU = "alpha.kubernetes.io/nvidia-gpu"
_WITH_INIT = {"pod.beta.kubernetes.io/init-containers": '[{"name":"i","image":"busybox"}]'}


def bundle(tmp_path: Path, *objects: Manifest) -> Bundle:
    return convert_all(snapshot_of(tmp_path, *objects), Version.parse("1.19"), Version.parse("1.25"), shipped_catalog())


@pytest.mark.parametrize(
    ("group", "kind", "name", "reason"),
    [
        ("", "ConfigMap", "a" * 253, ""),
        ("", "ConfigMap", "a" * 254, "name_long"),
        ("", "ConfigMap", "kube-root-ca.crt", ""),
        ("", "Deployment", "My_App", "name_domain"),
        ("", "Deployment", "app-", "name_domain"),
        ("", "Deployment", "a..b", "name_domain"),
        ("", "Service", "s" * 63, ""),
        ("", "Service", "s" * 64, "name_long"),
        ("", "Service", "1web", "name_letter_first"),
        ("", "Service", "web.v1", "name_letter_first"),
        ("", "Namespace", "1shop", ""),
        ("", "Namespace", "shop.v1", "name_label"),
        ("", "CronJob", "c" * 52, ""),
        ("", "CronJob", "c" * 53, "name_long"),
        ("", "ClusterRole", "system:Node_Reader", ""),
        ("", "ClusterRole", "a/b", "name_path"),
        ("", "Role", "..", "name_path"),
        ("serving.knative.dev", "Service", "1web.v1", ""),
        ("x.cn", "Foo", "Foo", "name_domain"),
    ],
)
def test_names(group: str, kind: str, name: str, reason: str) -> None:
    found = refused_name(group, kind, name)
    assert (found.key.rpartition(".")[2] if found else "") == reason


def test_what_a_server_refuses_is_set_apart_and_told(tmp_path: Path) -> None:
    found = bundle(
        tmp_path,
        an("ConfigMap", "v1", "My_Config", data={"a": "b"}),
        an("ConfigMap", "v1", "large", data={"a": "x" * 1_000_000}, binaryData={"b": "A" * 100_000}),
        an("ConfigMap", "v1", "just-so", data={"a": "x" * (1 << 20)}),
    )
    assert [f.path.split("/")[0] for f in found.files if f.refs and f.refs[0].name in ("My_Config", "large")] == (
        [INVALID, INVALID]
    )
    assert open_keys(found.notes) == ["invalid", "invalid"]
    assert [f.wave for f in found.files if f.refs and f.refs[0].name == "just-so"] == ["30-configuration"]


@pytest.mark.parametrize(
    ("spec", "told"), [(POD, ["init_containers"]), ({**POD, "initContainers": [{"name": "i", "image": "busybox"}]}, [])]
)
def test_init_containers_in_an_annotation_are_told_where_the_pod_has_no_others(
    tmp_path: Path, spec: Manifest, told: list[str]
) -> None:
    template = {"metadata": {**TEMPLATE["metadata"], "annotations": _WITH_INIT}, "spec": spec}
    web = an("Deployment", "apps/v1", spec={"selector": {"matchLabels": {"app": "web"}}, "template": template})
    found = bundle(tmp_path, web)
    assert open_keys(found.notes) == told
    assert "init-containers" not in next(f.text for f in found.files if "deployment-web" in f.path)


@pytest.mark.parametrize("limits", [{_OLD_GPU: 1}, {_OLD_GPU: 1, "nvidia.com/gpu": 1}])
def test_gpus_are_asked_for_by_the_name_of_today(tmp_path: Path, limits: dict[str, int]) -> None:
    spec = {"containers": [{"name": "web", "image": "nginx:1.15", "resources": {"limits": limits}}]}
    web = an("Pod", "v1", spec=spec)
    found = bundle(tmp_path, web)
    assert keys(found.notes).count("gpu_resource") == 1
    [text] = [f.text for f in found.files if f.path.endswith("pod-web.yaml")]
    assert yaml.safe_load(text)["spec"]["containers"][0]["resources"] == {"limits": {"nvidia.com/gpu": "1"}}


def test_the_guide_says_how_large_manifests_are_applied(tmp_path: Path) -> None:
    large = an("ConfigMap", "v1", "large", data={"a": "x" * 300_000})
    guide = next(f.text for f in bundle(tmp_path, large).files if f.path == "README.md")
    assert guide.count("`kubectl apply --server-side -k ") == 2
    small = an("ConfigMap", "v1", "small", data={"a": "x"})
    assert "--server-side" not in next(f.text for f in bundle(tmp_path, small).files if f.path == "README.md")

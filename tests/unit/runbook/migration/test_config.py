"""Configuration, accounts and policies: what is carried over, in which API, and what stays behind."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import msgspec
import orjson
import pytest

from migrator.runbook.model import Runbook
from migrator.snapshot.model import (
    KubeObject,
    Manifest,
    ObjectRef,
    Snapshot,
)
from tests.unit.runbook.clusters import by_key, commands, migrate, shop, steps_of

RBAC = "rbac.authorization.k8s.io"


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed: the keys are not compared")
def test_keys_that_did_not_arrive_are_named_and_values_are_not(tmp_path: Path, runbook: Runbook) -> None:
    command = by_key(runbook)["config.maps"].verify[-1].command
    folder = tmp_path / "cce-migration"
    folder.mkdir()

    def config(name: str, kind: str = "ConfigMap", **data: str) -> dict[str, object]:
        return {"kind": kind, "metadata": {"namespace": "shop", "name": name}, "data": data}

    platform = [config("default-secret", "Secret", key="v"), config("kube-root-ca.crt", key="v")]
    old = [config("app-config", a="hidden", b="hidden"), config("mall-tls", "Secret", key="hidden"), *platform]
    for cluster, items in (("old", old), ("new", [config("app-config", a="hidden")])):
        (folder / f"{cluster}-served.json").write_text(json.dumps({"items": items}))
        program = folder / f"kubectl-{cluster}"
        program.write_text(f"#!/bin/sh\ncat {folder}/{cluster}-served.json\n")
        program.chmod(0o700)
    ended = subprocess.run(
        ["bash", "-c", command], env={**os.environ, "HOME": str(tmp_path)}, capture_output=True, text=True, check=True
    )
    assert ended.stdout.splitlines() == ["shop ConfigMap app-config b", "shop Secret mall-tls key"]


@pytest.mark.parametrize(
    ("target", "write"), [("v1.25", "apply --server-side -f -"), ("v1.15", '"$write" -f - && break; done; }')]
)
def test_contents_of_secrets_get_into_no_annotation(target: str, write: str) -> None:
    lines = [a.command for a in by_key(migrate(shop(), target=target))["config.maps"].actions]
    assert lines
    assert all(line.endswith(write) for line in lines)


def test_platform_secrets_and_accounts_stay_behind(runbook: Runbook) -> None:
    text = "\n".join(a.command for s in steps_of(runbook) for a in s.actions if not a.manifest)
    assert "default-secret" not in text
    assert [r.name for r in by_key(runbook)["config.access"].subjects] == ["web"]
    assert [r.name for r in by_key(runbook)["config.maps"].subjects] == ["app-config", "mall-tls"]


def test_a_custom_resource_named_node_is_carried_over_as_such(runbook: Runbook) -> None:
    step = by_key(runbook)["config.late"]
    assert "get node.v1beta1.longhorn.io -o json disk-box" in commands(step)


def test_an_object_listed_under_two_groups_is_carried_once_from_the_one_that_lives_on(runbook: Runbook) -> None:
    refs = [r for r in by_key(runbook)["config.late"].subjects if r.kind == "NetworkPolicy"]
    assert [r.api_version for r in refs] == ["networking.k8s.io/v1"]


def test_an_api_that_the_target_dropped_is_converted_on_the_way(runbook: Runbook) -> None:
    """policy/v1 came with 1.21, the old server does not have it: read v1beta1, write v1."""
    command = by_key(runbook)["config.late"].actions[0].command
    assert "get poddisruptionbudget.v1beta1.policy -o json web" in command
    assert "--arg api policy/v1" in command


def test_endpoint_slices_made_by_hand_are_carried_over_and_no_others() -> None:
    refs = [
        ObjectRef(api_version="discovery.k8s.io/v1", kind="EndpointSlice", namespace="shop", name=name)
        for name in ("by-hand", "of-a-controller")
    ]
    body = orjson.dumps(
        {
            "apiVersion": refs[0].api_version,
            "kind": "EndpointSlice",
            "metadata": {"name": "by-hand", "namespace": "shop"},
            "addressType": "IPv4",
            "endpoints": [{"addresses": ["192.0.2.7"]}],
        }
    )
    given = msgspec.structs.replace(
        shop(),
        objects=tuple(KubeObject(ref=ref) for ref in refs),
        manifests=(Manifest(ref=refs[0], body=msgspec.Raw(body)),),
    )
    late = by_key(migrate(given))["config.late"]
    assert [r.name for r in late.subjects if r.kind == "EndpointSlice"] == ["by-hand"]


def test_pod_security_policies_are_replaced_only_where_they_are_gone() -> None:
    assert "config.pod_security" in by_key(migrate(shop(), target="v1.25"))
    assert "config.pod_security_policies" in by_key(migrate(shop(), target="v1.23"))


def test_roles_of_the_platform_s_accounts_stay_behind() -> None:
    given = Snapshot(
        objects=(
            KubeObject(ref=ObjectRef(api_version="v1", kind="ServiceAccount", namespace="kube-system", name="everest")),
            KubeObject(ref=ObjectRef(api_version=f"{RBAC}/v1", kind="ClusterRole", name="everest")),
            KubeObject(ref=ObjectRef(api_version=f"{RBAC}/v1", kind="ClusterRole", name="shop-reader")),
        )
    )
    assert [r.name for r in by_key(migrate(given))["config.access"].subjects] == ["shop-reader"]


@pytest.mark.parametrize(("target", "step"), [("v1.25", "config.pod_security"), ("v1.23", "config.access")])
def test_roles_for_policies_stay_behind_with_them(target: str, step: str) -> None:
    role = ObjectRef(api_version=f"{RBAC}/v1", kind="ClusterRole", name="psp:tight")
    given = shop()
    steps = by_key(
        migrate(msgspec.structs.replace(given, objects=(*given.objects, KubeObject(ref=role))), target=target)
    )
    assert [k for k, s in steps.items() if role in s.subjects] == [step]

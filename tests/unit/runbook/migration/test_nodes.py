"""The new cluster, settings of nodes and figures for autoscalers."""

from __future__ import annotations

import msgspec
import pytest

from migrator.locale import msg
from migrator.runbook.model import Runbook
from migrator.snapshot.model import (
    KubeObject,
    NodeSetting,
    ObjectRef,
    Snapshot,
)
from tests.unit.runbook.clusters import by_key, commands, migrate, shop, workload


@pytest.mark.parametrize(
    ("authentication", "wanted"),
    [
        ("authenticating_proxy", ["runbook.warning.authenticating_proxy"]),
        ("", ["runbook.warning.authentication_untold"]),
        ("rbac", []),
    ],
)
def test_an_authenticating_proxy_is_chosen_when_the_cluster_is_created(authentication: str, wanted: list[str]) -> None:
    given = shop()
    facts = msgspec.structs.replace(given.cluster, authentication=authentication)
    step = by_key(migrate(msgspec.structs.replace(given, cluster=facts)))["cluster.create"]
    assert [w.key for w in step.warnings if "authenticat" in w.key] == wanted


@pytest.mark.parametrize(
    ("network", "cidr", "wanted"),
    [
        ("vpc-router", "172.16.0.0/16", [msg("runbook.warning.container_cidr_named", cidr="172.16.0.0/16")]),
        ("", "", [msg("runbook.warning.container_cidr_untold")]),
        ("overlay_l2", "172.16.0.0/16", []),
    ],
)
def test_ranges_of_pods_are_let_in_by_partners_too(network: str, cidr: str, wanted: list[object]) -> None:
    given = shop()
    facts = msgspec.structs.replace(given.cluster, network_mode=network, container_cidr=cidr)
    step = by_key(migrate(msgspec.structs.replace(given, cluster=facts)))["nodes.whitelist"]
    assert [w for w in step.warnings if "container_cidr" in w.key] == wanted


def test_node_settings_are_made_again(runbook: Runbook) -> None:
    text = commands(by_key(runbook)["nodes.settings"])
    assert "printf '%s\\n' 'vm.max_map_count = 262144' >> /etc/sysctl.d/99-carried-over.conf" in text
    assert "nofile" not in text, "a limit that is no line of limits.conf stands in the table"
    warnings = by_key(runbook)["nodes.settings"].warnings
    assert "runbook.warning.leave_network_of_nodes" in [w.key for w in warnings]


def test_nodes_that_differ_get_a_block_of_their_own_with_their_limits() -> None:
    given = [
        ("node-1", "sysctl", "net.core.somaxconn", "1024"),
        ("node-2", "sysctl", "net.core.somaxconn", "4096"),
        ("node-2", "limits", "* soft nofile", "65536"),
        ("node-3", "sysctl", "net.core.somaxconn", "4096"),
        ("node-3", "limits", "* soft nofile", "65536"),
        ("*", "limits", "root hard core", "0"),
    ]
    settings = tuple(NodeSetting(node=n, category=c, key=k, value=v) for n, c, k, v in given)
    step = by_key(migrate(msgspec.structs.replace(shop(), node_settings=settings)))["nodes.settings"]
    told = [(a.text.key.removeprefix("do."), a.text.values.get("nodes")) if a.text else a.command for a in step.actions]
    sysctl, limits = "/etc/sysctl.d/99-carried-over.conf", "/etc/security/limits.d/99-carried-over.conf"
    assert told[:6] == [
        ("apply_sysctl", None),
        f"printf '%s\\n' 'root hard core 0' >> {limits}",
        ("apply_sysctl_by_node", ["node-1"]),
        f"printf '%s\\n' 'net.core.somaxconn = 1024' >> {sysctl}\nsysctl --system",
        ("apply_sysctl_by_node", ["node-2", "node-3"]),
        f"printf '%s\\n' 'net.core.somaxconn = 4096' >> {sysctl}\n"
        f"printf '%s\\n' '* soft nofile 65536' >> {limits}\nsysctl --system",
    ]
    assert [row[0] for row in step.tables[0].rows] == ["node-2, node-3", "*", "node-1", "node-2, node-3"]


def test_unsafe_kernel_parameters_of_pods_are_allowed_on_the_new_nodes() -> None:
    sysctls = {"net.core.somaxconn": "8192", "net.ipv4.ip_local_port_range": "1024 65000"}
    given = Snapshot(workloads=(workload("Deployment", "a", "app", sysctls=sysctls),))
    step = by_key(migrate(given))["nodes.settings"]
    rows = [row for t in step.tables if "table.column.sysctl" in t.columns for row in t.rows]
    assert rows == [("a/Deployment/app", "net.core.somaxconn", "8192")]
    assert msg("do.allow_unsafe_sysctls", keys=["net.core.somaxconn"]) in [a.text for a in step.actions]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (Snapshot(), False),
        (Snapshot(workloads=(workload("Deployment", "kube-system", "heapster", system=True),)), True),
        (
            Snapshot(
                objects=(
                    KubeObject(
                        ref=ObjectRef(
                            api_version="autoscaling/v1", kind="HorizontalPodAutoscaler", namespace="a", name="x"
                        )
                    ),
                )
            ),
            True,
        ),
    ],
)
def test_autoscalers_get_their_figures(given: Snapshot, wanted: bool) -> None:
    rows = by_key(migrate(given))["nodes.addons"].tables[0].rows
    assert ("metrics-server" in {row[0] for row in rows}) == wanted

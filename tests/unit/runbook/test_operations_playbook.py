"""Operations after the move: manifests that the target takes, names that Pinpoint takes, quotas that fit."""

from __future__ import annotations

import re
import subprocess

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from migrator.conversion.schemas import Schemas
from migrator.locale import say
from migrator.runbook.model import Playbook, Runbook
from migrator.runbook.tracing import LONGEST, application_names
from migrator.snapshot.model import AddOn, Manifest, NodePool, ObjectRef, Snapshot
from migrator.versions import Version
from tests.unit.runbook.clusters import beside, by_key, commands, shop, workload
from tests.unit.runbook.invariants import check_all


def content(name: str, **container: object) -> Manifest:
    ref = ObjectRef(api_version="apps/v1", kind="Deployment", namespace="shop", name=name)
    body = {"spec": {"template": {"spec": {"containers": [{"name": "main", **container}]}}}}
    return Manifest(ref=ref, body=msgspec.Raw(msgspec.json.encode(body)))


def running() -> Snapshot:
    pilot = workload("DaemonSet", "kube-system", "log-pilot", images=("registry.example.com/log-pilot:0.9.7",))
    return msgspec.structs.replace(
        shop(),
        workloads=(*shop().workloads, msgspec.structs.replace(pilot, system=True)),
        addons=(AddOn(name="metrics-server", version="1.2.1"),),
        node_pools=(NodePool(name="DefaultPool", node_count=2), NodePool(name="web", autoscaling=True)),
        manifests=(
            content("web", env=[{"name": "aliyun_logs_access", "value": "/var/log/nginx/*.log"}]),
            content("uploads", resources={"requests": {"cpu": "100m", "memory": "64Mi"}}),
        ),
    )


@pytest.fixture
def runbook() -> Runbook:
    return beside(running(), Playbook.OPERATIONS, target="v1.25")


@pytest.mark.parametrize(("target", "until"), [("v1.25", "2025-02"), ("v1.24", None)])
def test_the_next_upgrades_are_planned_with_the_end_of_maintenance(target: str, until: str | None) -> None:
    accept = by_key(beside(running(), Playbook.OPERATIONS, target=target))["operations.accept"]
    (told,) = [a.text for a in accept.actions if a.text and a.text.key.startswith("do.keep_current")]
    assert told.values.get("until") == until
    assert "quarter" in say(told, "en")
    assert "每季度" in say(told, "zh")


def documents(runbook: Runbook) -> list[dict[str, object]]:
    made = [a.manifest for p in runbook.phases for s in p.steps for a in s.actions if a.manifest]
    return [d for text in made for d in yaml.safe_load_all(text)]


def test_the_parts_go_on_beside_each_other_and_end_in_an_acceptance(runbook: Runbook) -> None:
    check_all(runbook, running())
    steps = by_key(runbook)
    for key in ("logs.elk", "traces.server", "monitoring.addons", "rights.roles"):
        assert steps[key].after == ("prepare.go",)
    assert steps["scaling.pods"].after == ("monitoring.addons",)
    assert set(steps["operations.accept"].after) >= {"logs.check", "traces.check", "scaling.nodes", "quotas.set"}


@pytest.mark.parametrize(("target", "version"), [("v1.21", "autoscaling/v2beta2"), ("v1.31", "autoscaling/v2")])
def test_manifests_are_of_versions_that_the_target_serves(target: str, version: str) -> None:
    found = {
        (d["apiVersion"], d["kind"])
        for d in documents(beside(running(), Playbook.OPERATIONS, target=target))
        if "kind" in d
    }
    assert found == {
        ("v1", "ServiceAccount"),
        ("rbac.authorization.k8s.io/v1", "ClusterRole"),
        ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
        ("rbac.authorization.k8s.io/v1", "RoleBinding"),
        ("v1", "ConfigMap"),
        ("v1", "ResourceQuota"),
        ("apps/v1", "DaemonSet"),
        (version, "HorizontalPodAutoscaler"),
    }


@pytest.mark.parametrize("target", ["v1.22", "v1.25", "v1.29", "v1.32"])
def test_manifests_are_valid_against_the_published_schema(target: str) -> None:
    """The autoscaler is a template of the shell: its numbers are filled in first."""
    schemas = Schemas(Version.parse(target).minor)
    for manifest in documents(beside(running(), Playbook.OPERATIONS, target=target)):
        if manifest.get("kind") == "HorizontalPodAutoscaler":
            manifest["spec"] |= {"minReplicas": 1, "maxReplicas": 2}  # type: ignore[operator]
        if "kind" in manifest:
            assert schemas.is_valid(manifest), manifest


def test_the_collector_selects_its_own_pods(runbook: Runbook) -> None:
    (daemons,) = [d for d in documents(runbook) if d.get("kind") == "DaemonSet"]
    spec = daemons["spec"]
    assert spec["selector"]["matchLabels"] == spec["template"]["metadata"]["labels"]  # type: ignore[index]
    settings = next(d for d in documents(runbook) if d.get("kind") == "ConfigMap")["data"]["filebeat.yml"]  # type: ignore[index]
    assert yaml.safe_load(settings)["output.elasticsearch"]["indices"][0]["when.has_fields"]


def test_declarations_for_log_pilot_keep_their_index(runbook: Runbook) -> None:
    (row,) = by_key(runbook)["logs.declarations"].tables[0].rows
    assert row[:3] == ("Deployment shop/web", "access", "/var/log/nginx/*.log")
    assert row[3].key == "table.value.log_file"
    warned = {w.key: w.values for w in by_key(runbook)["logs.collector"].warnings}
    assert warned["runbook.warning.log_pilot_here"]["names"] == ["DaemonSet kube-system/log-pilot"]


def test_the_patch_of_the_agent_is_what_a_shell_makes_of_it(runbook: Runbook) -> None:
    """The marked lines are read by a loop; here its function is run with one of them."""
    action = next(a for a in by_key(runbook)["traces.agents"].actions if "traced()" in a.command)
    function = action.command[action.command.index("traced()") : action.command.index("awk -F")]
    script = f"PINPOINT_AGENT_IMAGE=swr/agent:1 container=main application=shop-web\n{function}\ntraced"
    made = subprocess.run(["sh", "-c", script], capture_output=True, check=True, text=True).stdout
    pods = yaml.safe_load(made)["spec"]["template"]["spec"]
    assert pods["containers"][0]["name"] == "main"
    options = pods["containers"][0]["env"][1]["value"]
    assert "-Dpinpoint.agentId=$(POD_IP)" in options
    assert "-Dpinpoint.applicationName=shop-web" in options
    assert pods["initContainers"][0]["image"] == "swr/agent:1"


def test_an_autoscaler_is_what_a_shell_makes_of_a_marked_line(runbook: Runbook) -> None:
    made = next(a.manifest for a in by_key(runbook)["scaling.pods"].actions if a.manifest)
    script = f"namespace=shop name=web least=2 most=4\ncat <<END\n{made}END"
    found = yaml.safe_load(subprocess.run(["sh", "-c", script], capture_output=True, check=True, text=True).stdout)
    assert found["metadata"]["namespace"] == "shop"
    assert (found["spec"]["minReplicas"], found["spec"]["maxReplicas"]) == (2, 4)


@pytest.mark.parametrize(("target", "write"), [("1.17", "create replace"), ("1.25", "apply --server-side")])
def test_a_namespace_that_is_there_is_no_error_and_the_password_gets_into_no_annotation(
    target: str, write: str
) -> None:
    made = beside(running(), Playbook.OPERATIONS, target=f"v{target}")
    [command] = [a.command for a in by_key(made)["logs.collector"].actions if "create namespace" in a.command]
    dry = "--dry-run" if target == "1.17" else "--dry-run=client"
    assert f"create namespace cce-logging {dry} -o yaml" in command
    assert write in command.partition("create secret")[2]


def test_what_has_no_requests_is_told(runbook: Runbook) -> None:
    notes = {row[0]: row[3] for row in by_key(runbook)["scaling.pods"].tables[0].rows}
    assert notes["Deployment shop/web"].values["names"] == ["main"]
    assert notes["Deployment shop/uploads"] == "—"
    assert notes["Deployment ops/files"].key == "table.value.requests_unknown"


def test_default_pool_cannot_scale(runbook: Runbook) -> None:
    rows = by_key(runbook)["scaling.nodes"].tables[0].rows
    assert [(r[0], r[3].key.rpartition("_")[2]) for r in rows] == [("DefaultPool", "fixed"), ("web", "grew")]


def test_quotas_bound_twice_what_runs_and_warn_above_the_room(runbook: Runbook) -> None:
    quotas = {
        d["metadata"]["namespace"]: d["spec"]["hard"] for d in documents(runbook) if d.get("kind") == "ResourceQuota"
    }  # type: ignore[index]
    assert set(quotas) == {"default", "ops", "shop"}
    assert quotas["shop"]["pods"] == "12", "two of uploads, two of web, one of db, one alone"
    many = msgspec.structs.replace(running(), workloads=(workload("Deployment", "shop", "web", replicas=500),))
    warned = {w.key for w in by_key(beside(many, Playbook.OPERATIONS))["quotas.set"].warnings}
    assert "runbook.warning.quota_over_capacity" in warned


def test_passwords_are_made_on_the_server_and_never_written_down_here(runbook: Runbook) -> None:
    text = "\n".join(commands(s) for s in by_key(runbook).values())
    assert "openssl rand" in text
    assert not re.search(r"PASSWORD=[A-Za-z0-9]", text)


# --- names for Pinpoint ---

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,22}[a-z0-9])?")


def names(*places: tuple[str, str]) -> list[str]:
    return [t.name for t in application_names((f"{ns}/Deployment/{n}", ns, n) for ns, n in places)]


def test_a_short_name_is_namespace_and_name() -> None:
    assert names(("shop", "web")) == ["shop-web"]


def test_a_long_name_is_cut_and_those_alike_are_told_apart() -> None:
    assert names(("bsn", "epay-zhongfawater-service-dev")) == ["bsn-epay-zhongfawater-se"]
    first, second = application_names(
        (f"bsn/Deployment/{n}", "bsn", n) for n in ("epay-zhongfawater-service-dev", "epay-zhongfawater-service-test")
    )
    assert first.name != second.name
    assert first.clashes == ("bsn/Deployment/epay-zhongfawater-service-test",)
    assert first.name.startswith("bsn-epay-zhongfawat-")


@given(st.lists(st.tuples(st.text(max_size=40), st.text(max_size=40)), unique=True, max_size=20))
def test_every_name_is_taken_by_pinpoint(places: list[tuple[str, str]]) -> None:
    given = [(f"{ns}/Deployment/{n}", ns, n) for ns, n in places]
    made = application_names(given)
    assert [t.key for t in made] == [key for key, _, _ in given]
    for traced in made:
        assert _NAME.fullmatch(traced.name), traced
        assert len(traced.name) <= LONGEST

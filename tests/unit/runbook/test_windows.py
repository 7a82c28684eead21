"""Windows: what changes clusters together, that nothing runs twice, and that outages are told as long as they are."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from migrator.checks.spec import Category, CheckResult, Finding, Outcome, Severity
from migrator.locale import msg, say
from migrator.render.words import duration
from migrator.runbook.length import length
from migrator.runbook.model import Role, Runbook, StepKind
from migrator.snapshot.model import (
    AddressUse,
    Ingress,
    IngressRoute,
    LoadBalancerKind,
    ObjectRef,
    Service,
    ServicePort,
    Snapshot,
)
from tests.unit.runbook.clusters import by_key, claim, commands, disk, migrate, mount, service, shop, steps_of, workload
from tests.unit.runbook.invariants import before


def balanced(namespace: str, name: str, address: str, **values: object) -> Service:
    return service(
        namespace,
        name,
        type="LoadBalancer",
        load_balancer=LoadBalancerKind.SHARED,
        addresses=(address,),
        **values,
    )


def data_and_users(*, uses: tuple[AddressUse, ...] = (), services: tuple[Service, ...] = ()) -> Snapshot:
    """A queue in ``data``, its users in ``front`` and somebody else in ``other``."""
    return Snapshot(
        workloads=(
            workload("StatefulSet", "data", "kafka", mounts=(mount("log"),)),
            workload("CronJob", "front", "nightly", schedule="0 3 * * *"),
            workload("Deployment", "front", "web"),
            workload("Deployment", "other", "site"),
        ),
        volumes=(disk("pv-log", "data/log"),),
        claims=(claim("data/log", "pv-log", "data/StatefulSet/kafka"),),
        services=(balanced("data", "kafka", "192.0.2.1"), balanced("front", "web", "192.0.2.2"), *services),
        address_uses=uses,
    )


def window_keys(runbook: Runbook) -> list[str]:
    return [s.key for s in steps_of(runbook) if s.key.startswith(("outage.window", "cutover.hand_over"))]


def test_namespaces_that_nothing_connects_have_windows_of_their_own() -> None:
    runbook = migrate(data_and_users())
    assert window_keys(runbook) == [
        "cutover.hand_over:front",
        "cutover.hand_over:other",
        "outage.window:data/StatefulSet/kafka",
    ]


@pytest.mark.parametrize(
    "given",
    [
        data_and_users(uses=(AddressUse(address="192.0.2.1", location="ConfigMap front/web: application.yml"),)),
        data_and_users(services=(service("front", "queue", type="ExternalName", external_name="kafka.data.svc"),)),
        data_and_users(services=(balanced("front", "more", "192.0.2.1"),)),
    ],
    ids=["address of the other's load balancer", "name of the other's service", "same load balancer"],
)
def test_users_of_a_stopped_service_move_in_its_window(given: Snapshot) -> None:
    runbook = migrate(given)
    assert window_keys(runbook) == ["cutover.hand_over:other", "outage.window:data/StatefulSet/kafka"]
    steps = by_key(runbook)
    stop = steps["outage.stop:data/StatefulSet/kafka"].actions[0].command.splitlines()
    assert ["cronjob" in stop[0], stop[1].endswith("deployment web"), stop[2].endswith("statefulset kafka")] == [
        True
    ] * 3
    start = commands(steps["outage.start:data/StatefulSet/kafka"])
    assert "-n front scale --replicas=2 deployment web" in start


def test_the_outage_is_all_from_the_stop_to_the_last_switch() -> None:
    steps = steps_of(migrate(data_and_users()))
    keys = [s.key for s in steps]
    first, last = keys.index("outage.stop:data/StatefulSet/kafka"), keys.index("cutover.switch:Service/data/kafka")
    assert all(s.interrupts for s in steps[first : last + 1])
    told = by_key(migrate(data_and_users()))["outage.window:data/StatefulSet/kafka"].warnings[0]
    inside = [s.minutes for s in steps[first : last + 1]]
    takes = (sum(m[0] for m in inside), sum(m[1] for m in inside))
    assert told == msg("runbook.warning.outage_takes", length=length(takes))
    assert duration(takes, "zh") in say(told, "zh")


def test_a_switch_waits_for_its_own_window_only() -> None:
    steps = by_key(migrate(data_and_users()))
    earlier = before(steps, "cutover.switch:Service/front/web")
    assert "cutover.hand_over:front" in earlier
    assert not any(key.startswith("outage.") for key in earlier)


def test_each_window_has_one_gate_before_anything_stops() -> None:
    runbook = migrate(shop())
    steps = by_key(runbook)
    for step in steps_of(runbook):
        if step.key.startswith("outage.stop:"):
            gate = steps[step.key.replace("stop", "window")]
            assert gate.kind is StepKind.GATE
            assert gate.key in step.after


# --- nothing runs twice ---


def test_workloads_are_created_with_no_replicas_and_started_when_the_owner_has_said_so() -> None:
    steps = by_key(migrate(data_and_users()))
    assert all(".spec.replicas = 0" in a.command for a in steps["workloads.create:other"].actions)
    assert steps["cutover.parallel"].kind is StepKind.GATE
    assert "other deployment site 2" in steps["cutover.parallel"].actions[0].command
    assert "cutover.parallel" in before(steps, "cutover.start")
    assert '$5 == "yes"' in steps["cutover.start"].actions[0].command


def test_what_must_not_run_twice_stops_before_the_new_one_starts() -> None:
    hand_over = by_key(migrate(data_and_users()))["cutover.hand_over:front"]
    stop, start = hand_over.actions
    assert """patch cronjob -p '{"spec":{"suspend":true}}' nightly""" in stop.command.splitlines()[0]
    assert '$5 == "no" && ($1 == "front")' in stop.command
    assert "scale --replicas=0" in stop.command
    assert 'scale --replicas="$replicas"' in start.command


def test_a_bare_pod_is_created_only_when_the_old_one_is_gone() -> None:
    """It has no replicas: it cannot be there and not run."""
    runbook = migrate(Snapshot(workloads=(workload("Pod", "a", "lonely"),)))
    step = by_key(runbook)["cutover.hand_over:a"]
    assert [r.name for r in step.subjects] == ["lonely"]
    assert "delete pod --ignore-not-found lonely" in step.actions[0].command
    assert "workloads.create:a" not in by_key(runbook)


def test_cron_jobs_of_a_window_sleep_from_its_stop_to_its_switch() -> None:
    steps = by_key(migrate(data_and_users()))
    assert {"cutover.hand_over:front", "cutover.switch:Service/front/web"} <= before(steps, "cutover.crons:front")


def test_old_cron_jobs_are_not_woken_before_their_data_is_back() -> None:
    back = by_key(migrate(shop()))["cutover.crons:ops/Deployment/files"].rollback[0].command
    assert '"suspend":true' in back
    assert '"suspend":false' not in back
    calm = by_key(migrate(data_and_users()))["cutover.crons:front"].rollback[0].command
    assert '"suspend":false' in calm


def test_going_back_after_the_cron_jobs_were_resumed_in_the_new_cluster_puts_these_to_sleep_first() -> None:
    asleep = """patch cronjob -p '{"spec":{"suspend":true}}'"""
    back = by_key(migrate(shop()))["outage.start:ops/Deployment/files"].rollback[0].command.splitlines()
    assert back[0] == f"~/cce-migration/kubectl-new -n ops {asleep} report"
    calm = by_key(migrate(data_and_users()))["cutover.hand_over:front"].rollback[0].command
    assert calm.index(f"kubectl-new -n front {asleep} nightly") < calm.index('"suspend":false')


def test_the_new_address_is_asked_for_what_is_forwarded() -> None:
    def routes(*paths: str) -> str:
        ingress = Ingress(
            ref=ObjectRef(api_version="networking.k8s.io/v1", kind="Ingress", namespace="a", name="pay"),
            routes=tuple(IngressRoute(host="pay.example.com", path=p, service="pay", port="80") for p in paths),
            load_balancer=LoadBalancerKind.SHARED,
        )
        given = Snapshot(workloads=(workload("Deployment", "a", "pay"),), ingresses=(ingress,))
        return by_key(migrate(given))["cutover.switch:Ingress/a/pay"].actions[0].command

    assert "http://pay.example.com/notify" in routes("/notify", "/refund")
    assert routes("/api", "/").endswith("http://pay.example.com/")
    assert routes("/v1(/|$)(.*)").endswith("http://pay.example.com/v1")
    assert routes("").endswith("http://pay.example.com/")


def test_what_is_listed_to_be_seen_is_of_the_kinds_that_were_created() -> None:
    given = Snapshot(
        workloads=(workload("ReplicationController", "a", "old", replicas=1), workload("CronJob", "a", "nightly"))
    )
    steps = by_key(migrate(given))
    assert "get replicationcontrollers,cronjobs" in steps["workloads.create:a"].verify[0].command
    assert "get replicationcontrollers,cronjobs --all" in steps["workloads.verify"].actions[0].command
    assert steps["cutover.start"].verify[0].command.endswith("-n a get replicationcontrollers")
    assert steps["workloads.verify"].title.values["count"] == 2


def test_callers_of_node_ports_are_told_when_their_service_has_moved() -> None:
    def port(namespace: str, name: str, number: int) -> Service:
        return service(namespace, name, type="NodePort", ports=(ServicePort(port=80, node_port=number),))

    given = data_and_users(services=(port("data", "queue", 30001), port("front", "page", 30002)))
    steps = by_key(migrate(given))
    key = "runbook.warning.node_port_clients"
    told = {s.key: w.values["names"] for s in steps.values() for w in s.warnings if w.key == key}
    assert told == {
        "outage.test:data/StatefulSet/kafka": ["data/queue (30001/TCP)"],
        "cutover.hand_over:front": ["front/page (30002/TCP)"],
    }
    assert not any(w.key == key for s in steps_of(migrate(shop())) for w in s.warnings), "shop/web is behind an Ingress"


def test_agents_are_not_said_to_be_created_at_zero() -> None:
    given = Snapshot(workloads=(workload("DaemonSet", "a", "agent"), workload("Deployment", "b", "web")))
    steps = by_key(migrate(given))
    assert steps["workloads.create:a"].title.key == "step.workloads.agents.title"
    assert steps["workloads.create:b"].title.key == "step.workloads.create.title"
    once = msg("runbook.warning.create_before_start")
    assert once in steps["workloads.create:b"].warnings
    assert once not in steps["workloads.create:a"].warnings


def test_commands_at_the_bastion_are_the_engineer_s_though_the_owner_decides() -> None:
    steps = by_key(migrate(shop()))
    assert {steps[k].role for k in ("workloads.jobs", "services.addresses:shop")} == {Role.CLUSTER_ENGINEER}


def test_services_are_counted_without_those_of_the_platform() -> None:
    """Another version of the platform has other Services of its own."""
    command = by_key(migrate(shop()))["services.verify"].verify[0].command
    lines = command.splitlines()
    assert len(lines) == 4
    assert all("metadata.namespace!=kube-system" in line for line in lines)


# --- entries, addresses ---


def test_entries_on_one_old_load_balancer_are_switched_together() -> None:
    given = Snapshot(services=(balanced("a", "one", "192.0.2.9"), balanced("a", "two", "192.0.2.9")))
    switches = [s for s in steps_of(migrate(given)) if s.key.startswith("cutover.switch")]
    assert [s.title.values["entry"] for s in switches] == [["Service a/one", "Service a/two"]]
    assert msg("runbook.warning.same_balancer", count=2) in switches[0].warnings


def test_new_load_balancers_are_there_before_anything_that_names_an_old_one_starts() -> None:
    steps = by_key(migrate(shop()))
    assert steps["services.balancers"].phase == "nodes"
    assert "services.balancers" in before(steps, "services.addresses:shop")
    assert "services.addresses:shop" in before(steps, "cutover.start")


def test_written_addresses_are_changed_object_by_object_and_the_findings_answered() -> None:
    location = "ConfigMap shop/app-config: db.host"
    found = Finding(
        check="CLU001",
        severity=Severity.WARNING,
        subject=ObjectRef(api_version="", kind="AddressUse", name=f"192.168.0.11 @ {location}"),
        message="check.node-address-written-elsewhere.finding.node",
        values={"address": "192.168.0.11", "location": location, "holder": "node-1", "owner": ""},
    )
    result = CheckResult(
        check="CLU001",
        slug="node-address-written-elsewhere",
        category=Category.CLUSTER,
        severity=Severity.WARNING,
        outcome=Outcome.FAIL,
        reason=msg("appendix.empty"),
        findings=(found,),
    )
    step = by_key(migrate(shop(), results=(result,)))["services.addresses:shop"]
    assert step.answers == (found.key,)
    assert step.actions[1].command.endswith("-n shop edit configmaps app-config")
    assert step.tables[0].rows[0][:4] == ("ConfigMap app-config", "db.host", "192.168.0.11", "Node node-1")
    assert "grep -wF -e 192.168.0.11" in step.verify[0].command


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed: the search is not run")
def test_an_edited_object_is_not_said_to_hold_the_old_address_that_kubectl_noted_when_it_was_applied(
    tmp_path: Path,
) -> None:
    noted = {"kubectl.kubernetes.io/last-applied-configuration": '{"data":{"db.host":"192.168.0.11"}}'}
    edited = {"kind": "ConfigMap", "metadata": {"name": "edited", "annotations": noted}, "data": {"db.host": "new"}}
    left = {"kind": "ConfigMap", "metadata": {"name": "left"}, "data": {"app.yml": "port: 1\nhost: 192.168.0.11\n"}}
    folder = tmp_path / "cce-migration"
    folder.mkdir()
    (folder / "served.json").write_text(json.dumps({"kind": "List", "items": [edited, left]}))
    (folder / "kubectl-new").write_text(f"#!/bin/sh\ncat {folder}/served.json\n")
    (folder / "kubectl-new").chmod(0o700)
    command = by_key(migrate(shop()))["services.addresses:shop"].verify[0].command
    env = {**os.environ, "HOME": str(tmp_path)}
    ran = subprocess.run(["bash", "-c", command], env=env, capture_output=True, text=True, check=True)
    assert ran.stdout == "ConfigMap left: host: 192.168.0.11\n"


def test_agents_that_go_to_an_old_address_run_already_when_it_is_changed() -> None:
    uses = tuple(
        AddressUse(address="192.0.2.1", location=f"{kind} a/{kind.lower()}: env")
        for kind in ("DaemonSet", "Deployment")
    )
    given = Snapshot(
        workloads=(workload("DaemonSet", "a", "daemonset"), workload("Deployment", "a", "deployment")),
        address_uses=uses,
    )
    warnings = by_key(migrate(given))["services.addresses:a"].warnings
    assert warnings == (msg("runbook.warning.addresses_of_agents", names=["daemonset"]),)


def test_what_moves_in_a_window_is_started_after_its_addresses_are_changed_and_its_users_last() -> None:
    given = data_and_users(
        uses=(
            AddressUse(address="192.0.2.1", location="StatefulSet data/kafka: container kafka env ADVERTISED"),
            AddressUse(address="192.0.2.1", location="ConfigMap front/web: application.yml"),
        )
    )
    text = "\n".join(a.command for a in by_key(migrate(given))["outage.start:data/StatefulSet/kafka"].actions)
    wanted = [
        ".spec.replicas = 0",
        "edit statefulset kafka",
        "scale --replicas=2 statefulset kafka",
        "rollout status --timeout=10m statefulset kafka",
        "scale --replicas=2 deployment web",
    ]
    places = [text.index(part) for part in wanted]
    assert places == sorted(places)


def test_a_range_of_one_address_belongs_to_whom_the_address_does() -> None:
    use = AddressUse(address="192.168.0.11/32", location="NetworkPolicy shop/db: spec.ingress.from.ipBlock")
    given = msgspec.structs.replace(shop(), address_uses=(use,))
    assert by_key(migrate(given))["services.addresses:shop"].tables[0].rows[0][3] == "Node node-1"


def test_an_entry_without_hosts_and_address_is_told_in_words() -> None:
    given = Snapshot(services=(service("a", "api", type="LoadBalancer", load_balancer=LoadBalancerKind.SHARED),))
    why = by_key(migrate(given))["cutover.switch:Service/a/api"].why
    assert (why.values["hosts"], why.values["addresses"]) == (msg("entry.no_hosts"), msg("entry.no_address"))


# --- nodes ---


def test_a_node_that_replaces_one_with_an_eip_gets_one() -> None:
    steps = [s for s in steps_of(migrate(shop())) if s.key.startswith("nodes.add")]
    asked = [a.text.values["nodes"] for s in steps for a in s.actions if a.text and a.text.key == "do.bind_new_eips"]
    assert asked == [["node-1"]]


@pytest.mark.parametrize(("target", "advice"), [("v1.25", "docker_socket"), ("v1.21", "node_path")])
@pytest.mark.parametrize("path", ["/var/run/docker.sock", "/usr/bin/docker", "/var/lib/docker/containers"])
def test_who_mounts_what_is_docker_s_own_is_told_that_new_nodes_have_none(path: str, target: str, advice: str) -> None:
    agent = workload("DaemonSet", "ops", "agent", mounts=(mount(path, "host_path"),))
    rows = by_key(migrate(Snapshot(workloads=(agent,)), target=target))["storage.direct"].tables[0].rows
    assert rows[0][3] == msg(f"table.value.direct_{advice}")


@pytest.mark.parametrize(("count", "ending"), [(20, ""), (21, "_of_table")])
def test_many_volumes_of_a_window_are_named_by_its_table_alone(count: int, ending: str) -> None:
    names = [f"log-{n}" for n in range(count)]
    kafka = workload("StatefulSet", "data", "kafka", mounts=tuple(mount(name) for name in names))
    given = Snapshot(
        workloads=(kafka,),
        volumes=tuple(disk(f"pv-{name}", f"data/{name}") for name in names),
        claims=tuple(claim(f"data/{name}", f"pv-{name}", "data/StatefulSet/kafka") for name in names),
    )
    steps = by_key(migrate(given))
    for key, label, part in (("release", "volumes", "actions"), ("attach", "new", "rollback")):
        step = steps[f"outage.{key}:data/StatefulSet/kafka"]
        (asked,) = (a.text for a in getattr(step, part) if a.text and a.text.key.startswith("do.unassociate"))
        assert asked.key == f"do.unassociate_{label}{ending}"
        assert {row[0] for row in step.tables[0].rows} == {f"pv-{name}" for name in names}

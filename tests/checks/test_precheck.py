"""The 73 items of the platform's pre-upgrade check: each has its check, and each question follows its answer."""

from __future__ import annotations

from collections import Counter

import pytest

from migrator.catalog.loader import shipped_catalog
from migrator.checks.conditions import CONDITIONS
from migrator.checks.registry import all_checks, find_check
from migrator.checks.runner import run_checks
from migrator.checks.spec import Attestation, CheckContext, Outcome
from migrator.locale import LANGS, catalogue, say
from migrator.versions import VersionRange
from tests.checks.support import context_of, snapshot_of

ITEMS = shipped_catalog().precheck_items
ASKED = [i for i in ITEMS if i.is_own and find_check(i.decided_by).spec.asks]
IDS = [i.decided_by for i in ASKED]
GPU = {"name": "node-gpu", "os_image": "Ubuntu 22.04", "labels": {"accelerator": "nvidia-t4"}, "ready": True}
DOCKER = {"name": "node-docker", "os_image": "EulerOS 2.0 (SP5)", "runtime": "docker://18.9.0"}
METAL = {"name": "node-bms", "kind": "bare_metal"}
CRON = {"ref": {"api_version": "batch/v1", "kind": "CronJob", "namespace": "shop", "name": "nightly"}}
INGRESS = {"ref": {"api_version": "networking.k8s.io/v1", "kind": "Ingress", "namespace": "shop", "name": "web"}}
INGRESS |= {"ingress_class": "cce", "tls_secrets": ["web"]}
BALANCED = {"namespace": "shop", "name": "front", "load_balancer": "shared"}
# What makes each condition true; and what makes it false, what the healthy cluster does not already.
HOLDS = {
    "minor_upgrade": {},
    "vpc_network": {"cluster": {"network_mode": "vpc-router"}},
    "tunnel_network": {"cluster": {"network_mode": "overlay_l2"}},
    "turbo": {"cluster": {"category": "Turbo", "network_mode": "eni"}},
    "docker_on_euleros": {"nodes+": [DOCKER]},
    "containerd_nodes": {},
    "bare_metal_nodes": {"nodes+": [METAL]},
    "gpu_nodes": {"nodes+": [GPU]},
    "ubuntu_gpu": {"nodes+": [GPU]},
    "hpa_controller": {"addons+": [{"name": "cce-hpa-controller"}]},
    "nginx_addon": {"addons+": [{"name": "nginx-ingress"}]},
    "load_balancers": {"services+": [BALANCED]},
    "ingresses": {"ingresses": [INGRESS]},
    "https_ingresses": {"ingresses": [INGRESS]},
    "in_place_upgrade": {},
    "cron_jobs": {"workloads+": [CRON]},
    "secrets_encrypted": {"cluster": {"encryption": "KMS"}},
}
# What keeps a question open that the facts of the healthy cluster answer.
TRAINING = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "train", "namespace": "shop"}}
TRAINING["spec"] = {"containers": [{"name": "c", "resources": {"limits": {"nvidia.com/gpu": 1}}}]}
OPEN = {56: {"nodes+": [GPU], "manifests": [TRAINING]}, 62: {}}
OTHER_NETWORK = {"cluster": {"category": "CCE", "network_mode": "overlay_l2"}}
FALSE = {
    "vpc_network": OTHER_NETWORK,
    "turbo": OTHER_NETWORK,
    "secrets_encrypted": {"cluster": {"encryption": "Default"}},
    "tunnel_network": {"cluster": {"network_mode": "vpc-router"}},
    "containerd_nodes": {"nodes": [DOCKER]},
}
SOURCES = {"secrets_encrypted": "v1.27.16-r0"}  # older ones tell by their version alone
UNTOLD = {
    "docker_on_euleros": {"nodes": [{"name": "node-1"}]},
    "containerd_nodes": {"nodes": [{"name": "node-1"}]},
    "bare_metal_nodes": {"nodes": [{"name": "node-1"}]},
    "gpu_nodes": {"absent": ["addons"]},
    "ubuntu_gpu": {"absent": ["addons"], "nodes": [{"name": "node-1"}]},
    "hpa_controller": {"addons": [], "absent": ["addons"]},
    "nginx_addon": {"addons": [], "absent": ["addons"]},
    "load_balancers": {"absent": ["services"]},
    "ingresses": {"absent": ["ingresses"]},
    "https_ingresses": {"absent": ["ingresses"]},
    "cron_jobs": {"absent": ["workloads"]},
}


def context(item, given) -> CheckContext:
    targets = ("v1.19.16-r0", "v1.23.8-r0", "v1.28.1-r0")
    target = next(t for t in targets if context_of(snapshot_of(), target=t).target in VersionRange.parse(item.targets))
    source = SOURCES.get(item.condition, "v1.17.9-r0")
    return context_of(snapshot_of(given), source=source, target=target, strategy="upgrade")


def result(item, given, answer: Outcome | None = None):
    answers = (Attestation(check=item.decided_by, answer=answer),) if answer else ()
    return run_checks(context(item, given), answers, [find_check(item.decided_by)])[0]


def test_all_73_items_are_decided_each_by_one_check_that_says_so() -> None:
    named = Counter(number for c in all_checks() for number in c.spec.precheck_items)
    assert named == Counter(range(1, 74))
    assert [i.number for i in ITEMS] == list(range(1, 74))
    for item in ITEMS:
        assert item.number in find_check(item.decided_by).spec.precheck_items


def test_every_condition_has_its_sentence_and_is_used() -> None:
    told = {k.removeprefix("check.condition.") for k in catalogue() if k.startswith("check.condition.")}
    assert set(CONDITIONS) == told == {i.condition for i in ITEMS if i.condition} == set(HOLDS)


@pytest.mark.parametrize("item", ASKED, ids=IDS)
def test_a_question_is_open_until_answered_and_follows_its_answer(item) -> None:
    given = OPEN.get(item.number, HOLDS.get(item.condition, {}))
    waiting = result(item, given)
    assert (waiting.outcome, waiting.unanswered) == (Outcome.UNKNOWN, True)
    assert result(item, given, Outcome.PASS).outcome is Outcome.PASS
    assert result(item, given, Outcome.FAIL).outcome is Outcome.FAIL


@pytest.mark.parametrize("name", sorted(set(CONDITIONS) - {"minor_upgrade", "in_place_upgrade"}))
def test_a_check_is_left_out_only_where_its_condition_is_known_to_be_false(name) -> None:
    condition = CONDITIONS[name]
    assert condition(context_of(snapshot_of(HOLDS[name]))) is True
    assert condition(context_of(snapshot_of(FALSE.get(name, {})))) is False
    source = SOURCES.get(name, "v1.21.7-r0")
    assert condition(context_of(snapshot_of(UNTOLD.get(name, {})), source=source)) is None
    item = next(i for i in ITEMS if i.condition == name)
    left_out = result(item, FALSE.get(name, {}))
    assert (left_out.outcome, left_out.reason.key) == (Outcome.NOT_APPLICABLE, f"check.condition.{name}")
    for lang in LANGS:
        assert say(left_out.reason, lang)


def test_a_patch_upgrade_needs_no_word_on_version_differences() -> None:
    ctx = context_of(snapshot_of(), source="v1.21.7-r0", target="v1.21.9-r0", strategy="upgrade")
    (found,) = run_checks(ctx, (), [find_check("PRE009")])
    assert found.reason.key == "check.condition.minor_upgrade"


@pytest.mark.parametrize(
    ("source", "target", "profile", "expected"),
    [
        ("v1.15.11-r1", "v1.17.17-r0", "ctyun", False),  # rolling or reset
        ("v1.13.10-r0", "v1.19.16-r4", "otc-2022", True),  # rolling or reset first, then in place
        ("v1.19.16-r0", "v1.19.16-r4", "ctyun", True),  # a patch is like an upgrade in place
        ("v1.13.10-r0", "v1.19.16-r4", "ctyun", None),  # no way leads there
    ],
)
def test_whether_nodes_are_upgraded_in_place_is_told_by_the_hops(source, target, profile, expected) -> None:
    ctx = context_of(snapshot_of(), source=source, target=target, strategy="upgrade", profile=profile)
    assert CONDITIONS["in_place_upgrade"](ctx) is expected


# The grades of domain facts C, by hand; all items that are not named here stop the upgrade.
WARNINGS = {9, 11, 16, 32, 36, 38, 41, 42, 48, 54, 56, 57, 59, 60, 61, 63, 65, 67, 69, 71, 72, 73}
NOTES = {4, 23}


def test_the_items_have_the_grades_of_the_facts() -> None:
    assert {i.number for i in ITEMS if i.severity == "warning"} == WARNINGS
    assert {i.number for i in ITEMS if i.severity == "info"} == NOTES
    assert {i.severity for i in ITEMS} == {"blocker", "warning", "info"}

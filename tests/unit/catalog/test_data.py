"""What the shipped data says, held against independent statements of the same facts."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from migrator.catalog.loader import shipped_catalog
from migrator.catalog.model import Catalog, Change, Mode, Rollback, Start
from migrator.catalog.node_defaults import NodeDefaults
from migrator.versions import Version, minors_crossed, removed_on_the_way

CASES = Path(__file__).resolve().parents[4] / "shared" / "cases"
ANCIENT = Version.parse("1.0")


@pytest.fixture
def catalog() -> Catalog:
    return shipped_catalog()


@pytest.fixture
def truth() -> dict[str, Any]:
    """Per case: objects by kind, and for some targets the objects whose API is gone by then."""
    if not (CASES / "truth.json").is_file():
        pytest.skip(f"no cases at {CASES}")
    loaded: dict[str, Any] = json.loads((CASES / "truth.json").read_text("utf-8"))
    return loaded


def gone(catalog: Catalog, target: str) -> set[str]:
    """``group/version Kind`` of everything removed up to ``target``."""
    found = (r for r in catalog.api_removals if removed_on_the_way(r.removed_in, ANCIENT, Version.parse(target)))
    return {f"{r.api_version} {r.kind}" for r in found}


# Alpha APIs for which the truth has no row. By the Kubernetes changelogs they are gone all the same:
# rbac and scheduling v1alpha1 with 1.23 (pull request 104248), RuntimeClass v1alpha1 with 1.24 (103061),
# EndpointSlice v1alpha1 with 1.21 (announced by 96440).
MORE_THAN_THE_TRUTH = {
    "discovery.k8s.io/v1alpha1 EndpointSlice",
    "node.k8s.io/v1alpha1 RuntimeClass",
    "rbac.authorization.k8s.io/v1alpha1 ClusterRole",
    "rbac.authorization.k8s.io/v1alpha1 ClusterRoleBinding",
    "rbac.authorization.k8s.io/v1alpha1 Role",
    "rbac.authorization.k8s.io/v1alpha1 RoleBinding",
    "scheduling.k8s.io/v1alpha1 PriorityClass",
}


@pytest.mark.cases
def test_the_removals_agree_with_the_truth_of_real_inputs(catalog: Catalog, truth: dict[str, Any]) -> None:
    compared = 0
    for case in truth.values():
        for target, expected in case["removed"].items():
            found = {kind: case["kinds"].get(kind, 0) for kind in gone(catalog, target) & case["kinds"].keys()}
            surplus = {kind: count for kind, count in found.items() if expected.get(kind) != count}
            assert surplus.keys() <= MORE_THAN_THE_TRUTH
            assert Counter(found) - Counter(surplus) == Counter(expected)
            compared += len(expected)
    assert compared > 200


def test_every_pair_of_the_facts_is_there_and_none_that_never_existed(catalog: Catalog) -> None:
    """The file lists, by hand and by minor, what Kubernetes itself and the four hand-kept lists of others know."""
    listed = (Path(__file__).parent / "removed_pairs.txt").read_text("utf-8").splitlines()
    assert [f"{r.api_version} {r.kind} {r.removed_in}" for r in catalog.api_removals] == listed
    assert len(listed) == len(set(listed)) >= 92
    # A kind and a group that never existed, and a type of requests that API servers still send to webhooks.
    phantoms = {
        ("admission.k8s.io/v1beta1", "AdmissionReview"),
        ("flowcontrol.apiserver.k8s.io/v1beta1", "FlowControl"),
        ("apiregistration/v1beta1", "APIService"),
    }
    assert not phantoms & {(r.api_version, r.kind) for r in catalog.api_removals}


# Of the facts, by hand: what else a release took away, and where it was said.
OTHER_REMOVALS = """
1.16 annotation scheduler.alpha.kubernetes.io/critical-pod
1.17 label kubernetes.io/availablezone
1.18 command kubectl get --export
1.22 field spec.topologyKeys
1.24 behaviour dockershim
1.24 label node-role.kubernetes.io/master
1.25 taint node-role.kubernetes.io/master
1.25 admission PodSecurityPolicy
1.25 annotation seccomp.security.alpha.kubernetes.io/pod
1.25 annotation service.alpha.kubernetes.io/tolerate-unready-endpoints
1.26 volume glusterfs
1.26 flag kube-proxy --proxy-mode=userspace
1.27 annotation service.kubernetes.io/topology-aware-hints
1.29 field spec.schedule
1.30 command kubectl apply --prune-whitelist
1.31 volume cephfs
1.31 volume rbd
1.33 volume gitRepo
"""


def test_removals_beside_apis_stand_under_their_release(catalog: Catalog) -> None:
    listed = {f"{row.since} {row.kind} {row.pattern}" for row in catalog.removals if row.change is Change.REMOVED}
    assert set(OTHER_REMOVALS.strip().splitlines()) <= listed
    changed = {f"{row.since} {row.pattern}" for row in catalog.removals if row.change is Change.CHANGED}
    assert {"1.24 kubernetes.io/service-account-token", "1.29 nf_conntrack_max"} <= changed
    assert "1.29 LegacyServiceAccountTokenCleanUp" in changed
    deprecated = {row.pattern for row in catalog.removals if row.change is Change.DEPRECATED}
    assert {"beta.kubernetes.io/os", "beta.kubernetes.io/arch", "failure-domain.beta.kubernetes.io/zone"} <= deprecated
    assert {"v1 Endpoints", "status.resize", "containerd 1.x"} <= deprecated


@pytest.mark.parametrize(
    ("api_version", "kind", "removed", "replacement"),
    [
        ("extensions/v1beta1", "Deployment", "1.16", "apps/v1 Deployment"),
        ("extensions/v1beta1", "Ingress", "1.22", "networking.k8s.io/v1 Ingress"),
        ("coordination.k8s.io/v1beta1", "Lease", "1.22", "coordination.k8s.io/v1 Lease"),
        ("authorization.k8s.io/v1beta1", "SubjectAccessReview", "1.22", "authorization.k8s.io/v1 SubjectAccessReview"),
        ("policy/v1beta1", "PodSecurityPolicy", "1.25", ""),
        ("batch/v1beta1", "CronJob", "1.25", "batch/v1 CronJob"),
        ("autoscaling/v2beta2", "HorizontalPodAutoscaler", "1.26", "autoscaling/v2 HorizontalPodAutoscaler"),
        ("storage.k8s.io/v1beta1", "CSIStorageCapacity", "1.27", "storage.k8s.io/v1 CSIStorageCapacity"),
    ],
)  # fmt: skip
def test_well_known_removals(catalog: Catalog, api_version: str, kind: str, removed: str, replacement: str) -> None:
    removal = catalog.removal_of(api_version, kind)
    assert removal is not None
    assert (str(removal.removed_in), removal.replacement) == (removed, replacement)


@pytest.mark.parametrize("kind", ["FlowSchema", "PriorityLevelConfiguration"])
@pytest.mark.parametrize(("version", "removed"), [("v1alpha1", "1.21"), ("v1beta1", "1.26"), ("v1beta2", "1.29")])
def test_flow_control_went_version_by_version(catalog: Catalog, kind: str, version: str, removed: str) -> None:
    removal = catalog.removal_of(f"flowcontrol.apiserver.k8s.io/{version}", kind)
    assert removal is not None
    assert str(removal.removed_in) == removed


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [("apps/v1", "Deployment"), ("v1", "Pod"), ("longhorn.io/v1beta1", "Node"), ("policy/v1", "PodDisruptionBudget")],
)
def test_what_is_still_served_is_not_listed(catalog: Catalog, api_version: str, kind: str) -> None:
    assert catalog.removal_of(api_version, kind) is None


@pytest.mark.parametrize(
    ("api_version", "kind", "target", "expected"),
    [
        ("extensions/v1beta1", "PodSecurityPolicy", "1.23", "policy/v1beta1 PodSecurityPolicy"),
        ("extensions/v1beta1", "PodSecurityPolicy", "1.25", ""),
        ("batch/v2alpha1", "CronJob", "1.23", "batch/v1beta1 CronJob"),
        ("batch/v2alpha1", "CronJob", "1.25", "batch/v1 CronJob"),
        ("flowcontrol.apiserver.k8s.io/v1alpha1", "FlowSchema", "1.32", "flowcontrol.apiserver.k8s.io/v1 FlowSchema"),
        ("storage.k8s.io/v1alpha1", "CSIStorageCapacity", "1.27", "storage.k8s.io/v1 CSIStorageCapacity"),
    ],
)  # fmt: skip
def test_the_replacement_is_one_that_the_target_still_serves(
    catalog: Catalog, api_version: str, kind: str, target: str, expected: str
) -> None:
    removal = catalog.removal_of(api_version, kind)
    assert removal is not None
    assert catalog.replacement_at(removal, Version.parse(target)) == expected


def test_no_replacement_at_any_target_is_itself_gone_there(catalog: Catalog) -> None:
    targets = [Version.parse(str(release.minor)) for release in catalog.releases]
    for removal in catalog.api_removals:
        for target in targets:
            if target.as_minor >= removal.removed_in:
                assert catalog.replacement_at(removal, target) not in gone(catalog, str(target))


def test_the_course_knows_two_hops(catalog: Catalog) -> None:
    first, second = catalog.profile("ctyun").hops
    assert (first.key, first.modes, first.start, first.rollback) == (
        "1.13->1.15",
        (Mode.ROLLING, Mode.RESET),
        Start.TICKET,
        Rollback.NONE,
    )
    assert {"coredns_proxy_to_forward", "storage_driver_to_everest"} <= set(first.impacts)
    assert (second.key, second.modes, second.start) == ("1.15->1.17", (Mode.ROLLING, Mode.RESET), Start.CONSOLE)
    assert "flexvolume_gone" in second.impacts
    assert "flexvolume_converted" in second.preconditions


def test_every_hop_of_every_profile_links_the_changelog_of_each_minor_it_crosses(catalog: Catalog) -> None:
    for profile in catalog.profiles:
        for hop in profile.hops:
            crossed = minors_crossed(Version.parse(str(hop.source)), Version.parse(str(hop.target)))
            assert [url.rpartition("-")[2] for url in hop.changelogs] == [f"{minor}.md" for minor in crossed]


def test_the_profiles_there_are(catalog: Catalog) -> None:
    assert [profile.name for profile in catalog.profiles] == [
        "ctyun", "hwc-2020", "hwc-2021", "hwc-2025", "otc-2022", "otc-2023", "otc-2026",
    ]  # fmt: skip


def test_cce_offered_odd_minors_up_to_1_27_then_every_one(catalog: Catalog) -> None:
    minors = [release.minor.minor for release in catalog.releases]
    assert minors == [*range(7, 28, 2), *range(28, 34)]
    assert catalog.release_of(Version.parse("1.24.3")) is None


@pytest.mark.parametrize(
    ("kind", "namespace", "name", "made"),
    [
        ("Secret", "shop", "default-secret", True),
        ("Secret", "shop", "paas.elb", True),
        ("ConfigMap", "shop", "kube-root-ca.crt", True),
        ("Service", "default", "kubernetes", True),
        ("Service", "shop", "kubernetes", False),
        ("ConfigMap", "shop", "default-secret", False),
        ("Secret", "shop", "db-password", False),
    ],
)
def test_objects_that_the_platform_makes(catalog: Catalog, kind: str, namespace: str, name: str, made: bool) -> None:
    assert catalog.is_platform_object(kind, namespace, name) is made


def test_default_is_no_system_namespace(catalog: Catalog) -> None:
    assert catalog.system_namespaces == ("kube-node-lease", "kube-public", "kube-system")


def test_both_names_of_the_conntrack_limit_have_the_same_default(catalog: Catalog) -> None:
    values = {key: value for group in catalog.node_defaults for key, value in group.values.items()}
    assert values["net.nf_conntrack_max"] == values["net.netfilter.nf_conntrack_max"]
    assert values["net.nf_conntrack_max"].startswith("131072 | ")


UNTOUCHED = [
    ("sysctl", "vm.max_map_count", "65530", "", True),
    ("sysctl", "vm.max_map_count", "262144", "", False),
    ("sysctl", "net.ipv4.ip_local_port_range", "32768\t60999", "", True),
    ("sysctl", "net.core.somaxconn", "128", "3.10.0-862.14.1.6.h438.eulerosv2r7.x86_64", True),
    ("sysctl", "net.core.somaxconn", "128", "5.10.0-60.18.0.50.r1002_58.hce2.x86_64", False),
    ("sysctl", "net.core.somaxconn", "4096", "5.10.0-60", True),
    ("sysctl", "net.core.somaxconn", "128", "", False),  # not for every kernel
    ("sysctl", "fs.file-max", "1048576", "", None),  # by memory: left out
    ("limits", "* soft nproc", "4096", "", True),
    ("container_engine", "storage-opts.dm.basesize", "10G", "", True),
    ("container_engine", "storage-opts.dm.basesize", "0", "", True),
    ("container_engine", "storage-opts.dm.basesize", "20G", "", False),
    ("kubelet", "max-pods", "110", "", True),
    ("kubelet", "max-pods", "200", "", False),
    ("system", "mount /var/lib/docker", "/dev/vdb ext4 defaults", "", True),
    ("system", "mount /data", "/dev/vdc ext4 defaults", "", None),
    ("system", "cron 2", "01 * * * * root run-parts /etc/cron.hourly", "", True),
    ("system", "cron", "0 3 * * * root /opt/shop/backup.sh", "", None),
    ("system", "hosts 127.0.0.1", "localhost", "", True),
    ("system", "unit kubelet", "/usr/bin/kubelet", "", True),
]


@pytest.mark.parametrize(("category", "key", "value", "kernel", "untouched"), UNTOUCHED)
def test_untouched_nodes(
    catalog: Catalog, category: str, key: str, value: str, kernel: str, untouched: bool | None
) -> None:
    assert NodeDefaults(catalog).untouched(category, key, value, kernel) is untouched

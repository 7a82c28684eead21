"""Corrections over a snapshot: what each comes to, what follows from it, and that nothing else changes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from migrator.errors import InputError
from migrator.snapshot.codec import decode, digest, encode
from migrator.snapshot.compare import compare_snapshots
from migrator.snapshot.correctable import FIELDS, ValueType
from migrator.snapshot.corrections import Corrected, Correction, CorrectionState, Read, apply, checked
from migrator.snapshot.model import LoadBalancerKind, NodeKind, OutageClass, Provisioning, Snapshot, StorageKind
from tests.unit.snapshot.helpers import deployment, kube, read

APPLIED, CONFLICT = CorrectionState.APPLIED, CorrectionState.CONFLICT
OBSOLETE, UNUSED = CorrectionState.OBSOLETE, CorrectionState.UNUSED


def volume(name: str, claim: str = "", **spec: Any) -> dict[str, Any]:
    namespace, _, claim_name = claim.partition("/")
    bound = {"claimRef": {"namespace": namespace, "name": claim_name}} if claim else {}
    return kube("PersistentVolume", name, spec={"accessModes": ["ReadWriteOnce"], **bound, **spec})


def claim(name: str, volume_name: str) -> dict[str, Any]:
    return kube("PersistentVolumeClaim", name, "shop", spec={"volumeName": volume_name})


def mounting(name: str, *claims: str) -> dict[str, Any]:
    volumes = [{"name": c, "persistentVolumeClaim": {"claimName": c}} for c in claims]
    return deployment(name, uid=f"d-{name}", pods={"containers": [], "volumes": volumes})


SHOP = read(
    kube(
        "Node",
        "node-1",
        uid="n1",
        status={
            "addresses": [{"type": "InternalIP", "address": "10.0.0.1"}],
            "nodeInfo": {"kubeletVersion": "v1.13.10-r0"},
        },
    ),
    kube(
        "Node",
        "node-2",
        uid="n2",
        status={
            "addresses": [{"type": "InternalIP", "address": "10.0.0.2"}],
            "nodeInfo": {"kubeletVersion": "v1.15.11-r1"},
        },
    ),
    volume("pv-data", "shop/data", flexVolume={"driver": "example.com/nfs"}),
    volume("pv-disk", flexVolume={"driver": "huawei.com/fuxivol"}),
    claim("data", "pv-data"),
    claim("more", ""),
    mounting("web", "data"),
    mounting("old", "data"),
    kube(
        "ReplicaSet",
        "old-6d4b75cb6d",
        "shop",
        "apps/v1",
        owner="Deployment/old",
        spec={"template": {}},
    ),
    kube("Pod", "old-6d4b75cb6d-2xk7z", "shop", owner="ReplicaSet/old-6d4b75cb6d", spec={}),
    kube("Service", "web", "shop", spec={"type": "LoadBalancer"}),
    kube("ConfigMap", "app", "shop", data={"url": "http://10.0.0.1"}),
    deployment("agent", "kube-system"),
)


def correction(section: str, key: str, field: str, value: Any, **more: Any) -> Correction:
    return checked(Correction(section=section, key=key, field=field, value=value, **more))


def corrected(*given: tuple[str, str, str, Any]) -> Snapshot:
    return apply(SHOP, [correction(*c) for c in given]).snapshot


def named(facts: tuple[Any, ...], name: str) -> Any:
    return next(f for f in facts if (f.ref.name if hasattr(f, "ref") else f.name) == name)


def states(result: Corrected) -> list[CorrectionState]:
    return [use.state for use in result.uses]


def differences(new: Snapshot) -> dict[str, list[str]]:
    """Section -> keys of what differs from the snapshot that was read."""
    found = compare_snapshots(SHOP, new).sections
    changed = {s.section: [e.key for e in (*s.added, *s.removed, *s.changed)] for s in found}
    return {section: keys for section, keys in changed.items() if keys}


def test_without_corrections_the_snapshot_is_the_same() -> None:
    result = apply(SHOP, ())

    assert result.snapshot is SHOP
    assert result.uses == ()


def test_a_correction_changes_its_field_and_the_digest_and_nothing_else() -> None:
    new = corrected(("nodes", "node-1", "kind", "bare_metal"))

    assert named(new.nodes, "node-1").kind is NodeKind.BARE_METAL
    assert differences(new) == {"nodes": ["node-1"]}
    assert digest(new) != digest(SHOP)
    assert decode(encode(new)) == new


def test_each_correction_is_told_what_became_of_it() -> None:
    result = apply(
        SHOP,
        [
            correction("nodes", "node-1", "kind", "bare_metal", read="unknown"),
            correction("nodes", "node-1", "private_ips", ["10.0.0.1"]),
            correction("nodes", "node-9", "kind", "vm"),
            correction("services", "shop/web", "load_balancer", "shared", read="dnat"),
            correction("services", "shop/web", "load_balancer_id", "elb-1"),
        ],
    )

    assert states(result) == [APPLIED, OBSOLETE, UNUSED, CONFLICT, APPLIED]
    assert [use.read for use in result.uses] == ["unknown", ["10.0.0.1"], None, "classic", ""]
    service = named(result.snapshot.services, "web")
    assert (service.load_balancer, service.load_balancer_id) == (LoadBalancerKind.SHARED, "elb-1")


def test_a_snapshot_that_says_the_same_keeps_its_digest() -> None:
    result = apply(SHOP, [correction("nodes", "node-1", "private_ips", ["10.0.0.1"])])

    assert result.snapshot is SHOP


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"storage": "nfs"}, (StorageKind.NFS, Provisioning.SELF_BUILT, False, OutageClass.OUTAGE)),
        ({"storage": "nfs", "shared": True}, (StorageKind.NFS, Provisioning.SELF_BUILT, True, OutageClass.NONE)),
        ({"storage": "sfs"}, (StorageKind.SFS, Provisioning.CLOUD, True, OutageClass.NONE)),
        ({"storage": "local"}, (StorageKind.LOCAL, Provisioning.NODE_LOCAL, False, OutageClass.COPY)),
        ({"storage": "evs", "outage": "none"}, (StorageKind.EVS, Provisioning.CLOUD, False, OutageClass.NONE)),
        ({"provisioning": "self_built"}, (StorageKind.OTHER, Provisioning.SELF_BUILT, False, OutageClass.OUTAGE)),
        ({"outage": "copy"}, (StorageKind.OTHER, Provisioning.UNKNOWN, False, OutageClass.COPY)),
        ({"reclaim_policy": "Retain"}, (StorageKind.OTHER, Provisioning.UNKNOWN, False, OutageClass.UNKNOWN)),
    ],
)
def test_what_follows_from_the_storage_of_a_volume_is_worked_out_again(
    fields: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    made = named(corrected(*(("volumes", "pv-data", f, v) for f, v in fields.items())).volumes, "pv-data")

    assert (made.storage, made.provisioning, made.shared, made.outage) == expected


def test_the_claim_of_a_volume_is_bound_on_both_sides() -> None:
    new = corrected(("volumes", "pv-data", "claim", "shop/more"))

    made = named(new.volumes, "pv-data")
    assert (made.claim_namespace, made.claim_name) == ("shop", "more")
    assert {c.name: c.volume for c in new.claims} == {"data": "", "more": "pv-data"}
    freed = corrected(("volumes", "pv-data", "claim", ""))
    assert (named(freed.volumes, "pv-data").claim_name, named(freed.claims, "data").volume) == ("", "")


def test_a_workload_that_is_gone_takes_its_pods_mounts_and_objects_along() -> None:
    new = corrected(("workloads", "shop/Deployment/old", "exists", False))

    assert [w.key for w in new.user_workloads] == ["shop/Deployment/web"]
    assert new.pods == ()
    assert named(new.claims, "data").mounted_by == ("shop/Deployment/web",)
    gone = {str(o.ref) for o in SHOP.objects} - {str(o.ref) for o in new.objects}
    assert gone == {"Deployment shop/old", "ReplicaSet shop/old-6d4b75cb6d", "Pod shop/old-6d4b75cb6d-2xk7z"}


def test_without_its_oldest_node_the_cluster_is_of_the_next_version() -> None:
    new = corrected(("nodes", "node-1", "exists", False))

    assert [n.name for n in new.nodes] == ["node-2"]
    assert (str(SHOP.cluster.version), str(new.cluster.version)) == ("v1.13.10-r0", "v1.15.11-r1")


def test_facts_of_the_cluster_are_corrected_and_the_version_says_so() -> None:
    new = corrected(("cluster", "", "version", "1.17.17"), ("cluster", "", "network_mode", "vpc-router"))

    assert (str(new.cluster.version), new.cluster.version_source) == ("v1.17.17", "corrected")
    assert new.cluster.network_mode == "vpc-router"


def test_a_namespace_may_belong_to_the_platform_or_to_the_business() -> None:
    platform = corrected(("namespaces", "shop", "system", True))
    assert platform.user_workloads == ()
    assert all(f.system for s in ("pods", "claims", "services", "configs") for f in getattr(platform, s))
    ours = corrected(("namespaces", "kube-system", "system", False))
    assert [w.ref.name for w in ours.user_workloads] == ["agent", "old", "web"]
    but_one = corrected(("namespaces", "shop", "system", True), ("workloads", "shop/Deployment/web", "system", False))
    assert [w.ref.name for w in but_one.user_workloads] == ["web"]


def test_a_workload_said_to_be_of_the_platform_counts_as_its_component() -> None:
    new = corrected(("workloads", "shop/Deployment/old", "system", True))
    assert named(new.workloads, "old").platform_part == "old"
    ours = corrected(("workloads", "kube-system/Deployment/agent", "system", False))
    assert named(ours.workloads, "agent").platform_part == ""


def test_corrected_addresses_say_whether_the_internet_reaches_them() -> None:
    outside = named(corrected(("services", "shop/web", "addresses", ["203.0.113.80"])).services, "web")
    inside = named(corrected(("services", "shop/web", "addresses", ["10.0.0.80"])).services, "web")
    assert (outside.public, outside.eips, inside.public, inside.eips) == (True, ("203.0.113.80",), False, ())
    said = corrected(("services", "shop/web", "addresses", ["10.0.0.80"]), ("services", "shop/web", "public", True))
    assert named(said.services, "web").public is True


def test_what_the_dump_says_as_well_has_no_consequences() -> None:
    """Beside a correction that says something new, one that does not leaves everything else as it was read."""
    new = corrected(
        ("nodes", "node-1", "kind", "vm"),
        ("cluster", "", "version", "v1.13.10-r0"),
        ("volumes", "pv-disk", "storage", "evs"),
        ("services", "shop/web", "addresses", []),
        ("namespaces", "shop", "system", False),
    )
    assert differences(new) == {"nodes": ["node-1"]}


def test_the_pods_of_a_workload_go_with_it() -> None:
    new = corrected(("workloads", "shop/Deployment/old", "system", True))

    assert [p.system for p in new.pods] == [True]
    assert not named(new.claims, "data").system


def test_every_field_can_be_read_where_its_fact_is() -> None:
    whole = Read(SHOP)
    keys = {"cluster": "", "nodes": "node-1", "namespaces": "shop", "workloads": "shop/Deployment/web"}
    keys |= {"volumes": "pv-data", "claims": "shop/data", "services": "shop/web"}

    for section, key in keys.items():
        assert whole.values(section, key).keys() == FIELDS[section].keys()
    assert whole.value("volumes", "pv-data", "claim") == "shop/data"
    with pytest.raises(KeyError):
        whole.value("volumes", "pv-none", "storage")


@pytest.mark.parametrize(
    ("section", "key", "field", "value", "code"),
    [
        ("pods", "shop/x", "phase", "Running", "correction_section"),
        ("nodes", "node-1", "name", "x", "correction_field"),
        ("nodes", "", "kind", "vm", "correction_key"),
        ("cluster", "x", "version", "1.17", "correction_key"),
        ("cluster", "", "version", "seventeen", "correction_value"),
        ("cluster", "", "masters", -1, "correction_value"),
        ("cluster", "", "masters", True, "correction_value"),
        ("nodes", "node-1", "kind", "mainframe", "correction_value"),
        ("nodes", "node-1", "eips", ["203.0.113"], "correction_value"),
        ("nodes", "node-1", "eips", "203.0.113.7", "correction_value"),
        ("nodes", "node-1", "exists", True, "correction_value"),
        ("nodes", "node-1", "flavor", "x" * 1025, "correction_value"),
        ("volumes", "pv", "claim", "data", "correction_value"),
        ("volumes", "pv", "shared", "maybe", "correction_value"),
        ("volumes", "pv", "reclaim_policy", "", "correction_value"),
        ("workloads", "a/b/c", "system", None, "correction_value"),
    ],
)
def test_what_cannot_be_corrected_is_refused(section: str, key: str, field: str, value: Any, code: str) -> None:
    with pytest.raises(InputError) as caught:
        correction(section, key, field, value)
    assert caught.value.code == code
    for lang in ("zh", "en"):
        assert caught.value.message(lang)


@pytest.mark.parametrize(
    "given",
    [
        {"value": "http://admin:plain-marker-7f3a@10.0.0.9/share"},
        {"value": "10.0.0.9:/share", "reason": "password=plain-marker-7f3a"},
        {"value": ["password=plain-marker-7f3a"]},
    ],
)
def test_a_credential_is_refused_and_not_repeated(given: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        checked(Correction(section="volumes", key="pv-data", field="path", **given))
    assert caught.value.code == "correction_secret"
    assert "plain-marker" not in f"{caught.value!r} {caught.value.message('zh')} {caught.value.message('en')}"


@pytest.mark.parametrize(
    ("section", "field", "given", "value"),
    [
        ("cluster", "version", " 1.17 ", "v1.17"),
        ("cluster", "masters", "3", 3),
        ("nodes", "eips", ["203.0.113.9", "203.0.113.7", "203.0.113.9"], ["203.0.113.7", "203.0.113.9"]),
        ("nodes", "flavor", "", ""),
        ("nodes", "exists", "no", False),
        ("volumes", "shared", "yes", True),
        ("volumes", "shared", "", None),
        ("volumes", "claim", None, ""),
        ("services", "load_balancer", None, None),
        ("services", "addresses", [], []),
    ],
)
def test_values_are_kept_in_one_form(section: str, field: str, given: Any, value: Any) -> None:
    assert FIELDS[section][field].parse(given) == value


def test_every_choice_is_a_value_that_the_facts_can_hold() -> None:
    """A choice that no enum knows would break every assessment of the cluster."""
    keys = {"cluster": "", "nodes": "node-1", "workloads": "shop/Deployment/web", "volumes": "pv-data"}
    keys |= {"claims": "shop/data", "services": "shop/web"}
    for section, key in keys.items():
        for field in FIELDS[section].values():
            for choice in field.choices if field.type is ValueType.CHOICE else ():
                new = apply(SHOP, [correction(section, key, field.name, choice)]).snapshot
                assert msgspec.json.decode(encode(new), type=Snapshot) == new


@pytest.mark.parametrize("guide", ["corrections.md", "corrections.zh-CN.md"])
def test_the_guides_list_every_field_with_its_choices(guide: str) -> None:
    page = (Path(__file__).parents[3] / "docs" / "guides" / guide).read_text("utf-8")

    rows = [re.findall(r"`([^`]*)`", line) for line in page.splitlines() if line.startswith("| `")]
    listed = {(row[0], row[2] if "/" in row[1] else row[1]): row[3 if "/" in row[1] else 2 :] for row in rows}
    assert listed.keys() == {(section, name) for section, fields in FIELDS.items() for name in fields}
    for (section, name), values in listed.items():
        if choices := FIELDS[section][name].choices:
            assert values == list(choices)

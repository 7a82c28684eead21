"""Facts of every table, as anything that a dump or a person could tell."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from migrator.snapshot.model import (
    AddressUse,
    Claim,
    ClaimTemplate,
    ClusterFacts,
    Fact,
    HostPort,
    LoadBalancerKind,
    Mount,
    Node,
    NodeKind,
    NodeSetting,
    ObjectRef,
    OutageClass,
    Provisioning,
    Service,
    ServicePort,
    StorageKind,
    Taint,
    Volume,
    Workload,
)
from migrator.snapshot.sheets.tables import TABLES, Table
from migrator.snapshot.workloads import GROUPS
from migrator.versions import Version

# Signs of every form of writing, of formulas, of quoting, and what people type.
TEXT = st.text(st.sampled_from("ab1 .-_/:=;,；，、|+>'\"\n\t@※＝＋中文%\\{}是"), max_size=8)
WORD = st.one_of(st.sampled_from(["web", "10.0.0.1", "yes", "unknown", "虚拟机", "1.10", "-1", "=1+1", "'x"]), TEXT)
NAME = st.one_of(st.sampled_from(["web", "app-token", "n1", "-x", "=a"]), TEXT.filter(lambda v: v.strip() != ""))
NUMBER = st.none() | st.integers(0, 10**17)
MAYBE = st.none() | st.booleans()
MAP = st.dictionaries(TEXT, TEXT, max_size=3)
PORT = st.integers(-1, 65535) | st.just(10**18)
NOT_EMPTY = TEXT.filter(bool)
WORDS = st.lists(NOT_EMPTY, max_size=3).map(tuple)
MODES = st.lists(st.sampled_from(["ReadWriteOnce", "ReadWriteMany", "a+b|c"]), max_size=2).map(tuple)


def _many(of: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(of, max_size=2).map(tuple)


VERSIONS = st.sampled_from(["v1.13.10-r0", "1.9", "v1.19.8-r1-CCE21.4.1.B003", "v1.14.10-gke.27"]).map(Version.parse)
CLUSTERS = st.builds(
    ClusterFacts,
    name=WORD,
    uid=WORD,
    version=st.none() | VERSIONS,
    platform_version=WORD,
    category=st.sampled_from(["", "CCE", "cce", "Turbo"]) | WORD,
    type=st.sampled_from(["", "VirtualMachine", "虚拟机集群"]) | WORD,
    flavor=WORD,
    network_mode=WORD,
    masters=NUMBER,
    billing=st.sampled_from(["", "pay_per_use", "按需"]),
    endpoints=WORDS,
)
NODES = st.builds(
    Node,
    name=NAME,
    kind=st.sampled_from(NodeKind),
    private_ips=WORDS,
    eips=WORDS,
    flavor=WORD,
    ready=MAYBE,
    unschedulable=st.booleans(),
    kubelet_version=st.sampled_from(["", "=?"]),  # a version would become the cluster's
    max_pods=NUMBER,
    labels=MAP,
    taints=_many(st.builds(Taint, key=TEXT, value=TEXT, effect=TEXT)),
)
REFS = st.builds(ObjectRef, api_version=WORD, kind=st.sampled_from(sorted(GROUPS)), namespace=WORD, name=NAME)
WORKLOADS = st.builds(
    Workload,
    ref=REFS,
    replicas=NUMBER,
    ready=NUMBER,
    images=WORDS,
    labels=MAP,
    node_selector=MAP,
    mounts=_many(
        st.builds(Mount, name=TEXT, kind=st.sampled_from(["claim", "host_path", "nfs", "other"]), target=TEXT)
    ),
    claim_templates=_many(st.builds(ClaimTemplate, name=TEXT, storage_class=TEXT, access_modes=MODES, request=TEXT)),
    host_ports=_many(st.builds(HostPort, container=TEXT, port=PORT, protocol=TEXT)),
    host_network=st.booleans(),
    sysctls=MAP,
    has_selector=st.booleans(),
    schedule=WORD,
)
VOLUMES = st.builds(
    Volume,
    name=NAME,
    storage=st.sampled_from(StorageKind),
    provisioning=st.sampled_from(Provisioning),
    outage=st.sampled_from(OutageClass),
    flex_volume=st.booleans(),
    driver=WORD,
    path=WORD,
    attributes=MAP,
    access_modes=WORDS,
    shared=MAYBE,
    dynamic=MAYBE,
    claim_namespace=WORD,
    claim_name=WORD,
)
CLAIMS = st.builds(
    Claim,
    namespace=WORD,
    name=NAME,
    volume=WORD,
    access_modes=WORDS,
    mounted_by=WORDS.map(lambda w: tuple(sorted(set(w)))),
)
PORTS = st.builds(
    ServicePort,
    port=PORT,
    name=TEXT,
    protocol=TEXT,
    target_port=TEXT,
    node_port=st.none() | PORT,
)
SERVICES = st.builds(
    Service,
    namespace=WORD,
    name=NAME,
    type=st.sampled_from(["LoadBalancer", "loadbalancer2"]),
    ports=_many(PORTS),
    selector=MAP,
    load_balancer=st.sampled_from(LoadBalancerKind),
    load_balancer_auto_created=MAYBE,
    addresses=WORDS,
    annotations=MAP,
)
ADDRESS_USES = st.builds(AddressUse, address=NAME, location=NAME, owner=WORD)
NODE_SETTINGS = st.builds(
    NodeSetting, node=NAME, category=st.sampled_from(["sysctl", "内核参数", "cron"]), key=NAME, value=WORD
)
ANY = st.one_of(CLUSTERS, NODES, WORKLOADS, VOLUMES, CLAIMS, SERVICES, ADDRESS_USES, NODE_SETTINGS)


def table_of(fact: Fact) -> Table:
    return next(table for table in TABLES if table.fact is type(fact))

"""STO020 to STO024: storage that the new cluster has no like of, or that does not leave its node (E.1, E.4, B.4)."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.checks.registry import check
from migrator.checks.report import finding, unresolved
from migrator.checks.spec import Category, CheckContext, CheckSpec, Severity, Yield
from migrator.checks.subjects import claim_ref, label_of, user_claims, user_volumes, volume_ref
from migrator.paths.model import Strategy
from migrator.snapshot.model import ObjectRef, Section, StorageKind

_MIGRATE = frozenset({Strategy.MIGRATE})

NODE_LOCAL = CheckSpec(
    code="STO020",
    slug="node-local-data",
    category=Category.STORAGE,
    severity=Severity.WARNING,
    needs=frozenset({Section.WORKLOADS}),
    references=("course",),
)

UNKNOWN_CLASS = CheckSpec(
    code="STO021",
    slug="storage-class-without-counterpart",
    category=Category.STORAGE,
    severity=Severity.WARNING,
    needs=frozenset({Section.CLAIMS, Section.STORAGE_CLASSES}),
    strategies=_MIGRATE,
    references=("FLEX", "OTC22"),
)

SHARED_DISK = CheckSpec(
    code="STO022",
    slug="disk-claimed-by-several-nodes",
    category=Category.STORAGE,
    severity=Severity.WARNING,
    needs=frozenset({Section.CLAIMS, Section.VOLUMES}),
    references=("FLEX",),
)

TEMPLATE_CLASS = CheckSpec(
    code="STO023",
    slug="claim-template-class-missing",
    category=Category.STORAGE,
    severity=Severity.WARNING,
    needs=frozenset({Section.WORKLOADS, Section.STORAGE_CLASSES}),
    references=("K8S",),
)

PORTS = CheckSpec(
    code="STO024",
    slug="file-system-ports-closed",
    category=Category.STORAGE,
    severity=Severity.WARNING,
    needs=frozenset({Section.VOLUMES}),
    asks_unseen=True,
    strategies=_MIGRATE,
    references=("OTC-umn",),
)

# Paths of the node itself, in which no business keeps data: they are there on every other node too.
_OF_THE_NODE = (
    *("/proc", "/sys", "/dev", "/run", "/var/run", "/etc", "/lib", "/usr", "/boot", "/var/log", "/var/paas"),
    *("/var/lib/docker", "/var/lib/containerd", "/var/lib/kubelet", "/mnt/paas", "/opt/cloud"),
)
# Provisioners of E.1: FlexVolume drivers of the old clusters and Everest's.
_KNOWN_PROVISIONERS = ("everest-csi-provisioner", "everest-disk-topology-csi-provisioner")


@check(NODE_LOCAL)
def node_local(context: CheckContext) -> Iterator[Yield]:
    """Folders of a node stay behind when its pods go to another: data in them must be copied, business stopped."""
    for workload, mounted in context.mounts.of("host_path"):
        paths = [path for path in mounted if holds_data(path)]
        if paths:
            yield finding(NODE_LOCAL, workload.ref, paths=paths)


def holds_data(path: str) -> bool:
    """Whether a folder of a node may hold data of the business; a root of the node holds everything and is no such."""
    clean = path.rstrip("/")
    if not clean or clean.endswith(".sock"):
        return False
    return not any(clean == own or clean.startswith(f"{own}/") for own in _OF_THE_NODE)


@check(UNKNOWN_CLASS)
def unknown_class(context: CheckContext) -> Iterator[Yield]:
    """One finding a class that is used: of what is not CCE's own somebody must say what takes its place."""
    provisioners = {c.name: c.provisioner for c in context.snapshot.storage_classes}
    users: dict[str, int] = {}
    for claim in user_claims(context):
        if claim.storage_class:
            users[claim.storage_class] = users.get(claim.storage_class, 0) + 1
    for name, claims in sorted(users.items()):
        provisioner = provisioners.get(name, "")
        if provisioner and not provisioner.startswith("flexvolume-") and provisioner not in _KNOWN_PROVISIONERS:
            ref = ObjectRef(api_version="storage.k8s.io/v1", kind="StorageClass", name=name)
            yield finding(UNKNOWN_CLASS, ref, provisioner=provisioner, claims=claims)


@check(SHARED_DISK)
def shared_disk(context: CheckContext) -> Iterator[Yield]:
    """A disk can be mounted by one node at a time (E.1), whatever the claim asks for."""
    volumes = {v.name: v for v in context.snapshot.volumes}
    for claim in user_claims(context):
        volume = volumes.get(claim.volume)
        if volume is not None and volume.storage is StorageKind.EVS and "ReadWriteMany" in claim.access_modes:
            yield finding(SHARED_DISK, claim_ref(claim.namespace, claim.name), volume=volume.name)


@check(TEMPLATE_CLASS)
def template_class(context: CheckContext) -> Iterator[Yield]:
    """What a StatefulSet asks for when it grows: with a class that is not there the new pod waits for ever."""
    known = {c.name for c in context.snapshot.storage_classes}
    for workload in context.user_workloads:
        gone = sorted({t.storage_class for t in workload.claim_templates if t.storage_class not in known | {""}})
        if gone:
            yield finding(TEMPLATE_CLASS, workload.ref, classes=gone)


@check(PORTS)
def ports(context: CheckContext) -> Iterator[Yield]:
    """Security groups are in no dump, so that a person is asked, of each such file system by its name."""
    needed = {p.storage: [str(port) for port in p.ports] for p in context.catalog.storage_ports}
    for volume in user_volumes(context):
        if wanted := needed.get(volume.storage):
            yield unresolved(PORTS, volume_ref(volume), storage=label_of(volume), ports=wanted)

"""Items of the pre-upgrade check of which the CCE API, the files of nodes or objects tell a part, or all (C)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from migrator.catalog.model import RiskKind, SettingCategory
from migrator.checks.conditions import asks_for_gpu
from migrator.checks.objects import contents
from migrator.checks.report import evidence, finding, unresolved
from migrator.checks.spec import CheckContext, CheckSpec, Settled, Yield
from migrator.checks.subjects import cluster_ref, corefile_ref, node_ref, node_setting_ref
from migrator.paths.model import Concern
from migrator.snapshot.addons import ADDON_RELEASE
from migrator.snapshot.model import ConfigEntry, NodeSetting, ObjectRef, Section
from migrator.snapshot.node_settings import by_value, shortened
from migrator.snapshot.workloads import GROUPS
from migrator.versions import Minor, Version

Look = Callable[[CheckSpec, CheckContext], Iterator[Yield]]

_CPU_POLICY = "cpu-manager-policy"
_ENHANCED = "enhanced-static"
# What may be changed without harm, by the names of the kubelet's arguments and Docker's options (C, item 36), and the
# minor up to which it may not.
_MAY_DIFFER: dict[str, Minor | None] = {
    **dict.fromkeys((_CPU_POLICY, "max-pods", "kube-api-qps", "kube-api-burst", "pod-max-pids", "pod-pids-limit")),
    **dict.fromkeys(("topology-manager-policy", "resolv-conf", "allowed-unsafe-sysctls")),
    "storage-opts.dm.basesize": Minor(1, 19),
    "event-qps": Minor(1, 21),
    "topology-manager-scope": Minor(1, 21),
}
_IPV6_FROM = {23: Version.parse("v1.23.8-r0"), 25: Version.parse("v1.25.3-r0")}  # by minor
_ENCRYPTED_FROM = {27: Version.parse("v1.27.10-r0"), 28: Version.parse("v1.28.8-r0"), 29: Version.parse("v1.29.4-r0")}
_NIC_TARGET = 256
_COREDNS = "coredns"
_NETWORK_OBJECT = "default"
_SNAT_RANGES = "snatIPRanges"
_DEFECTIVE_KERNEL = "5.15.0-113-generic"
_NOT_OF_ADDONS = ("kube-root-ca.crt", "extension-apiserver-authentication")


def _cpu_policy(spec: CheckSpec, context: CheckContext) -> Iterator[Yield]:
    """The cluster's own policy, and what kubelets were found with; pools keep theirs where no export tells it."""
    if context.snapshot.cluster.cpu_policy == _ENHANCED:
        yield finding(spec, cluster_ref(context.snapshot))
    for shared in by_value(_settings(context, SettingCategory.KUBELET)):
        if shared.key == _CPU_POLICY and shared.value == _ENHANCED:
            yield finding(spec, node_setting_ref(shared), "nodes", nodes=shortened(shared.nodes))


def _settings(context: CheckContext, *categories: SettingCategory) -> list[NodeSetting]:
    return [s for s in context.snapshot.node_settings if s.category in categories and s.origin == "dump"]


def _configuration(spec: CheckSpec, context: CheckContext) -> Iterator[Yield]:
    """Settings of kubelet and engine that an untouched node does not have; of the other files a person must tell."""
    changed = by_value(_settings(context, SettingCategory.KUBELET, SettingCategory.CONTAINER_ENGINE))
    for shared in changed:
        if not _may_differ(shared.key, context.target.as_minor):
            yield finding(
                spec, node_setting_ref(shared), key=shared.key, value=shared.value, nodes=shortened(shared.nodes)
            )
    if allowed := sorted({s.key for s in changed if _may_differ(s.key, context.target.as_minor)}):
        yield evidence(spec, "allowed", keys=allowed)


def _may_differ(key: str, target: Minor) -> bool:
    """The sources do not say of which end of the upgrade they speak: what is told is told of both."""
    return key in _MAY_DIFFER and ((until := _MAY_DIFFER[key]) is None or target > until)


def _ipv6(spec: CheckSpec, context: CheckContext) -> Iterator[Yield]:
    on, target = context.snapshot.cluster.ipv6, context.target
    first = _IPV6_FROM.get(target.minor)
    if on is None or (on and first and target.patch < 0):  # of a minor version alone the patch is not known
        return
    supported = target >= first if first else target >= max(_IPV6_FROM.values())
    if on and not supported:
        yield finding(spec, cluster_ref(context.snapshot), target=str(target))
    yield Settled()


def _history(spec: CheckSpec, context: CheckContext) -> Iterator[Yield]:
    """Never upgraded so far: then no upgrade can lie too far back."""
    before = context.snapshot.cluster.upgraded_from
    if before == "never":
        yield evidence(spec, "never")
        yield Settled()
    elif before:
        yield evidence(spec, "from", version=before)


def _gpu_pods(spec: CheckSpec, context: CheckContext) -> Iterator[Yield]:
    using = [str(c.ref) for c in contents(context, *GROUPS) if asks_for_gpu(c)]
    unread = any(ref.kind in GROUPS for ref in context.named_only)
    if using:
        yield evidence(spec, "using", count=len(using), names=shortened(sorted(using)))
    elif not unread and context.snapshot.covers(Section.WORKLOADS):
        yield Settled()


def _gpu_kernel(spec: CheckSpec, context: CheckContext) -> Iterator[Yield]:
    """Only one kernel needs a newer driver, and the driver is nowhere told."""
    nodes = [n for n in context.snapshot.nodes if "Ubuntu" in n.os_image or not n.os_image]
    for node in nodes:
        if node.kernel_version == _DEFECTIVE_KERNEL:
            yield unresolved(spec, node_ref(node), kernel=node.kernel_version)
    told = all(n.kernel_version and n.kernel_version != _DEFECTIVE_KERNEL for n in nodes)
    if told and context.snapshot.covers(Section.NODES):
        yield Settled()


def _encryption(spec: CheckSpec, context: CheckContext) -> Iterator[Yield]:
    """With a key of KMS; the condition of the item leaves out what cannot be."""
    target = context.target
    if context.snapshot.cluster.encryption != "KMS":
        return
    first = _ENCRYPTED_FROM.get(target.minor)
    if first and target.patch < 0:  # the patch decides
        yield evidence(spec, "on", first=str(first))
        return
    if target < (first or min(_ENCRYPTED_FROM.values())):
        yield finding(spec, cluster_ref(context.snapshot), target=str(target))
    yield Settled()


def _nic_target(spec: CheckSpec, context: CheckContext) -> Iterator[Yield]:
    """A configuration does not say whose it is, so that too much can be told, and never that all is well."""
    most = context.snapshot.cluster.nic_warm_most
    if most is not None and most > _NIC_TARGET:
        yield finding(spec, cluster_ref(context.snapshot), value=most)
    elif most is not None:
        yield evidence(spec, "most", value=most)


def _differences(spec: CheckSpec, context: CheckContext) -> Iterator[Yield]:
    """What the versions on the way do otherwise, as far as it concerns this cluster by its facts."""
    known = [r for r in context.path.risks if r.risk.kind is RiskKind.DIFFERENCE]
    for concern, variant in ((Concern.APPLIES, "applies"), (Concern.UNKNOWN, "untold")):
        if names := [r.risk.name for r in known if r.concern is concern]:
            yield evidence(spec, variant, names=names)
    if context.path.hops and known and all(r.concern is Concern.NOT for r in known):
        yield Settled()


def _cron_jobs(spec: CheckSpec, context: CheckContext) -> Iterator[Yield]:
    """Those that name their time zone, or are suspended, do not follow the masters'."""
    bodies = list(contents(context, "CronJob"))
    fixed = {(c.ref.namespace, c.ref.name) for c in bodies if c.spec.get("timeZone") or c.spec.get("suspend") is True}
    jobs = [w.ref for w in context.snapshot.workloads if w.ref.kind == "CronJob"]
    if jobs and all((ref.namespace, ref.name) in fixed for ref in jobs) and context.snapshot.covers(Section.WORKLOADS):
        yield evidence(spec, "fixed", count=len(jobs))
        yield Settled()
        return
    names = sorted(f"{w.ref.namespace}/{w.ref.name}" for w in context.snapshot.workloads if w.ref.kind == "CronJob")
    if names:
        yield evidence(spec, "jobs", count=len(names), names=shortened(names))


def _snat_ranges(spec: CheckSpec, context: CheckContext) -> Iterator[Yield]:
    """What they are now; what the platform will make of them it tells nobody before the upgrade.

    They stand in the object ``default`` of the network's own kind (``kubectl get yc default``).
    """
    own = {m.ref for m in context.snapshot.manifests if (m.ref.namespace, m.ref.name) == ("", _NETWORK_OBJECT)}
    for content in contents(context, *sorted({ref.kind for ref in own}), mentioning=_SNAT_RANGES):
        if content.ref in own:
            for ranges in _values(content.body, _SNAT_RANGES):
                yield evidence(spec, "ranges", object=str(content.ref), ranges=ranges or ["-"])


def _values(body: object, field: str) -> Iterator[list[str]]:
    """What ``field`` holds, wherever it stands in the object."""
    for name, value in body.items() if isinstance(body, dict) else ():
        if name == field:
            yield [str(v) for v in value] if isinstance(value, list) else [str(value)]
        else:
            yield from _values(value, field)


def _corefile(spec: CheckSpec, context: CheckContext) -> Iterator[Yield]:
    corefile = context.snapshot.cluster.corefile
    entry = next((c for c in _of_addons(context) if c.name == _COREDNS), None)
    if entry is not None and entry.as_released is not None:
        if not entry.as_released:
            yield finding(spec, corefile_ref())
        yield Settled()
    elif corefile is not None:
        yield evidence(spec, "corefile", lines=len(corefile.strip().splitlines()))


def _config_maps(spec: CheckSpec, context: CheckContext) -> Iterator[Yield]:
    """Those that an add-on brought, by its release; where none tells, those that one may have brought."""
    snapshot = context.snapshot
    told = [c for c in snapshot.configs if c.as_released is not None]
    for entry in told:
        if not entry.as_released and entry.name != _COREDNS:  # that one is an item of its own
            yield finding(
                spec, ObjectRef(api_version="v1", kind="ConfigMap", namespace=entry.namespace, name=entry.name)
            )
    held = {r.name: r.config_maps for r in snapshot.helm_releases if r.status == "deployed" and r.manifest_read}
    of_addons = [held.get(f"{ADDON_RELEASE}{a.name}") for a in snapshot.addons]
    complete = sum(n or 0 for n in of_addons) == len(told) and None not in of_addons
    if complete and of_addons and snapshot.covers(Section.ADDONS):
        yield Settled()
        return
    names = sorted(c.name for c in _of_addons(context) if c.as_released is None)
    if names:
        yield evidence(spec, "config_maps", count=len(names), names=shortened(names))


def _of_addons(context: CheckContext) -> list[ConfigEntry]:
    """ConfigMaps of the platform's namespace, without the server's own."""
    return [
        c
        for c in context.snapshot.configs
        if c.kind == "ConfigMap" and c.namespace == "kube-system" and c.name not in _NOT_OF_ADDONS
    ]


FACT_LOOKS: dict[int, Look] = {
    9: _differences,
    28: _cpu_policy,
    33: _ipv6,
    36: _configuration,
    38: _corefile,
    46: _history,
    56: _gpu_pods,
    62: _encryption,
    63: _gpu_kernel,
    70: _nic_target,
    71: _cron_jobs,
    72: _snat_ranges,
    73: _config_maps,
}

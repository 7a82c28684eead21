"""Add-ons and other parts of the platform, told from Helm's records and from the workloads of its own namespaces.

The CCE API names the add-ons; where it was not asked, their releases (``cceaddon-<name>``) and images do (domain facts
H.7). What bears none of the marks is somebody's own, also in a namespace of the platform.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from migrator.snapshot.model import AddOn, HelmRelease, Workload
from migrator.snapshot.values import Body, annotations_of, labels_of

# Last part of an image's name -> add-on as CCE calls it.
_IMAGES = {
    "coredns": "coredns",
    "k8s-dns-kube-dns": "kube-dns",
    "kube-dns": "kube-dns",
    "everest-csi-controller": "everest",
    "everest-csi-driver": "everest",
    "metrics-server": "metrics-server",
    "cluster-autoscaler": "autoscaler",
    "node-problem-detector": "npd",
    "npd": "npd",
    "storage-driver": "storage-driver",
    "gpu-device-plugin": "gpu-beta",
    "nvidia-driver-installer": "gpu-beta",
    "cce-hpa-controller": "cce-hpa-controller",
    "nginx-ingress-controller": "nginx-ingress",
    "kubernetes-dashboard": "dashboard",
    "dashboard": "dashboard",
    "volcano-scheduler": "volcano",
    "vc-scheduler": "volcano",
}
# Names that stand for an add-on only where the platform publishes them: others publish images of these names, too.
_PUBLISHED = {"everest": "everest", "nginx-ingress": "nginx-ingress"}
_DECORATED = re.compile(r"(?:cce-)?(?P<name>.+?)(?:-linux)?(?:-(?:amd64|arm64|x86_64|aarch64))?")
_IMAGE = re.compile(r"(?:.*/)?(?P<name>[^/:@]+)(?::(?P<tag>[^@]+))?(?:@.*)?")
ADDON_RELEASE = "cceaddon-"  # and the add-on: the name of its Helm release
_RELEASE_NAMES = ("meta.helm.sh/release-name", "release", "app.kubernetes.io/instance")  # annotation, labels
# Where platforms publish what their clusters are made of. The registry of the Kubernetes project is none of them: what
# comes from there is as often installed by the customer, as are the labels of its add-on manager in copied manifests.
_REGISTRIES = re.compile(r"/hwofficial/|^gke\.gcr\.io/|^gcr\.io/gke-release/")
_NAMES = re.compile(
    r"tiller-deploy|icagent|kube-proxy|nvidia-driver-installer|(?:calico|canal|yangtse|flannel|cilium)(?:-[a-z-]+)?"
)


def part_of_platform(name: str, body: Body, images: Iterable[str]) -> str:
    """What a workload in one of the platform's namespaces is a part of; empty where it bears none of the marks."""
    given = {**labels_of(body), **annotations_of(body)}
    release = next((given[k] for k in _RELEASE_NAMES if given.get(k, "").startswith(ADDON_RELEASE)), "")
    if release:
        return release.removeprefix(ADDON_RELEASE)
    known = [add_on for image in images if (add_on := _add_on_of(image)[0])]
    if known:
        return known[0]
    if _NAMES.fullmatch(name) or any(_REGISTRIES.search(image) for image in images):
        return name
    return ""


def _add_on_of(image: str) -> tuple[str, str]:
    """The add-on that an image belongs to and its version, both empty where it is of none.

    Names come plain and decorated (``cce-coredns-linux-amd64``); of a tag such as ``v1.14.3_6.0.2`` the second part is
    the add-on's own version.
    """
    parts = _IMAGE.fullmatch(image)
    if parts is None:
        return "", ""
    known = {**_IMAGES, **_PUBLISHED} if _REGISTRIES.search(image) else _IMAGES
    plain = _DECORATED.fullmatch(parts["name"])
    name = known.get(parts["name"]) or (known.get(plain["name"]) if plain else None)
    return (name, (parts["tag"] or "").rpartition("_")[2].removeprefix("v")) if name else ("", "")


def together(
    told: Mapping[str, AddOn], releases: Iterable[HelmRelease], workloads: Iterable[Workload]
) -> tuple[AddOn, ...]:
    """One entry an add-on: by the CCE API (``told``), otherwise by its release, otherwise by its image's tag."""
    running = _from_workloads(workloads)
    return tuple(a for _, a in sorted({**running, **_from_releases(releases, running), **told}.items()))


def _from_releases(releases: Iterable[HelmRelease], running: Mapping[str, AddOn]) -> dict[str, AddOn]:
    deployed = [r for r in releases if r.name.startswith(ADDON_RELEASE) and r.status == "deployed" and r.chart_version]
    found = {}
    for release in sorted(deployed, key=lambda r: r.revision):
        name = release.name.removeprefix(ADDON_RELEASE)
        status = running[name].status if name in running else ""
        found[name] = AddOn(name=name, version=release.chart_version, status=status, source="helm")
    return found


def _from_workloads(workloads: Iterable[Workload]) -> dict[str, AddOn]:
    found: dict[str, AddOn] = {}
    for workload in workloads:
        if not workload.system:
            continue
        for image in workload.images:
            name, version = _add_on_of(image)
            if not name:
                continue
            known = found.get(name, AddOn(name=name, source="workload"))
            status = min(_state(workload), known.status, key=_STATES.index)
            found[name] = replace(known, version=max(version, known.version), status=status)
    return found


# Of several workloads the first of these counts.
_STATES = ("abnormal", "running", "")


def _state(workload: Workload) -> str:
    """In the words of the CCE API; a DaemonSet does not say how many pods it wants."""
    if workload.ready is not None and workload.ready < (workload.replicas or 0):
        return "abnormal"
    return "running" if workload.ready else ""

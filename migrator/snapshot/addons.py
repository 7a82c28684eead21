"""Add-ons told from the images of the platform's own workloads, where the CCE API was not asked (domain facts H.7)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from migrator.snapshot.model import AddOn, Workload

# Last part of an image's name -> add-on as CCE calls it.
_IMAGES = {
    "coredns": "coredns",
    "k8s-dns-kube-dns": "kube-dns",
    "k8s-dns-kube-dns-amd64": "kube-dns",
    "kube-dns": "kube-dns",
    "everest-csi-controller": "everest",
    "everest-csi-driver": "everest",
    "metrics-server": "metrics-server",
    "metrics-server-amd64": "metrics-server",
    "cluster-autoscaler": "autoscaler",
    "node-problem-detector": "npd",
    "npd": "npd",
    "storage-driver": "storage-driver",
    "gpu-device-plugin": "gpu-beta",
    "nvidia-driver-installer": "gpu-beta",
    "cce-hpa-controller": "cce-hpa-controller",
    "nginx-ingress-controller": "nginx-ingress",
    "kubernetes-dashboard-amd64": "dashboard",
    "dashboard": "dashboard",
    "volcano-scheduler": "volcano",
    "vc-scheduler": "volcano",
}
_IMAGE = re.compile(r"(?:.*/)?(?P<name>[^/:@]+)(?::(?P<tag>[^@]+))?(?:@.*)?")


def from_workloads(workloads: Iterable[Workload]) -> dict[str, AddOn]:
    """Add-ons by name; the version is the image's tag."""
    found: dict[str, AddOn] = {}
    for workload in workloads:
        if not workload.system:
            continue
        for image in workload.images:
            parts = _IMAGE.fullmatch(image)
            name = _IMAGES.get(parts["name"]) if parts else None
            if parts is None or name is None:
                continue
            version = (parts["tag"] or "").removeprefix("v")
            status = "running" if workload.ready else ""
            known = found.get(name)
            if known is None or (version, status) > (known.version, known.status):
                found[name] = AddOn(name=name, version=version, status=status, source="workload")
    return found

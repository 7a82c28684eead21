"""The state of a node: what the collector saw of it at one moment, and what its mounts show (C)."""

from __future__ import annotations

import re
from collections.abc import Iterator

COMMAND = "node state"  # as the collector names it in a bundle
MOUNTS = "/proc/1/mounts"

_KNOWN = re.compile(
    r"(?P<key>swap|images|layers(?: at most)?|(?:memory|cpu) used|free /[\w./-]*|mode /|mtu bond0|shell paas|sudo"
    r"|containerd socket|kubelet certificates|(?:running|command|service) [\w.-]+|answers (?:[a-z]+|/[^\s=]+)"
    r"|(?:link|file|immutable|id) /[\w./-]+)"
    r"=(?P<value>[\w./-]*)"
)
# Where nothing may be mounted; with the volume group vgpaas-share only the first is looked at (C, item 43).
_GUARDED = ("/mnt", "/mnt/paas", "/mnt/paas/kubernetes", "/var", "/var/lib")
_SHARED_GROUP = re.compile(r"/dev/(?:mapper/vgpaas-share|vgpaas/share|mapper/vgpaas-share\S*)")
# As the collector tries them. Of programs in user space (fuse) nobody knows which ones reach for the network.
_BY_NETWORK = re.compile(
    r"nfs\d?|cifs|smb3|smbfs|9p|ceph|glusterfs|lustre|beegfs|gpfs|fuse(?:\..*)?|s3fs|obsfs", re.ASCII
)


def seen(text: str) -> Iterator[tuple[str, str]]:
    """(key, value) of each line ``key=value`` of the collector that is of a known key; the others are left out."""
    for line in text.splitlines():
        if found := _KNOWN.fullmatch(line.strip()):
            yield found["key"], found["value"]


def of_mounts(text: str) -> Iterator[tuple[str, str]]:
    """What ``/proc/1/mounts`` shows: folders that must not be mounted over and are, and mounts by the network."""
    mounted = [parts for line in text.splitlines() if len(parts := line.split(" ")) > 3]
    shared = any(_SHARED_GROUP.fullmatch(device) for device, *_ in mounted)
    guarded = _GUARDED[:1] if shared else _GUARDED
    yield "shared volume group", "yes" if shared else "no"
    yield "mounted over", " ".join(sorted({place for _, place, *_ in mounted if place in guarded}))
    yield "network mounts", " ".join(sorted({m[1] for m in mounted if _BY_NETWORK.fullmatch(m[2])}))

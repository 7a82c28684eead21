"""What to mind on a hop of an upgrade in place (A.5, A.6)."""

from __future__ import annotations

from collections.abc import Callable

from migrator.catalog.model import HopRule
from migrator.locale import Msg, msg


def crosses(hop: HopRule, minor: int) -> bool:
    """Whether the hop enters the given minor of Kubernetes 1."""
    return hop.source.minor < minor <= hop.target.minor


_PRECAUTIONS: tuple[tuple[str, Callable[[HopRule], bool]], ...] = (
    ("off_peak", lambda hop: True),
    ("settings_pause", lambda hop: True),
    ("no_local_edits", lambda hop: True),
    ("autoscaling_off", lambda hop: hop.source.minor <= 21),
    ("upgrade_taint", lambda hop: hop.source.minor <= 23),
    ("addon_priority", lambda hop: True),
    ("coredns_two_nodes", lambda hop: True),
    ("cidr_blocks", lambda hop: crosses(hop, 15) and hop.source.minor == 13),
    ("flexvolume_takeover", lambda hop: hop.source.minor == 13),
    ("master_kubelet", lambda hop: hop.source.minor == 15 and hop.target.minor >= 19),
    ("old_node_labels", lambda hop: crosses(hop, 17)),
    ("docker_file_system", lambda hop: hop.source.minor == 15),
    ("qos_restart", lambda hop: crosses(hop, 16)),
    ("unsafe_sysctls", lambda hop: crosses(hop, 17)),
    ("aom_scaling", lambda hop: crosses(hop, 17)),
    ("webhook_certificates", lambda hop: crosses(hop, 19)),
    ("exec_probes", lambda hop: crosses(hop, 20)),
    ("ingress_v1", lambda hop: crosses(hop, 22)),
    ("pod_security", lambda hop: crosses(hop, 25)),
    ("coredns_endpoint_slice", lambda hop: hop.source.minor in (19, 21) and hop.target.minor >= 25),
    ("old_systems", lambda hop: crosses(hop, 27)),
    ("containerd_advised", lambda hop: crosses(hop, 27)),
    ("master_addresses", lambda hop: crosses(hop, 28)),
    ("conntrack", lambda hop: crosses(hop, 29)),
)


def precautions(hop: HopRule) -> list[Msg]:
    """What to mind on this hop (A.5, A.6)."""
    return [msg(f"runbook.warning.{name}") for name, applies in _PRECAUTIONS if applies(hop)]

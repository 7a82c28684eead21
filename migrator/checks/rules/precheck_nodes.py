"""Items of the pre-upgrade check that the state of the nodes decides, as the collector saw it (C).

Every node must have been looked at before nobody is asked: one that was not is named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from migrator.checks.report import evidence, finding
from migrator.checks.spec import CheckContext, CheckSpec, Settled, Unresolved, Yield
from migrator.checks.subjects import cluster_ref, node_ref
from migrator.locale import msg
from migrator.snapshot.model import Node, NodeKind, Section
from migrator.snapshot.node_settings import shortened

Look = Callable[[CheckSpec, CheckContext], Iterator[Yield]]
States = Mapping[str, str]
# What is wrong with a node by its states; None where they do not tell.
Judge = Callable[[CheckSpec, Node, States], list[Yield] | None]

_GIB = 1 << 20  # in KiB
_FREE = {
    "/": 2 * _GIB,
    "/tmp": 500 << 10,  # noqa: S108 - a folder of the node
    "/var/lib/docker": _GIB,
    "/var/lib/containerd": _GIB,
    "/mnt/paas/kubernetes/kubelet": _GIB,
}
_ENGINES = ("/var/lib/docker", "/var/lib/containerd")
_MOST_IMAGES = 1000
_MOST_CERTIFICATES = 1000
_TOOLS = ("chage", "chown", "chmod", "mkdir", "ln", "touch", "pidof")
_MOST_USED = 90  # per cent
_KUBELET = "/mnt/paas/kubernetes/kubelet"


def _of_every_node(judge: Judge, concerned: Callable[[Node], bool] = lambda _node: True) -> Look:
    """Judge each node that is ``concerned``, and tell which ones the input does not tell of."""

    def look(spec: CheckSpec, context: CheckContext) -> Iterator[Yield]:
        snapshot = context.snapshot
        states: dict[str, dict[str, str]] = {}
        for state in snapshot.node_states:
            states.setdefault(state.node, {})[state.key] = state.value
        nodes = [n for n in snapshot.nodes if concerned(n)]
        judged = {n.name: judge(spec, n, states.get(n.name, {})) for n in nodes}
        for told in judged.values():
            yield from told or ()
        untold = [name for name, told in judged.items() if told is None]
        if not untold and nodes and snapshot.covers(Section.NODES):
            yield Settled()
        elif len(untold) < len(nodes):
            reason = msg("check.reason.nodes_untold", count=len(untold), examples=shortened(untold))
            yield Unresolved(cluster_ref(snapshot), reason)

    return look


def _disks(spec: CheckSpec, node: Node, states: States) -> list[Yield] | None:
    free = {folder: int(states[f"free {folder}"]) for folder in _FREE if states.get(f"free {folder}", "").isdigit()}
    short = [f for f, left in free.items() if left < _FREE[f]]
    if short:
        return [
            finding(spec, node_ref(node), folders=[f"{f}: {free[f] >> 10} MiB < {_FREE[f] >> 10} MiB" for f in short])
        ]
    complete = {"/", "/tmp", _KUBELET} <= free.keys() and any(f in free for f in _ENGINES)  # noqa: S108
    return [] if complete else None


def _wrong(key: str, is_wrong: Callable[[str], bool]) -> Judge:
    """A finding where the value of one state is wrong, which its sentence names."""

    def judge(spec: CheckSpec, node: Node, states: States) -> list[Yield] | None:
        value = states.get(key, "")
        if not value:
            return None
        return [finding(spec, node_ref(node), value=value)] if is_wrong(value) else []

    return judge


def _more_than(most: int) -> Callable[[str], bool]:
    return lambda value: value.isdigit() and int(value) > most


def _stopped(*programs: str) -> Judge:
    """One of ``programs`` must run."""

    def judge(spec: CheckSpec, node: Node, states: States) -> list[Yield] | None:
        running = [states.get(f"running {p}") for p in programs]
        if "yes" in running:
            return []
        return None if None in running else [finding(spec, node_ref(node))]

    return judge


def _network_manager(spec: CheckSpec, node: Node, states: States) -> list[Yield] | None:
    """Ubuntu and nodes of an unknown system may bring their network up by other means."""
    if states.get("running NetworkManager") == "no" and ("Ubuntu" in node.os_image or not node.os_image):
        return None
    return _stopped("NetworkManager")(spec, node, states)


def _login(spec: CheckSpec, node: Node, states: States) -> list[Yield] | None:
    shell = states.get("shell paas")
    if shell is None:
        return None
    if shell == "absent":
        return [finding(spec, node_ref(node), "absent")]
    denied = shell.rpartition("/")[2] in ("nologin", "false")
    return [finding(spec, node_ref(node), value=shell)] if denied else []


def _memory(spec: CheckSpec, context: CheckContext) -> Iterator[Yield]:
    """Only of the moment of looking: too much is told, and what is enough then says nothing of the upgrade's day."""
    used = {s.node: int(s.value) for s in context.snapshot.node_states if s.key == "memory used" and s.value.isdigit()}
    for node in context.snapshot.nodes:
        if used.get(node.name, 0) > _MOST_USED:
            yield finding(spec, node_ref(node), value=str(used[node.name]))
    if used:
        yield evidence(spec, "most", percent=max(used.values()), nodes=len(used))


def _hanging(spec: CheckSpec, context: CheckContext) -> Iterator[Yield]:
    """Without a mount by the network none can hang; whether one does, the list of mounts does not tell."""
    places = {s.node: s.value.split() for s in context.snapshot.node_states if s.key == "network mounts"}
    mounted = [n for n in context.snapshot.nodes if places.get(n.name)]
    for node in mounted:
        yield evidence(spec, "mounted", node=node.name, places=places[node.name])
    names = {n.name for n in context.snapshot.nodes}
    if not mounted and names and names <= places.keys() and context.snapshot.covers(Section.NODES):
        yield Settled()


def _mounted_over(spec: CheckSpec, node: Node, states: States) -> list[Yield] | None:
    over, link = states.get("mounted over"), states.get("link /var/lib/kubelet")
    found: list[Yield] = []
    if over:
        found.append(finding(spec, node_ref(node), places=over.split()))
    if link and link != _KUBELET:
        found.append(finding(spec, node_ref(node), "link", value=link))
    return None if not found and (over is None or link is None) else found


def _tools(spec: CheckSpec, node: Node, states: States) -> list[Yield] | None:
    told = {name: states.get(f"command {name}") for name in _TOOLS}
    if missing := [name for name in _TOOLS if told[name] == "no"]:
        return [finding(spec, node_ref(node), commands=missing)]
    return None if None in told.values() else []


def _is_docker_on_euleros(node: Node) -> bool:
    docker = node.runtime.startswith("docker") or not node.runtime
    return docker and ("EulerOS" in node.os_image or not node.os_image)


def _is_metal(node: Node) -> bool:
    return node.kind is not NodeKind.VIRTUAL_MACHINE


NODE_LOOKS: dict[int, Look] = {
    12: _of_every_node(_disks),
    14: _of_every_node(_wrong("mode /", lambda mode: mode != "555")),
    16: _memory,
    17: _of_every_node(_stopped("chronyd", "ntpd")),
    21: _of_every_node(_stopped("systemd-journald")),
    22: _of_every_node(_wrong("containerd socket", lambda there: there == "yes"), _is_docker_on_euleros),
    24: _hanging,
    34: _of_every_node(_network_manager),
    43: _of_every_node(_mounted_over),
    44: _of_every_node(_login),
    49: _of_every_node(_wrong("mtu bond0", lambda mtu: mtu not in ("1500", "absent")), _is_metal),
    51: _of_every_node(_tools),
    52: _of_every_node(_wrong("swap", lambda areas: areas != "0")),
    61: _of_every_node(_wrong("images", _more_than(_MOST_IMAGES))),
    67: _of_every_node(_wrong("kubelet certificates", _more_than(_MOST_CERTIFICATES))),
}

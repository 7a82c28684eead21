"""Items of the pre-upgrade check that the state of the nodes decides, as the collector saw it (C).

Every node must have been looked at before nobody is asked: one that was not is named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from migrator.checks.report import evidence, finding
from migrator.checks.spec import CheckContext, CheckSpec, Settled, Unresolved, Yield
from migrator.checks.subjects import cluster_ref, node_ref
from migrator.locale import msg
from migrator.snapshot.model import Node, NodeKind, NodeState, Section
from migrator.snapshot.node_settings import shortened
from migrator.versions import Version

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
_ENGINES = {"docker": "/var/lib/docker", "containerd": "/var/lib/containerd"}  # by the word for the node's runtime
_RUNTIME = "/mnt/paas/runtime"
_MOST_IMAGES = 1000
_MOST_LAYERS = 5000
_MOST_CERTIFICATES = 1000
_TOOLS = ("chage", "chown", "chmod", "mkdir", "ln", "touch", "pidof")
_MOST_USED = 90  # per cent
_KUBELET = "/mnt/paas/kubernetes/kubelet"
_CONFIGURATION = "/opt/cloud/cce/kubernetes"
_CONFIGURATION_FILES = (
    f"{_CONFIGURATION}/kubelet/kubelet",
    f"{_CONFIGURATION}/kubelet/kubelet_config.yaml",
    f"{_CONFIGURATION}/kube-proxy/kube-proxy",
)
_DOCKER_FILES = {"/etc/default/docker": ("Ubuntu", "Debian"), "/etc/sysconfig/docker": ("EulerOS", "CentOS", "Red Hat")}
_SUDOERS = ("/etc/sudoers", "/etc/sudoers.d/sudoerspaas")
_ID_FILES = ("/var/lib/cloud/data/instance-id", "/var/paas/conf/server.conf")
_YANGTSE_AFTER = Version.parse("v1.17.17")
_RUNNING = ("active", "reloading")


def _of_every_node(judge: Judge, concerned: Callable[[Node], bool] = lambda _node: True) -> Look:
    """Judge each node that is ``concerned``, and tell which ones the input does not tell of."""

    def look(spec: CheckSpec, context: CheckContext) -> Iterator[Yield]:
        snapshot = context.snapshot
        states = _by_node(snapshot.node_states)
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


def _by_node(states: Iterable[NodeState]) -> dict[str, dict[str, str]]:
    """The states of each node, by key."""
    found: dict[str, dict[str, str]] = {}
    for state in states:
        found.setdefault(state.node, {})[state.key] = state.value
    return found


def _disks(spec: CheckSpec, node: Node, states: States) -> list[Yield] | None:
    free = {folder: int(states[f"free {folder}"]) for folder in _FREE if states.get(f"free {folder}", "").isdigit()}
    short = [f for f, left in free.items() if left < _FREE[f]]
    if short:
        return [
            finding(spec, node_ref(node), folders=[f"{f}: {free[f] >> 10} MiB < {_FREE[f] >> 10} MiB" for f in short])
        ]
    complete = {"/", "/tmp", _KUBELET} <= free.keys() and any(f in free for f in _engine_folders(node))  # noqa: S108
    return [] if complete else None


def _engine_folders(node: Node) -> list[str]:
    """The one of the node's engine; both where it is not known."""
    engine = node.runtime.partition(":")[0]
    return [_ENGINES[engine]] if engine in _ENGINES else list(_ENGINES.values())


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


def _used(key: str) -> Look:
    """Only of the moment of looking: too much is told, and what is enough then says nothing of the upgrade's day."""

    def look(spec: CheckSpec, context: CheckContext) -> Iterator[Yield]:
        used = {s.node: int(s.value) for s in context.snapshot.node_states if s.key == key and s.value.isdigit()}
        for node in context.snapshot.nodes:
            if used.get(node.name, 0) > _MOST_USED:
                yield finding(spec, node_ref(node), value=str(used[node.name]))
        if used:
            yield evidence(spec, "most", percent=max(used.values()), nodes=len(used))

    return look


def _hanging(spec: CheckSpec, context: CheckContext) -> Iterator[Yield]:
    """Only what is mounted by the network can hang. Each such mount was tried; where not, it is named."""
    snapshot = context.snapshot
    states = _by_node(snapshot.node_states)
    open_nodes = 0
    for node in snapshot.nodes:
        told = states.get(node.name, {})
        places = told.get("network mounts")
        answers = {place: told.get(f"answers {place}") for place in (places or "").split()}
        if hanging := [place for place, answer in answers.items() if answer == "no"]:
            yield finding(spec, node_ref(node), places=hanging)
        if untried := [place for place, answer in answers.items() if answer is None]:
            yield evidence(spec, "mounted", node=node.name, places=untried)
        open_nodes += places is None or bool(untried)
    if not open_nodes and snapshot.nodes and snapshot.covers(Section.NODES):
        yield Settled()


def _mounted_over(spec: CheckSpec, node: Node, states: States) -> list[Yield] | None:
    """Of a node with the shared volume group, the engine's folder must lead into it as well."""
    over, shared = states.get("mounted over"), states.get("shared volume group")
    link = states.get("link /var/lib/kubelet", "").rstrip("/")
    found: list[Yield] = []
    if over:
        found.append(finding(spec, node_ref(node), places=over.split()))
    if link and link != _KUBELET:
        found.append(finding(spec, node_ref(node), "link", value=link))
    complete = bool(link) and over is not None and shared is not None
    if shared == "yes":
        links = {folder: states.get(f"link {folder}", "").rstrip("/") for folder in _engine_folders(node)}
        if "" in links.values():
            complete = False
        elif _RUNTIME not in links.values():
            led = [f"{folder}: {value}" for folder, value in links.items()]
            found.append(finding(spec, node_ref(node), "runtime", links=led))
    return found or ([] if complete else None)


def _tools(spec: CheckSpec, node: Node, states: States) -> list[Yield] | None:
    told = {name: states.get(f"command {name}") for name in _TOOLS}
    if missing := [name for name in _TOOLS if told[name] == "no"]:
        return [finding(spec, node_ref(node), commands=missing)]
    return None if None in told.values() else []


def _components(spec: CheckSpec, context: CheckContext) -> Iterator[Yield]:
    """kube-proxy and the agent of the container network, of which a node has one."""
    agents = _agents(context)

    def judge(spec: CheckSpec, node: Node, states: States) -> list[Yield] | None:
        stopped, complete = [], True
        for names in (agents, ("kube-proxy",)):
            told = {name: states.get(f"service {name}", "") for name in names}
            if any(state in _RUNNING for state in told.values()):
                continue
            down = [f"{name}: {state}" for name, state in told.items() if _is_stopped(state)]
            runs_otherwise = any(states.get(f"running {name}") == "yes" for name in names)
            if down and "" not in told.values() and not runs_otherwise:
                stopped += down
            else:
                complete = False
        if stopped:
            return [finding(spec, node_ref(node), components=stopped)]
        return [] if complete else None

    yield from _of_every_node(judge)(spec, context)


def _is_stopped(service: str) -> bool:
    """By systemd's word for its state. A program that has no unit of its own may run in another way."""
    return service not in ("", "absent", *_RUNNING)


def _agents(context: CheckContext) -> tuple[str, ...]:
    """The agent that runs by version and network (C, item 29); both where one of the two is not known."""
    network, source = context.snapshot.cluster.network_mode, context.source
    untold = source.as_minor == _YANGTSE_AFTER.as_minor and source.patch < 0
    if network == "overlay_l2" or (source < _YANGTSE_AFTER and not untold):
        return ("canal",)
    if network and source.order[:3] > _YANGTSE_AFTER.order[:3]:
        return ("yangtse",)
    return ("canal", "yangtse")


def _server_ids(spec: CheckSpec, node: Node, states: States) -> list[Yield] | None:
    """Two files that hold the node's id, each of which may lack it; what is right the API alone tells."""
    told = {path: states.get(f"id {path}", "") for path in _ID_FILES}
    if lacking := [path for path, held in told.items() if held in ("absent", "empty")]:
        return [finding(spec, node_ref(node), "lacking", files=lacking)]
    held = {path: server.lower() for path, server in told.items() if server not in ("", "other")}
    if len(set(held.values())) > 1:
        return [finding(spec, node_ref(node), "differing", held=[f"{path}: {server}" for path, server in held.items()])]
    expected = node.server_id.rpartition("/")[2].lower()  # a providerID may have the cloud before it
    if not held or not expected:
        return None
    if wrong := [f"{path}: {server}" for path, server in held.items() if server != expected]:
        return [finding(spec, node_ref(node), held=wrong, expected=expected)]
    return [] if len(held) == len(_ID_FILES) else None


def _configuration_files(spec: CheckSpec, node: Node, states: States) -> list[Yield] | None:
    """Of Docker's file, one for each family of systems, only where the node runs Docker."""
    there = {path: states.get(f"file {path}") for path in (*_CONFIGURATION_FILES, *_DOCKER_FILES)}
    missing = [path for path in _CONFIGURATION_FILES if there[path] == "no"]
    complete = all(there[path] for path in _CONFIGURATION_FILES)
    if not node.runtime.startswith("containerd"):
        by_system = [p for p, systems in _DOCKER_FILES.items() if any(s in node.os_image for s in systems)]
        fitting = by_system or list(_DOCKER_FILES)
        found = [there[path] for path in fitting]
        if node.runtime.startswith("docker") and set(found) == {"no"}:
            missing += fitting
        complete = complete and "yes" in found
    if missing:
        return [finding(spec, node_ref(node), files=missing)]
    return [] if complete else None


def _sudo(spec: CheckSpec, node: Node, states: States) -> list[Yield] | None:
    locked = {path: states.get(f"immutable {path}") for path in _SUDOERS}
    found: list[Yield] = []
    if states.get("sudo") == "no":
        found.append(finding(spec, node_ref(node)))
    if files := [path for path, told in locked.items() if told == "yes"]:
        found.append(finding(spec, node_ref(node), "locked", files=files))
    complete = states.get("sudo") == "yes" and None not in locked.values()
    return found or ([] if complete else None)


def _commands(spec: CheckSpec, node: Node, states: States) -> list[Yield] | None:
    """The package manager's is one of two, by the family of the system."""
    asked = {"rpm -qa": "rpm", "dpkg -l": "dpkg", "systemctl status kubelet": "systemctl"}
    told = {command: states.get(f"answers {name}") for command, name in asked.items()}
    if failing := [command for command, answer in told.items() if answer == "no"]:
        return [finding(spec, node_ref(node), commands=failing)]
    complete = told["systemctl status kubelet"] == "yes" and "yes" in (told["rpm -qa"], told["dpkg -l"])
    return [] if complete else None


def _layers(spec: CheckSpec, node: Node, states: States) -> list[Yield] | None:
    """Where what containers wrote was counted too, only a number that is low enough says something."""
    exact, most = states.get("layers", ""), states.get("layers at most", "")
    if exact.isdigit():
        return [finding(spec, node_ref(node), value=exact)] if int(exact) > _MOST_LAYERS else []
    return [] if most.isdigit() and int(most) <= _MOST_LAYERS else None


def _agent(spec: CheckSpec, context: CheckContext) -> Iterator[Yield]:
    """One that does not run is told; whether one that runs is the newest, the console alone knows."""
    states = _by_node(context.snapshot.node_states)
    for node in context.snapshot.nodes:
        state = states.get(node.name, {}).get("service cce-agent", "")
        if _is_stopped(state):
            yield finding(spec, node_ref(node), value=state)


def _is_docker_on_euleros(node: Node) -> bool:
    docker = node.runtime.startswith("docker") or not node.runtime
    return docker and ("EulerOS" in node.os_image or not node.os_image)


def _is_metal(node: Node) -> bool:
    return node.kind is not NodeKind.VIRTUAL_MACHINE


NODE_LOOKS: dict[int, Look] = {
    10: _agent,
    11: _used("cpu used"),
    12: _of_every_node(_disks),
    14: _of_every_node(_wrong("mode /", lambda mode: mode != "555")),
    16: _used("memory used"),
    17: _of_every_node(_stopped("chronyd", "ntpd")),
    21: _of_every_node(_stopped("systemd-journald")),
    22: _of_every_node(_wrong("containerd socket", lambda there: there == "yes"), _is_docker_on_euleros),
    24: _hanging,
    29: _components,
    34: _of_every_node(_network_manager),
    35: _of_every_node(_server_ids),
    37: _of_every_node(_configuration_files),
    39: _of_every_node(_sudo),
    40: _of_every_node(_commands),
    43: _of_every_node(_mounted_over),
    44: _of_every_node(_login),
    49: _of_every_node(_wrong("mtu bond0", lambda mtu: mtu not in ("1500", "absent")), _is_metal),
    51: _of_every_node(_tools),
    52: _of_every_node(_wrong("swap", lambda areas: areas != "0")),
    61: _of_every_node(_wrong("images", _more_than(_MOST_IMAGES))),
    65: _of_every_node(_layers),
    67: _of_every_node(_wrong("kubelet certificates", _more_than(_MOST_CERTIFICATES))),
}

"""What was set on the nodes by hand, settled from all their files once the nodes themselves are known.

A reader tells ``NodeFile`` for each file it read. Which node it is of, which of two files says what holds, and what all
nodes have in common can only be said at the end.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from migrator.catalog.node_defaults import shipped_node_defaults
from migrator.snapshot.model import Fact, Node, NodeCoverage, NodeSetting, NodeState, ObjectRef, SecretNotice
from migrator.snapshot.node_settings import EVERY_NODE, UNKNOWN_NODE, of_pool

# Folders of a node's own file system, and of people who collect its files: no names of nodes.
_NO_NODE = frozenset(
    [
        "cron",
        "cron.d",
        "crontabs",
        "default",
        "docker",
        "etc",
        "containerd",
        "facts",
        "host",
        "limits.d",
        "mnt",
        "node",
        "node-facts",
        "nodes",
        "opt",
        "proc",
        "rc.d",
        "root",
        "security",
        "spool",
        "sysconfig",
        "sysctl",
        "sysctl.d",
        "system",
        "systemd",
        "tmp",
        "var",
    ]
)


# A name stands alone, or behind the word for what the file is: "sysctl-web-1.txt" is no file of a node "sysctl-web-1".
_BEFORE_NAME = (
    r"(?:(?<![\w-])|(?<![a-z0-9])(?:node|sysctl|u?limits?|hosts|cron(?:tab)?|mounts?|fstab|daemon|docker|containerd"
    r"|kubelet|ps|rc|resolv)[-_])"
)


class Setting(Fact, frozen=True, kw_only=True):
    """One setting of a file that no untouched node has.

    ``order``: of several that tell the same key, the highest holds. ``listed``: one of many lines of the same key.
    """

    category: str
    key: str
    value: str
    listed: bool = False
    order: tuple[int, str, str, int] = (0, "", "", 0)


class NodeFile(Fact, frozen=True, kw_only=True):
    """One file of a node. ``node`` is empty where the content does not tell it; ``kernel`` likewise.

    ``category`` is empty where it tells states (key, value) alone.
    """

    file: str  # of the input
    form: str
    category: str
    node: str = ""
    kernel: str = ""
    settings: tuple[Setting, ...] = ()
    states: tuple[tuple[str, str], ...] = ()
    secrets: tuple[str, ...] = ()  # fields in which a credential stood


class Settled(NamedTuple):
    """All that the files of nodes tell."""

    settings: tuple[NodeSetting, ...]
    coverage: tuple[NodeCoverage, ...]
    states: tuple[NodeState, ...]
    secrets: tuple[SecretNotice, ...]
    homeless: tuple[str, ...]  # files of the input of which the node is not known


def settle(files: Sequence[NodeFile], nodes: Sequence[Node]) -> Settled:
    """The settings of every node, those that all nodes of the cluster share under ``*``."""
    names = _Names(nodes)
    by_node: dict[str, list[NodeFile]] = defaultdict(list)
    for file in files:
        by_node[names.node_of(file)].append(file)
    known = {n.name: n for n in nodes}
    settings = [
        NodeSetting(node=node, category=s.category, key=s.key, value=s.value)
        for node, told in by_node.items()
        for s in _of_node(told, known.get(node))
    ]
    return Settled(
        settings=tuple(_shared(settings, known)),
        coverage=tuple(
            NodeCoverage(node=node, categories=tuple(sorted({f.category for f in told if f.category})))
            for node, told in sorted(by_node.items())
            if node != UNKNOWN_NODE and any(f.category for f in told)
        ),
        states=tuple(
            NodeState(node=node, key=key, value=value)
            for node, told in sorted(by_node.items())
            if node != UNKNOWN_NODE
            for key, value in sorted(dict(sorted(s for f in told for s in f.states)).items())
        ),
        secrets=tuple(
            SecretNotice(ref=ObjectRef(api_version="v1", kind="Node", name=node), field=field)
            for node, told in by_node.items()
            for field in sorted({s for f in told for s in f.secrets})
        ),
        homeless=tuple(sorted({f.file for f in by_node.get(UNKNOWN_NODE, ())})),
    )


class _Names:
    """Finds the node that a file is of: told inside it, or a name or address of a node in the path of the file."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._nodes: dict[str, str] = {}
        for node in nodes:
            for name in (*node.private_ips, *node.eips, node.name):
                self._nodes[name.lower()] = node.name
        words = sorted(map(re.escape, self._nodes), key=lambda w: (-len(w), w))
        self._in_path = re.compile(rf"{_BEFORE_NAME}({'|'.join(words)})(?![\w-]|\.\d)") if words else None

    def node_of(self, file: NodeFile) -> str:
        if file.node:
            return self._known(file.node) or file.node
        path = file.file.lower()
        found = self._in_path.findall(path) if self._in_path else []
        if found:
            return self._nodes[found[-1]]
        folders = [p for p in file.file.split("/")[:-1] if p and p.lower() not in _NO_NODE]
        return folders[0] if folders else UNKNOWN_NODE

    def _known(self, name: str) -> str:
        """The node of that name, also where one of the two lacks the domain."""
        name = name.lower()
        exact = self._nodes.get(name)
        return exact or next((n for k, n in self._nodes.items() if k.split(".")[0] == name.split(".")[0]), "")


def _of_node(files: Iterable[NodeFile], node: Node | None) -> Iterator[Setting]:
    """What holds on one node: the best source of each key, without what its kernel has by itself."""
    told = list(files)
    kernel = next((f.kernel for f in told if f.kernel), node.kernel_version if node else "")
    defaults = shipped_node_defaults()
    best: dict[tuple[str, str], Setting] = {}
    lists: dict[tuple[str, str], set[str]] = defaultdict(set)
    for setting in (s for f in told for s in f.settings):
        if defaults.untouched(setting.category, setting.key, setting.value, kernel) or _is_its_own(setting, node):
            continue
        place = (setting.category, setting.key)
        if setting.listed:
            lists[place].add(setting.value)
        elif place not in best or setting.order >= best[place].order:
            best[place] = setting
    yield from best.values()
    for (category, key), values in lists.items():
        for number, value in enumerate(sorted(values), start=1):
            yield Setting(category=category, key=f"{key} {number}", value=value)


def _is_its_own(setting: Setting, node: Node | None) -> bool:
    """Whether it is the node's own line in its hosts file."""
    if node is None or not setting.key.startswith("hosts "):
        return False
    return setting.key.removeprefix("hosts ") in node.private_ips and node.name.split(".")[0] in setting.value


def _shared(settings: Iterable[NodeSetting], nodes: dict[str, Node]) -> list[NodeSetting]:
    """The settings, those of every single node of a cluster of several once, under ``*``."""
    having: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for s in settings:
        having[s.category, s.key, s.value].add(s.node)
    found = []
    for (category, key, value), on in having.items():
        everywhere = len(nodes) > 1 and on >= nodes.keys()
        left = on - nodes.keys() if everywhere else on  # nodes that the dump does not know are told by themselves
        for node in sorted(left) + [EVERY_NODE] * everywhere:
            found.append(NodeSetting(node=node, category=category, key=key, value=value))
    return found


def without_repeats(settings: Iterable[NodeSetting], nodes: Sequence[Node]) -> set[NodeSetting]:
    """The settings without those that the whole cluster, or the pool of the node, is known to have anyway."""
    given = set(settings)
    pools = {n.name: of_pool(n.pool) for n in nodes if n.pool}

    def known(s: NodeSetting) -> bool:
        wider = {EVERY_NODE, pools.get(s.node, EVERY_NODE)} - {s.node}
        return any(replace(s, node=scope) in given for scope in wider)

    return {s for s in given if s.node == EVERY_NODE or not known(s)}

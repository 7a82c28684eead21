"""The internal form in which kubectl 1.9 to 1.13 printed ``cluster-info dump``: field names of Go, and no kind.

Go writes a struct without tags under the names of its fields (``PodCIDR``) and an embedded one flat: metadata stands
beside ``Spec``, in small letters, since it has tags (before 1.6 in capital ones). What an object is, only its selfLink
tells. An object becomes what ``kubectl get`` would have printed, as far as facts are taken from these kinds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from migrator.snapshot.readers import Event, Found, Looked, Problem
from migrator.snapshot.readers.pod_logs import REMARK
from migrator.snapshot.values import Body, mapping, sequence, text

_LINK = re.compile(
    r"/(?:api|apis/(?P<group>[a-z0-9.-]+))/(?P<version>v[0-9a-z]+)/(?:namespaces/[^/]+/)?(?P<resource>[a-z]+)(?:/[^/]+)?"
)
# What the dump holds, and the namespaces, which are told in the same form.
_KINDS = {
    "daemonsets": "DaemonSet",
    "deployments": "Deployment",
    "events": "Event",
    "namespaces": "Namespace",
    "nodes": "Node",
    "pods": "Pod",
    "replicasets": "ReplicaSet",
    "replicationcontrollers": "ReplicationController",
    "services": "Service",
}
_METADATA = frozenset(
    (
        *("name", "generateName", "namespace", "selfLink", "uid", "resourceVersion", "generation"),
        *("creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "labels", "annotations"),
        *("ownerReferences", "initializers", "finalizers", "clusterName"),
    )
)
# Fields whose keys are the user's own or names of resources, not fields.
_MAPS = frozenset(
    (
        *("labels", "annotations", "selector", "matchLabels", "nodeSelector", "options", "volumeAttributes", "data"),
        *("limits", "requests", "capacity", "allocatable"),
    )
)
# Go's names that lead to another name on the wire than their first letters in lower case.
_RENAMED = {
    "CephFS": "cephfs",
    "DoNotUse_ExternalID": "externalID",
    "LastTerminationState": "lastState",
    "StorageOS": "storageos",
    "WWIDs": "wwids",
}
# Internally fields of the pod's security context, on the wire of the pod itself.
_OF_THE_POD = ("HostNetwork", "HostPID", "HostIPC", "ShareProcessNamespace")
_PORTS = frozenset(("hostPort", "nodePort", "healthCheckNodePort"))  # zero stands for none
_CAPITALS = re.compile(r"[A-Z]+")


def is_internal(value: Body) -> bool:
    """Whether a mapping without kind is a list or an object of the internal form."""
    if "Items" in value or "ListMeta" in value or "ObjectMeta" in value:
        return True
    return bool(_link(value)) and ("SelfLink" in value or "Spec" in value or "Status" in value)


def objects(value: Body, document: int, line: int) -> Iterator[Event]:
    """The objects of a list, or the one that ``value`` is; of what kind none can be told, that is said."""
    of_list = _type(value)
    is_list = "Items" in value
    if is_list and of_list:
        yield Looked(*of_list)
    if of_list:
        yield REMARK
    unknown = is_list and not of_list and not value["Items"]
    for item in sequence(value["Items"]) if is_list else [value]:
        found = _type(mapping(item)) or of_list
        if found and isinstance(item, dict):
            yield Found(*found, _object(item), document)
        else:
            unknown = True
    if unknown:
        yield Problem("input_internal_form", {"document": document, "line": line})


def _link(value: Body) -> str:
    return text(value.get("selfLink")) or text(value.get("SelfLink"))


def _type(value: Body) -> tuple[str, str] | None:
    """apiVersion and kind, None where the selfLink does not tell them."""
    found = _LINK.fullmatch(_link(value))
    if found is None or found["resource"] not in _KINDS:
        return None
    return "/".join(filter(None, (found["group"], found["version"]))), _KINDS[found["resource"]]


def _object(item: Body) -> Body:
    """An object, or a template of pods, with its metadata in a mapping of its own."""
    fields = _fields(item)
    metadata = {name: fields.pop(name) for name in list(fields) if name in _METADATA}
    return {"metadata": metadata, **fields}


def _fields(value: Body) -> Body:
    found: Body = {}
    for key, content in value.items():
        name = _wire_name(key)
        if content is None or content == "" or (content == 0 and name in _PORTS):
            continue
        if key == "SecurityContext" and isinstance(content, dict):
            found |= {_wire_name(k): content[k] for k in _OF_THE_POD if content.get(k)}
        found[name] = _content(name, content)
    return found


def _content(name: str, content: Any) -> Any:
    if name in _MAPS:
        return content
    if name == "template" and isinstance(content, dict):
        return _object(content)
    if isinstance(content, list):
        return [_content("", entry) for entry in content]
    return _fields(content) if isinstance(content, dict) else content


@lru_cache(maxsize=1024)
def _wire_name(name: str) -> str:
    """``PodCIDR`` as ``podCIDR``, ``HTTPGet`` as ``httpGet``, ``ISCSI`` as ``iscsi``; names in small letters stay."""
    if name in _RENAMED:
        return _RENAMED[name]
    found = _CAPITALS.match(name)
    if found is None:
        return name
    count = found.end()
    if count > 1 and name[count : count + 1].islower():
        count -= 1  # the last capital begins the next word
    return name[:count].lower() + name[count:]

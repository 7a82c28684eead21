"""Several values in the text of one cell, and back, without losing a character.

Entries are separated by ``;``; on reading a comma, a line break and the Chinese forms of these do as well. A part that
holds a sign of its own form stands in double quotes, and a quote inside it is doubled. Compound entries are written as
``kubectl`` shows them:

    label, map     app=web
    taint          dedicated=db:NoSchedule
    port           http=80:30080/TCP->8080
    host port      app=8080/TCP
    mount          data=claim:web-data
    claim template data=10Gi|csi-disk|ReadWriteOnce+ReadWriteMany
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

SEPARATORS = ";,\n；，、"
_JOIN = "; "
_EQUALS = "=＝"
_MOUNTS = frozenset(
    ("claim", "host_path", "empty_dir", "config_map", "secret", "nfs", "flex", "csi", "other")  # of ``model.Mount``
)
# Nobody has a port below zero; what a dump says all the same must come back.
_NUMBER = r"-?\d{1,19}"
_PORT = re.compile(rf"(?P<port>{_NUMBER})(?::(?P<node>{_NUMBER}))?")


class EntryFault(ValueError):
    """A text that is no list, map or entry of its form: ``code`` of the sentence."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def split(value: str, signs: str, most: int = -1) -> list[str]:
    """The parts of ``value`` between any of ``signs`` outside quotes, at most ``most`` cuts, quotes kept.

    Raises:
        EntryFault: ``quotes`` where a quote is opened and not closed.
    """
    parts: list[str] = []
    start, quoted = 0, False
    for position, sign in enumerate(value):
        if sign == '"':
            quoted = not quoted
        elif sign in signs and not quoted and len(parts) != most:
            parts.append(value[start:position])
            start = position + 1
    if quoted:
        raise EntryFault("quotes")
    return [*parts, value[start:]]


def unquoted(part: str) -> str:
    """A part without the quotes around it or around pieces of it; without quotes, its edges are trimmed."""
    part = part.strip()
    if '"' not in part:
        return part
    pieces = part.split('"')
    # Every second piece stood in quotes; an empty one between two quoted pieces is a doubled quote.
    kept = [pieces[0]]
    for position, piece in enumerate(pieces[1:], start=1):
        inside = position % 2 == 1
        doubled = not inside and piece == "" and position < len(pieces) - 1
        kept.append('"' if doubled else piece)
    return "".join(kept)


def quoted(value: str, signs: str) -> str:
    """``value`` as it stands, or in quotes where it is empty, has edges of white space or holds one of ``signs``."""
    if value and value == value.strip() and not any(s == '"' or s in SEPARATORS or s in signs for s in value):
        return value
    return '"' + value.replace('"', '""') + '"'


def list_of(value: str) -> list[str]:
    """The raw entries of a cell, empty ones left out; raises ``EntryFault`` as ``split``."""
    return [part for part in split(value, SEPARATORS) if part.strip()]


def joined(parts: Iterable[str]) -> str:
    return _JOIN.join(parts)


class Entry(NamedTuple):
    """One form of entry: a plain value (text or a mapping of fields) as text, and back.

    ``read`` raises ``EntryFault`` with ``code`` for a text that has not this form.
    """

    write: Callable[[Any], str]
    read: Callable[[str], Any]
    example: str


def write_map(values: Mapping[str, str]) -> str:
    return joined(f"{quoted(k, _EQUALS)}={quoted(v, '')}" for k, v in sorted(values.items()))


def read_map(value: str) -> dict[str, str]:
    """Raises ``EntryFault``: ``map`` without ``=``, ``map_twice`` for a key given twice."""
    found: dict[str, str] = {}
    for part in list_of(value):
        key, *rest = split(part, _EQUALS, 1)
        if not rest:
            raise EntryFault("map")
        if unquoted(key) in found:
            raise EntryFault("map_twice")
        found[unquoted(key)] = unquoted(rest[0])
    return found


def _write_taint(taint: Mapping[str, Any]) -> str:
    value = f"={quoted(taint['value'], ':')}" if taint["value"] else ""
    return f"{quoted(taint['key'], _EQUALS + ':')}{value}:{quoted(taint['effect'], '') if taint['effect'] else ''}"


def _read_taint(part: str) -> dict[str, Any]:
    named, *effect = split(part, ":", 1)
    key, *value = split(named, _EQUALS, 1)
    return {"key": unquoted(key), "value": unquoted("".join(value)), "effect": unquoted("".join(effect))}


def _write_port(port: Mapping[str, Any]) -> str:
    name = f"{quoted(port['name'], _EQUALS)}=" if port["name"] else ""
    node = f":{port['node_port']}" if port["node_port"] is not None else ""
    target = f"->{quoted(port['target_port'], _EQUALS)}" if port["target_port"] else ""
    return f"{name}{port['port']}{node}/{quoted(port['protocol'], _EQUALS + '/->')}{target}"


def _read_port(part: str) -> dict[str, Any]:
    name, rest = _named(part)
    before, *target = split(rest, ">", 1)
    if target and not before.endswith("-"):
        raise EntryFault("entry")
    number, *protocol = split(before.removesuffix("-") if target else before, "/", 1)
    found = _PORT.fullmatch(number.strip())
    if found is None:
        raise EntryFault("entry")
    return {
        "name": name,
        "port": int(found["port"]),
        "node_port": int(found["node"]) if found["node"] else None,
        "protocol": unquoted("".join(protocol)) if protocol else "TCP",
        "target_port": unquoted("".join(target)),
    }


def _named(part: str) -> tuple[str, str]:
    """An optional name before ``=``, and the rest as it stands."""
    found = split(part, _EQUALS, 1)
    return ("", found[0]) if len(found) < 2 else (unquoted(found[0]), found[1])


def _write_host_port(port: Mapping[str, Any]) -> str:
    name = f"{quoted(port['container'], _EQUALS)}=" if port["container"] else ""
    return f"{name}{port['port']}/{quoted(port['protocol'], _EQUALS)}"


def _read_host_port(part: str) -> dict[str, Any]:
    name, rest = _named(part)
    number, *protocol = split(rest, "/", 1)
    if not re.fullmatch(_NUMBER, number.strip()):
        raise EntryFault("entry")
    return {
        "container": name,
        "port": int(number),
        "protocol": unquoted("".join(protocol)) if protocol else "TCP",
    }


def _write_mount(mount: Mapping[str, Any]) -> str:
    target = quoted(mount["target"], "") if mount["target"] else ""
    return f"{quoted(mount['name'], _EQUALS)}={quoted(mount['kind'], ':')}:{target}"


def _read_mount(part: str) -> dict[str, Any]:
    """A bare name is a claim of that name, which is what people write."""
    found = split(part, _EQUALS, 1)
    if len(found) < 2:
        return {"name": unquoted(part), "kind": "claim", "target": unquoted(part)}
    kind, *target = split(found[1], ":", 1)
    if unquoted(kind) not in _MOUNTS:
        raise EntryFault("entry")
    return {"name": unquoted(found[0]), "kind": unquoted(kind), "target": unquoted("".join(target))}


def _write_template(template: Mapping[str, Any]) -> str:
    modes = "+".join(quoted(m, "+|") for m in template["access_modes"])
    parts = [quoted(template[k], "|") if template[k] else "" for k in ("request", "storage_class")]
    return f"{quoted(template['name'], _EQUALS)}={'|'.join([*parts, modes])}"


def _read_template(part: str) -> dict[str, Any]:
    name, *rest = split(part, _EQUALS, 1)
    if not rest:
        raise EntryFault("entry")
    request, storage_class, modes = [*split(rest[0], "|", 2), "", ""][:3]
    return {
        "name": unquoted(name),
        "request": unquoted(request),
        "storage_class": unquoted(storage_class),
        "access_modes": [unquoted(m) for m in split(modes, "+") if m.strip()],
    }


TEXT = Entry(lambda v: quoted(v, ""), unquoted, "a; b")
TAINT = Entry(_write_taint, _read_taint, "dedicated=db:NoSchedule")
PORT = Entry(_write_port, _read_port, "http=80:30080/TCP->8080")
HOST_PORT = Entry(_write_host_port, _read_host_port, "app=8080/TCP")
MOUNT = Entry(_write_mount, _read_mount, "data=claim:web-data")
TEMPLATE = Entry(_write_template, _read_template, "data=10Gi|csi-disk|ReadWriteOnce")

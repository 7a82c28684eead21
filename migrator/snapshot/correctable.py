"""Which fields of which facts a person may correct, how their values are written, and how they are read and set.

What a dump tells best itself (names, images, API versions) is not among them. ``exists`` is a field of every object:
``false`` says that it is gone since the dump was made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from ipaddress import ip_address
from typing import Any

import msgspec

from migrator.errors import InputError, VersionError
from migrator.locale import msg
from migrator.snapshot.model import LoadBalancerKind, NodeKind, OutageClass, Provisioning, StorageKind
from migrator.versions import Version

_LONGEST = 1024
_MOST = 200  # entries of a list
_YES, _NO = ("true", "yes"), ("false", "no")


class ValueType(StrEnum):
    TEXT = "text"
    TEXTS = "texts"  # a list of text without an order
    ADDRESSES = "addresses"  # the same of IP addresses
    PLACE = "place"  # namespace/name
    NUMBER = "number"
    TRUTH = "truth"
    CHOICE = "choice"
    VERSION = "version"


class CorrectableField(msgspec.Struct, frozen=True, kw_only=True):
    """One field.

    Attributes:
        choices: the only values, of ``CHOICE`` and ``TRUTH``.
        optional: ``None`` (of text: an empty one) is a value too and says that there is none.
    """

    name: str
    type: ValueType = ValueType.TEXT
    choices: tuple[str, ...] = ()
    optional: bool = False

    @property
    def untold(self) -> Any:
        """What a fact holds where nothing was told, as JSON knows it."""
        if self.type in (ValueType.TEXTS, ValueType.ADDRESSES):
            return []
        in_text = self.type in (ValueType.TEXT, ValueType.PLACE, ValueType.VERSION)
        return "" if in_text or (self.type is ValueType.CHOICE and not self.optional) else None

    def parse(self, value: Any) -> Any:
        """``value`` as JSON knows it in the one form of this field; text is read too, as a file of corrections has it.

        Raises:
            InputError: ``correction_value``.
        """
        if self.optional and (value is None or value == ""):
            return self.untold
        parsed = _PARSERS[self.type](value)
        written = {True: "true", False: "false"}.get(parsed, parsed) if self.type is ValueType.TRUTH else parsed
        if parsed is None or (self.choices and written not in self.choices):
            raise self._refused(value)
        return parsed

    def _refused(self, value: Any) -> InputError:
        kind = ValueType.CHOICE if self.choices else self.type
        expected = msg(f"correction.expected.{kind}", choices=list(self.choices))
        return InputError("correction_value", field=self.name, value=str(value)[:60], expected=expected)


def _text(value: Any) -> str | None:
    given = value.strip() if isinstance(value, str) else ""
    return given if 0 < len(given) <= _LONGEST else None


def _texts(value: Any) -> list[str] | None:
    given = [_text(item) for item in value] if isinstance(value, list | tuple) and len(value) <= _MOST else [None]
    return None if None in given else sorted({item for item in given if item})


def _addresses(value: Any) -> list[str] | None:
    try:
        return sorted({str(ip_address(item)) for item in _texts(value) or ()}) if _texts(value) is not None else None
    except ValueError:
        return None


def _place(value: Any) -> str | None:
    given = _text(value)
    return given if given is not None and re.fullmatch(r"[^/\s]+/[^/\s]+", given) else None


def _number(value: Any) -> int | None:
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        value = int(value[:10])
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1_000_000 else None


def _truth(value: Any) -> bool | None:
    if isinstance(value, str):
        value = {**dict.fromkeys(_YES, True), **dict.fromkeys(_NO, False)}.get(value.strip().lower())
    return value if isinstance(value, bool) else None


def _version(value: Any) -> str | None:
    try:
        return str(Version.parse(value)) if isinstance(value, str) else None
    except VersionError:
        return None


_PARSERS: Mapping[ValueType, Callable[[Any], Any]] = {
    ValueType.TEXT: _text,
    ValueType.TEXTS: _texts,
    ValueType.ADDRESSES: _addresses,
    ValueType.PLACE: _place,
    ValueType.NUMBER: _number,
    ValueType.TRUTH: _truth,
    ValueType.CHOICE: _text,
    ValueType.VERSION: _version,
}


def _field(name: str, type: ValueType = ValueType.TEXT) -> CorrectableField:
    return CorrectableField(name=name, type=type, optional=type is ValueType.TEXT)


def _choice(name: str, *choices: str, optional: bool = False) -> CorrectableField:
    return CorrectableField(name=name, type=ValueType.CHOICE, choices=choices, optional=optional)


def _optional_truth(name: str) -> CorrectableField:
    return CorrectableField(name=name, type=ValueType.TRUTH, optional=True)


_GONE = CorrectableField(name="exists", type=ValueType.TRUTH, choices=("false",))
_SYSTEM = _field("system", ValueType.TRUTH)
_BILLING = _choice("billing", "pay_per_use", "yearly_monthly")
_ARCHITECTURE = _choice("architecture", "amd64", "arm64")
_BALANCED = (
    _choice("load_balancer", *LoadBalancerKind, optional=True),
    _field("load_balancer_id"),
    _optional_truth("load_balancer_auto_created"),
    _field("addresses", ValueType.TEXTS),
    _optional_truth("public"),
    _SYSTEM,
    _GONE,
)
_LISTED: dict[str, tuple[CorrectableField, ...]] = {
    "cluster": (
        _field("version", ValueType.VERSION),
        _choice("category", "CCE", "Turbo"),
        _choice("type", "VirtualMachine", "BareMetal", "ARM64"),
        _field("flavor"),
        _choice("network_mode", "overlay_l2", "vpc-router", "eni"),
        _field("container_cidr"),
        _field("service_cidr"),
        _choice("proxy_mode", "iptables", "ipvs"),
        _field("masters", ValueType.NUMBER),
        _BILLING,
    ),
    "nodes": (
        _choice("kind", *NodeKind),
        _field("private_ips", ValueType.ADDRESSES),
        _field("eips", ValueType.ADDRESSES),
        _field("flavor"),
        _field("zone"),
        _field("pool"),
        _field("os_image"),
        _field("runtime"),
        _ARCHITECTURE,
        _BILLING,
        _GONE,
    ),
    "node_pools": (_field("type"), _field("flavor"), _field("zone"), _field("os"), _field("runtime"), _GONE),
    "namespaces": (_SYSTEM,),
    "workloads": (_SYSTEM, _field("owner"), _GONE),
    "volumes": (
        _choice("storage", *StorageKind),
        _choice("provisioning", *Provisioning),
        _optional_truth("shared"),
        _choice("outage", *OutageClass),
        _optional_truth("dynamic"),
        _choice("reclaim_policy", "Retain", "Delete", "Recycle"),
        _field("volume_id"),
        _field("path"),
        _field("capacity"),
        CorrectableField(name="claim", type=ValueType.PLACE, optional=True),
        _GONE,
    ),
    "claims": (_field("mounted_by", ValueType.TEXTS), _SYSTEM, _GONE),
    "services": _BALANCED,
    "ingresses": _BALANCED,
    "addons": (_field("version"), _GONE),
}
FIELDS: Mapping[str, Mapping[str, CorrectableField]] = {
    section: {field.name: field for field in fields} for section, fields in _LISTED.items()
}
# How a value of JSON becomes the value of a fact; all others are the same in both.
_OF_FACT: Mapping[str, Any] = {
    "kind": NodeKind,
    "storage": StorageKind,
    "provisioning": Provisioning,
    "outage": OutageClass,
    "load_balancer": lambda value: None if value is None else LoadBalancerKind(value),
    "version": Version.parse,
}


def correctable(section: str, field: str) -> CorrectableField:
    """The field of that name.

    Raises:
        InputError: ``correction_section``, ``correction_field``.
    """
    if section not in FIELDS:
        raise InputError("correction_section", section=section[:60], known=list(FIELDS))
    if field not in FIELDS[section]:
        raise InputError("correction_field", section=section, field=field[:60], known=list(FIELDS[section]))
    return FIELDS[section][field]


def of_fact(section: str, field: str, value: Any) -> Any:
    """A parsed value as the fact holds it."""
    if isinstance(value, list):
        return tuple(value)
    if field == "version" and section != "cluster":
        return value
    return _OF_FACT[field](value) if field in _OF_FACT else value

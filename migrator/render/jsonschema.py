"""The JSON Schema of the runbook document, made from the types that ``jsondoc`` writes.

A struct stands in ``$defs`` under its package and name, with every field and no other. Where ``jsondoc`` has a writer
of its own for a type, ``_WRITTEN`` says what that gives; tests hold both against each other.
"""

from __future__ import annotations

import inspect
from typing import Any, get_args, get_type_hints

import msgspec
from msgspec.inspect import (
    AnyType,
    BoolType,
    DictType,
    EnumType,
    FloatType,
    IntType,
    NamedTupleType,
    NoneType,
    StrType,
    StructType,
    TupleType,
    UnionType,
    VarTupleType,
    type_info,
)
from msgspec.inspect import ListType as _ListType
from msgspec.inspect import Type as TypeInfo

from migrator.catalog.model import HopRule, RiskKind
from migrator.checks.spec import CheckResult, Finding, Severity, Value, Waiver
from migrator.checks.waivers import WaiverState, WaiverUse
from migrator.locale import Lang, Msg
from migrator.paths.model import Concern, HopRisk
from migrator.render.jsondoc import dump
from migrator.runbook.model import SCHEMA_VERSION, Edition, Runbook, Table
from migrator.snapshot.model import ObjectRef
from migrator.versions import Minor, Version

Schema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ABOUT = (
    "A runbook as `migrator plan --formats json` and the service write it. schema_version grows by one when a field is "
    "taken away, renamed, or means something else; a release may add fields without that, so a reader should pass over "
    "fields that it does not know. This schema is exact for the release it comes with and therefore closed. "
    "Sentences stand in the language of the document beside the key and values that they are made from."
)


class Named(msgspec.Struct):
    """A name of the catalog and its sentence."""

    name: str
    text: str


class Head(msgspec.Struct):
    """The heading of a column: sentence key and sentence."""

    key: str
    text: str


_WRITTEN: dict[type, dict[str, Any]] = {
    Msg: {"text": str, "key": str, "values": dict[str, str | int | float | list[str] | Msg]},
    Finding: {
        "check": str,
        "severity": Severity,
        "subject": ObjectRef,
        "file": str,
        "values": dict[str, Value],
        "message": str,
        "message_key": str,
        "key": str,
    },
    HopRisk: {
        "name": str,
        "kind": RiskKind,
        "concern": Concern,
        "hops": list[str],
        "title": str,
        "remedy": str,
        "condition": str,
        "sources": list[str],
    },
    Table: {"columns": list[Head], "rows": list[list[str | Msg]]},
    WaiverUse: {**get_type_hints(Waiver), "state": WaiverState, "accepts": list[str]},
}
_ADDED: dict[type, dict[str, Any]] = {
    CheckResult: {"title": str},
    HopRule: {"preconditions": list[Named], "impacts": list[Named]},
}
_AS_TEXT: dict[type, str] = {
    Version: "such as v1.15.11-r1; 1.25 where only the minor is meant",
    Minor: "a community minor such as 1.22",
}
_PLAIN: dict[type[TypeInfo], Schema] = {
    StrType: {"type": "string"},
    IntType: {"type": "integer"},
    FloatType: {"type": "number"},
    BoolType: {"type": "boolean"},
    NoneType: {"type": "null"},
    AnyType: {},
}


def runbook_schema() -> bytes:
    """The schema (draft 2020-12) of what ``runbook_json`` writes, as a JSON document."""
    defs: dict[str, Schema] = {}
    signed = {"anyOf": [_named(Edition, defs), _PLAIN[NoneType]]}
    fields = {"lang": {"enum": list(get_args(Lang))}, "edition": signed, **_properties(_fields_of(Runbook), defs)}
    fields["schema_version"] = {"const": SCHEMA_VERSION}
    return dump(
        {
            "$schema": _DIALECT,
            "$id": f"urn:cce-migrator:runbook:{SCHEMA_VERSION}",
            "title": "Runbook",
            "description": _ABOUT,
            **_closed(fields),
            "$defs": dict(sorted(defs.items())),
        }
    )


def _schema(info: TypeInfo, defs: dict[str, Schema]) -> Schema:
    """The schema of a type; what has a name of its own goes into ``defs``."""
    if (plain := _PLAIN.get(type(info))) is not None:
        return plain
    match info:
        case StructType(cls=cls) | EnumType(cls=cls) | NamedTupleType(cls=cls):
            return _named(cls, defs)
        case VarTupleType(item_type=item) | _ListType(item_type=item):
            return {"type": "array", "items": _schema(item, defs)}
        case TupleType(item_types=items):
            parts = [_schema(item, defs) for item in items]
            return {"type": "array", "prefixItems": parts, "items": False, "minItems": len(parts)}
        case DictType(value_type=value):
            return {"type": "object", "additionalProperties": _schema(value, defs)}
        case UnionType(types=types):
            return {"anyOf": [_schema(one, defs) for one in types]}
    raise TypeError(info)


def _named(cls: type, defs: dict[str, Schema]) -> Schema:
    name = f"{cls.__module__.split('.')[1]}.{cls.__name__}"
    if name not in defs:
        defs[name] = {}  # a type may hold itself
        defs[name] = {**_description(cls), **_definition(cls, defs)}
    return {"$ref": f"#/$defs/{name}"}


def _definition(cls: type, defs: dict[str, Schema]) -> Schema:
    if cls in _AS_TEXT:
        return {"type": "string", "description": _AS_TEXT[cls]}
    info = type_info(cls)
    if isinstance(info, EnumType):
        return {"enum": [member.value for member in info.cls]}
    return _closed(_properties(_fields_of(cls), defs))


def _fields_of(cls: type) -> dict[str, TypeInfo]:
    """What stands in the object of a struct, by name, in the order in which it is written."""
    if cls in _WRITTEN:
        return {name: type_info(kind) for name, kind in _WRITTEN[cls].items()}
    return {**_struct_fields(cls), **{name: type_info(kind) for name, kind in _ADDED.get(cls, {}).items()}}


def _struct_fields(cls: type) -> dict[str, TypeInfo]:
    info = type_info(cls)
    assert isinstance(info, StructType)  # noqa: S101  the callers know
    return {field.name: field.type for field in info.fields}


def _properties(fields: dict[str, TypeInfo], defs: dict[str, Schema]) -> dict[str, Schema]:
    return {name: _schema(info, defs) for name, info in fields.items()}


def _closed(properties: dict[str, Schema]) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _description(cls: type) -> Schema:
    doc = inspect.cleandoc(cls.__dict__.get("__doc__") or "")
    first = " ".join(doc.partition("\n\n")[0].split()).replace("``", "`")
    return {"description": first} if first else {}

"""Own kinds and admission webhooks in their v1 forms (domain facts D.2 e and f)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from migrator.conversion.context import Context, Manifest, leave_out
from migrator.snapshot.values import mapping, mappings, sequence, text, texts

_ANYTHING = "x-kubernetes-preserve-unknown-fields"
_RESOURCE = "x-kubernetes-embedded-resource"
_INT_OR_STRING = "x-kubernetes-int-or-string"
_APPROVED = "api-approved.kubernetes.io"
_REFUSED = ("$ref", "id", "definitions", "dependencies", "patternProperties", "additionalItems")
_JUNCTORS = ("allOf", "anyOf", "oneOf")
# What a level inside anyOf and its like must leave to the level outside.
_OUTSIDE = frozenset(("type", "title", "description", "default", "nullable", "additionalProperties"))


def webhooks(body: Manifest, context: Context) -> None:
    """The old defaults written out, what v1 demands added."""
    old = context.ref.api_version.endswith("/v1beta1")
    taken: set[str] = set()
    for hook in body.get("webhooks") or ():
        _name_once(hook, taken, context)
        if gone := _past_rules(hook, context):
            context.note("webhook_rules", open=True, webhook=str(hook.get("name")), rules=gone)
        if old:
            hook.setdefault("failurePolicy", "Ignore")
            hook.setdefault("matchPolicy", "Exact")
            hook.setdefault("timeoutSeconds", 30)
            hook.setdefault("admissionReviewVersions", ["v1beta1"])  # the first is sent: the only one it was ever sent
        if hook.get("sideEffects") not in ("None", "NoneOnDryRun"):
            hook["sideEffects"] = "None"
            context.note("side_effects", open=True, webhook=str(hook.get("name")))
        client = hook.get("clientConfig") or {}
        if client.get("url"):
            context.note("webhook_url", open=True, webhook=str(hook.get("name")))
        elif client.get("caBundle"):
            context.note("webhook_bundle", open=True, webhook=str(hook.get("name")))


def _name_once(hook: Manifest, taken: set[str], context: Context) -> None:
    """v1 refuses two webhooks of one name; ``a.example.com`` becomes ``a-2.example.com``."""
    name = str(hook.get("name"))
    first, dot, rest = name.partition(".")
    number = 2
    while hook.get("name") in taken:
        hook["name"] = f"{first}-{number}{dot}{rest}"
        number += 1
    taken.add(hook.get("name") or "")
    if hook.get("name", name) != name:
        context.note("webhook_renamed", old=name, new=hook["name"])


def _past_rules(hook: Manifest, context: Context) -> list[str]:
    """APIs of rules that name nothing which the target serves, so that they never match again."""
    past: set[str] = set()
    for rule in mappings(hook.get("rules")):
        groups, versions = map(text, sequence(rule.get("apiGroups"))), texts(rule.get("apiVersions"))
        apis = {f"{group}/{version}" for group in groups for version in versions}
        if apis and all(context.served.is_gone(api) for api in apis):
            past |= apis
    return sorted(past)


def api_service(body: Manifest, context: Context) -> None:
    """Those that point to a Service of somebody's; the others the server registers by itself."""
    spec = body.get("spec") or {}
    if not spec.get("service"):
        raise leave_out("platform_object")
    if (spec["service"] or {}).get("namespace") in context.catalog.system_namespaces:
        raise leave_out("platform_object")
    context.note("api_service", open=True)


def definition(body: Manifest, context: Context) -> None:
    """A CustomResourceDefinition: everything hangs below its versions, and a structural schema is mandatory."""
    spec = body.get("spec")
    if not isinstance(spec, dict):
        return
    group = spec.get("group") or ""
    if group.endswith((".k8s.io", ".kubernetes.io")) or group in ("k8s.io", "kubernetes.io"):
        annotations = body["metadata"].setdefault("annotations", {})
        annotations.setdefault(_APPROVED, "unapproved, taken over from another cluster")
    if body["apiVersion"] == "apiextensions.k8s.io/v1":
        if context.ref.api_version != "apiextensions.k8s.io/v1":
            _to_v1(spec, context)
        elif spec.get("preserveUnknownFields"):
            _take_anything(spec)
        else:
            spec.pop("preserveUnknownFields", None)
    webhook = (spec.get("conversion") or {}).get("webhook") or {}
    if webhook.get("clientConfig"):
        context.note("conversion_webhook", open=True)


def _take_anything(spec: Manifest) -> None:
    """A definition of v1 that was made as v1beta1 still carries the old field, which v1 refuses."""
    del spec["preserveUnknownFields"]
    for version in spec.get("versions") or ():
        schema = (version.get("schema") or {}).get("openAPIV3Schema")
        if schema is not None:
            _keep_unknown(schema)


def _keep_unknown(schema: Manifest) -> None:
    """Let every object keep fields that its schema does not name, as old definitions did.

    A server drops them below each object that is described, whatever stands above it: all of them where the schema says
    no more than ``type: object``. Of the metadata of a resource nothing may be said.
    """
    schema[_ANYTHING] = True
    left: list[Any] = [schema]
    while left:
        level = left.pop()
        if not isinstance(level, dict):
            continue
        is_resource = level is schema or level.get(_RESOURCE) is True
        left += [v for k, v in mapping(level.get("properties")).items() if not (is_resource and k == "metadata")]
        left += [level.get("items"), level.get("additionalProperties")]
        if level.get("additionalProperties") is True:
            del level["additionalProperties"]
        if level.get("type") == "object" and "additionalProperties" not in level:
            level[_ANYTHING] = True


def _to_v1(spec: Manifest, context: Context) -> None:
    shared = {k: spec.pop(k, None) for k in ("validation", "subresources", "additionalPrinterColumns")}
    keeps = spec.pop("preserveUnknownFields", True)
    name = spec.pop("version", None)
    versions = spec.get("versions") or [{"name": name, "served": True, "storage": True}]
    spec["versions"] = [_version(v, shared, context, keeps=keeps is not False) for v in versions]
    spec.setdefault("scope", "Namespaced")
    conversion = spec.get("conversion") or {}
    if "webhookClientConfig" in conversion:
        conversion["webhook"] = {
            "clientConfig": conversion.pop("webhookClientConfig"),
            "conversionReviewVersions": conversion.pop("conversionReviewVersions", None) or ["v1beta1"],
        }
    conversion.pop("conversionReviewVersions", None)


def _version(version: Manifest, shared: Manifest, context: Context, *, keeps: bool) -> Manifest:
    made = dict(version)
    holder = made.get("schema") or shared["validation"] or {}
    schema = holder.get("openAPIV3Schema") or {}
    schema = {**schema, "type": "object"}
    structural = _with_plain_metadata(_typed(schema))
    if not all(map(_is_accepted, _below(structural))):
        structural = {"type": "object"}
        keeps = True
        context.note("schema_replaced", version=str(version.get("name")))
    if keeps or structural == {"type": "object"}:
        _keep_unknown(structural)
    made["schema"] = {"openAPIV3Schema": structural}
    if subresources := made.get("subresources") or shared["subresources"]:
        made["subresources"] = subresources
    if columns := made.get("additionalPrinterColumns") or shared["additionalPrinterColumns"]:
        made["additionalPrinterColumns"] = [_column(c) for c in columns]
    return made


def _with_plain_metadata(schema: Manifest) -> Manifest:
    """Of an object's own metadata v1 lets a schema restrict nothing but the name."""
    fields = schema.get("properties")
    if not isinstance(fields, dict) or not {"metadata", "apiVersion", "kind"} & fields.keys():
        return schema
    made = dict(fields)
    for name in {"apiVersion", "kind"} & fields.keys():
        made[name] = {**{k: v for k, v in mapping(fields[name]).items() if k != _ANYTHING}, "type": "string"}
    if "metadata" in fields:
        given = mapping(mapping(fields["metadata"]).get("properties"))
        kept = {k: v for k, v in given.items() if k in ("name", "generateName")}
        made["metadata"] = {"type": "object", **({"properties": kept} if kept else {})}
    return {**schema, "properties": made}


def _column(column: Manifest) -> Manifest:
    made = {k: v for k, v in column.items() if k != "JSONPath"}
    return {**made, "jsonPath": column["JSONPath"]} if "JSONPath" in column else made


def _typed(schema: Any) -> Any:
    """The schema with a type at every level, added where it follows from the rest."""
    if not isinstance(schema, dict):
        return schema
    made = dict(schema)
    if isinstance(made.get("properties"), dict):
        made["properties"] = {k: _typed(v) for k, v in made["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(made.get(key), dict):
            made[key] = _typed(made[key])
    either = sorted(s.get("type") or "" for j in ("anyOf", "oneOf") for s in made.get(j) or ()) == ["integer", "string"]
    if made.get(_INT_OR_STRING) or (not made.get("type") and either):
        for key in ("type", "anyOf", "oneOf"):
            made.pop(key, None)
        made[_INT_OR_STRING] = True
    elif not made.get("type"):
        made.pop("type", None)
        guessed = _guessed(made)
        made |= {"type": guessed} if guessed else {_ANYTHING: True}
    return made


def _guessed(schema: Manifest) -> str:
    if schema.get("properties") or schema.get("additionalProperties"):
        return "object"
    if schema.get("items"):
        return "array"
    types = {type(v) for v in schema.get("enum") or ()}
    if len(types) == 1:
        return {str: "string", bool: "boolean", int: "integer", float: "number"}.get(types.pop(), "")
    if {"pattern", "minLength", "maxLength"} & schema.keys():
        return "string"
    return {"int32": "integer", "int64": "integer", "float": "number", "double": "number"}.get(
        str(schema.get("format")), ""
    )


def _below(schema: Any, *, in_junctor: bool = False) -> Iterator[tuple[Manifest, bool]]:
    """Every level of the schema, and whether it stands inside anyOf and its like."""
    if not isinstance(schema, dict):
        return
    yield schema, in_junctor
    for below in (schema.get("properties") or {}).values():
        yield from _below(below, in_junctor=in_junctor)
    for key in ("items", "additionalProperties"):
        yield from _below(schema.get(key), in_junctor=in_junctor)
    for key in _JUNCTORS:
        for below in schema.get(key) or ():
            yield from _below(below, in_junctor=True)
    yield from _below(schema.get("not"), in_junctor=True)


def _is_accepted(level: tuple[Manifest, bool]) -> bool:
    schema, in_junctor = level
    if any(key in schema for key in _REFUSED) or schema.get("uniqueItems") is True:
        return False
    if isinstance(schema.get("items"), list) or schema.get("additionalProperties") is False:
        return False
    if "properties" in schema and "additionalProperties" in schema:
        return False
    if not in_junctor and not _names_all(schema):
        return False
    return not (in_junctor and _OUTSIDE & schema.keys())


def _names_all(schema: Manifest) -> bool:
    """Whether every field that anyOf and its like speak of stands outside of them as well."""
    inside = [below for key in _JUNCTORS for below in mappings(schema.get(key))]
    inside += [schema["not"]] if isinstance(schema.get("not"), dict) else []
    return all(_is_within(below, schema) for below in inside)


def _is_within(inner: Manifest, outer: Manifest) -> bool:
    known = mapping(outer.get("properties"))
    if any(not _is_within(mapping(v), mapping(known.get(k))) or k not in known for k, v in _fields(inner).items()):
        return False
    if isinstance(inner.get("items"), dict) and not _is_within(inner["items"], mapping(outer.get("items"))):
        return False
    deeper = [below for key in _JUNCTORS for below in mappings(inner.get(key))]
    return all(_is_within(below, outer) for below in deeper)


def _fields(schema: Manifest) -> Manifest:
    return mapping(schema.get("properties"))

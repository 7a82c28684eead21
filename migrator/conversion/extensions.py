"""Own kinds and admission webhooks in their v1 forms (domain facts D.2 e and f)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from migrator.conversion.context import Context, Manifest, leave_out

_ANYTHING = "x-kubernetes-preserve-unknown-fields"
_INT_OR_STRING = "x-kubernetes-int-or-string"
_APPROVED = "api-approved.kubernetes.io"
_REFUSED = ("$ref", "definitions", "dependencies", "patternProperties")
_JUNCTORS = ("allOf", "anyOf", "oneOf")


def webhooks(body: Manifest, context: Context) -> None:
    """The old defaults written out, what v1 demands added."""
    old = context.ref.api_version.endswith("/v1beta1")
    for hook in body.get("webhooks") or ():
        if old:
            hook.setdefault("failurePolicy", "Ignore")
            hook.setdefault("matchPolicy", "Exact")
            hook.setdefault("timeoutSeconds", 30)
            hook.setdefault("admissionReviewVersions", ["v1", "v1beta1"])
        if hook.get("sideEffects") not in ("None", "NoneOnDryRun"):
            hook["sideEffects"] = "None"
            context.note("side_effects", open=True, webhook=str(hook.get("name")))
        client = hook.get("clientConfig") or {}
        if client.get("url"):
            context.note("webhook_url", open=True, webhook=str(hook.get("name")))
        elif client.get("caBundle"):
            context.note("webhook_bundle", open=True, webhook=str(hook.get("name")))


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
            schema[_ANYTHING] = True


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
            "conversionReviewVersions": conversion.pop("conversionReviewVersions", None) or ["v1", "v1beta1"],
        }
    conversion.pop("conversionReviewVersions", None)


def _version(version: Manifest, shared: Manifest, context: Context, *, keeps: bool) -> Manifest:
    made = dict(version)
    holder = made.get("schema") or shared["validation"] or {}
    schema = holder.get("openAPIV3Schema") or {}
    schema = {**schema, "type": "object"}
    structural = _typed(schema)
    if not all(map(_is_accepted, _below(structural))):
        structural = {"type": "object"}
        keeps = True
        context.note("schema_replaced", version=str(version.get("name")))
    if keeps or structural == {"type": "object"}:
        structural[_ANYTHING] = True
    made["schema"] = {"openAPIV3Schema": structural}
    if subresources := made.get("subresources") or shared["subresources"]:
        made["subresources"] = subresources
    if columns := made.get("additionalPrinterColumns") or shared["additionalPrinterColumns"]:
        made["additionalPrinterColumns"] = [_column(c) for c in columns]
    return made


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
    return not (in_junctor and {"type", "description", "default", "nullable"} & schema.keys())

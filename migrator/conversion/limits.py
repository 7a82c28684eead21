"""Which names and sizes an API server takes, whatever the schemas say; a manifest written by hand may have others."""

from __future__ import annotations

import re

from migrator.conversion.context import Manifest
from migrator.locale import Msg, msg

# RFC 1123 as Kubernetes reads it: a label, a domain name of labels; RFC 1035 wants a letter first.
_LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?")
_DOMAIN = re.compile(rf"{_LABEL.pattern}(?:\.{_LABEL.pattern})*")
_LETTER_FIRST = re.compile(r"[a-z](?:[-a-z0-9]*[a-z0-9])?")
_DOMAIN_LENGTH, _LABEL_LENGTH = 253, 63
_CRON_JOB_LENGTH = 52  # the time of a run comes behind it in the names of its Jobs
# Any text that can stand in a path.
_FREE = frozenset(("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding", "APIService"))
_FREELY_CHOSEN = re.compile(r"(?!\.\.?\Z)[^/%]+")
_DATA_LENGTH = 1 << 20  # of all values of a ConfigMap


def refused_name(group: str, kind: str, name: str) -> Msg | None:
    """Why the server refuses an object of this name, None where it does not.

    Args:
        group: empty for all kinds of Kubernetes itself; custom resources have domain names, whatever they are called.
    """
    form, longest, key = _DOMAIN, _DOMAIN_LENGTH, "domain"
    if not group:
        if kind in _FREE:
            form, longest, key = _FREELY_CHOSEN, len(name), "path"
        elif kind == "Service":
            form, longest, key = _LETTER_FIRST, _LABEL_LENGTH, "letter_first"
        elif kind == "Namespace":
            form, longest, key = _LABEL, _LABEL_LENGTH, "label"
        elif kind == "CronJob":
            longest = _CRON_JOB_LENGTH
    if len(name) > longest:
        return msg("conversion.invalid.name_long", length=len(name), longest=longest)
    return None if form.fullmatch(name) else msg(f"conversion.invalid.name_{key}", name=name)


def too_large(body: Manifest) -> Msg | None:
    """Why the server refuses a ConfigMap of this size, None where it does not."""
    if body["kind"] != "ConfigMap" or body["apiVersion"] != "v1":
        return None
    size = sum(len(v.encode(errors="replace")) for v in (body.get("data") or {}).values())
    size += sum(len(v) * 3 // 4 for v in (body.get("binaryData") or {}).values())  # base64
    return msg("conversion.invalid.too_large", size=size, largest=_DATA_LENGTH) if size > _DATA_LENGTH else None

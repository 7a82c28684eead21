"""The base of all facts, and the names of objects."""

from __future__ import annotations

import msgspec


class Fact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Base of all facts: immutable, written without its defaults, refused when it carries an unknown field."""


class ObjectRef(Fact, frozen=True, kw_only=True, order=True):
    """The name of a Kubernetes object; ``namespace`` is empty for a cluster-scoped one."""

    api_version: str
    kind: str
    namespace: str = ""
    name: str = ""

    @property
    def group(self) -> str:
        return self.api_version.rpartition("/")[0]

    def __str__(self) -> str:
        place = f"{self.namespace}/" if self.namespace else ""
        return f"{self.kind} {place}{self.name}".rstrip()

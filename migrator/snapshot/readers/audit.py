"""Events of an audit log: who asked the API server for what. They are no objects of the cluster.

Of all requests only those for versions that may be removed are told. A log covers its own time and what its policy
lets through: what it does not show may well be asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeGuard

from migrator.snapshot.model import ApiUse, ApiUseSource, ObjectRef
from migrator.snapshot.readers import Event, Found, Told
from migrator.snapshot.readers.kubernetes import is_api_version
from migrator.snapshot.values import dig, text

_GROUP = "audit.k8s.io/"


def is_object(event: Event) -> TypeGuard[Found]:
    """Whether it is an object of the cluster, and no event of an audit log."""
    return isinstance(event, Found) and not (event.kind == "Event" and event.api_version.startswith(_GROUP))


def told(found: Found, file: str) -> Iterator[Told]:
    """The request of one event as a use of its API version; nothing where the version is one that stays."""
    body = found.body
    group, version = text(dig(body, "objectRef", "apiGroup")), text(dig(body, "objectRef", "apiVersion"))
    api_version = f"{group}/{version}" if group else version
    resource = text(dig(body, "objectRef", "resource"))
    if not resource.isalpha() or not is_api_version(api_version) or not ("beta" in version or "alpha" in version):
        return
    below = text(dig(body, "objectRef", "subresource"))
    yield Told(
        ApiUse(
            ref=ObjectRef(api_version=api_version, kind=f"{resource}/{below}" if below.isalpha() else resource),
            source=ApiUseSource.METRICS,
            place=text(dig(body, "annotations", "k8s.io/removed-release"))[:10],
            file=file,
        )
    )

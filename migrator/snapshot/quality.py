"""The quality-of-service class that Kubernetes gives to a group of containers."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from migrator.snapshot.values import Body, dig, mapping, text

_COUNTED = ("cpu", "memory")


class QosClass(StrEnum):
    GUARANTEED = "Guaranteed"
    BURSTABLE = "Burstable"
    BEST_EFFORT = "BestEffort"


def qos_of(containers: Sequence[Body]) -> QosClass:
    """The class of these containers alone: ``Guaranteed`` where each has limits for both resources and no request
    that differs from them, ``BestEffort`` where none has any. Written amounts are compared as they stand.
    """
    requests = [mapping(dig(c, "resources", "requests")) for c in containers]
    limits = [mapping(dig(c, "resources", "limits")) for c in containers]
    if not any(text(given.get(r)) for given in (*requests, *limits) for r in _COUNTED):
        return QosClass.BEST_EFFORT
    for request, limit in zip(requests, limits, strict=True):
        for resource in _COUNTED:
            most = text(limit.get(resource))
            if not most or text(request.get(resource)) not in ("", most):
                return QosClass.BURSTABLE
    return QosClass.GUARANTEED

"""CLU004: operating systems of nodes that targets from 1.27 on do not support (A.5, C-1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto

from migrator.checks.registry import check
from migrator.checks.report import finding, unresolved
from migrator.checks.spec import Category, CheckContext, CheckSpec, Severity, Yield
from migrator.checks.subjects import node_ref, pool_ref
from migrator.paths.model import Strategy
from migrator.snapshot.model import Section
from migrator.versions import VersionRange

SPEC = CheckSpec(
    code="CLU004",
    slug="node-os-unsupported",
    category=Category.CLUSTER,
    severity=Severity.WARNING,
    needs=frozenset({Section.NODES}),
    applies=VersionRange.parse(">=1.27"),
    references=("BYS", "PRE"),
)

_EULEROS = re.compile(r"EulerOS (?:release )?2\.(?:0 \(SP(?P<pack>\d+)|(?P<minor>[1-9]\d*))")


class _Support(Enum):
    SUPPORTED = auto()
    UNSUPPORTED = auto()
    UNKNOWN = auto()


@check(SPEC)
def evaluate(context: CheckContext) -> Iterator[Yield]:
    """An unknown system matters only where the nodes stay: a new cluster gets new ones."""
    for node in context.snapshot.nodes:
        support = _support(node.os_image)
        if support is _Support.UNSUPPORTED:
            yield finding(SPEC, node_ref(node), "node", os=node.os_image, kernel=node.kernel_version)
        elif support is _Support.UNKNOWN and context.strategy is Strategy.UPGRADE:
            yield unresolved(SPEC, node_ref(node), os=node.os_image or "-")
    for pool in context.snapshot.node_pools:
        if _support(pool.os) is _Support.UNSUPPORTED:
            yield finding(SPEC, pool_ref(pool), "pool", os=pool.os)


def _support(os_image: str) -> _Support:
    """kubelets report EulerOS 2.5 as "EulerOS 2.0 (SP5)", the CCE API as "EulerOS 2.5"."""
    if "Huawei Cloud EulerOS" in os_image or os_image.startswith("HCE"):
        return _Support.SUPPORTED
    if found := _EULEROS.search(os_image):
        return _supported_if((found["pack"] or found["minor"]) in ("9", "10"))
    if "Ubuntu" in os_image:
        return _supported_if("22.04" in os_image)
    if "CentOS" in os_image:
        return _Support.UNSUPPORTED
    return _Support.UNKNOWN


def _supported_if(condition: bool) -> _Support:
    return _Support.SUPPORTED if condition else _Support.UNSUPPORTED

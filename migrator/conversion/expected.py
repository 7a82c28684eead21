"""What the manifests of an old cluster bring into the new one beside the namespaces' own objects.

The whole bundle would say the same; here only what belongs to no namespace is converted, which is quick.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from migrator.catalog.model import Catalog
from migrator.conversion.bundle import convert_all
from migrator.conversion.model import Identity
from migrator.conversion.waves import INVALID
from migrator.snapshot.model import ObjectRef, Snapshot
from migrator.versions import Version

_BESIDE = frozenset(("PersistentVolumeClaim", "Role", "RoleBinding"))  # a volume's claim; rights that may be dropped


class Expected(NamedTuple):
    """Objects by ``(namespace, kind, name)``."""

    cluster_wide: frozenset[Identity]  # the new cluster gets them by a manifest
    left: frozenset[Identity]  # rights inside namespaces that the new cluster does not get


def expected(snapshot: Snapshot, target: Version, catalog: Catalog) -> Expected:
    """What ``convert_all`` makes of the snapshot for a cluster of ``target``, as far as it belongs to no namespace."""
    wide = msgspec.structs.replace(
        snapshot,
        manifests=tuple(m for m in snapshot.manifests if not m.ref.namespace or m.ref.kind in _BESIDE),
        objects=tuple(o for o in snapshot.objects if not o.ref.namespace),
    )
    bundle = convert_all(wide, snapshot.cluster.version or target, target, catalog)
    made = (ref for file in bundle.files if file.wave != INVALID for ref in file.refs)
    return Expected(
        frozenset(_identity(ref) for ref in made if not ref.namespace),
        frozenset(_identity(left.ref) for left in bundle.left_out if left.ref.kind in ("Role", "RoleBinding")),
    )


def _identity(ref: ObjectRef) -> Identity:
    return (ref.namespace, ref.kind, ref.name)

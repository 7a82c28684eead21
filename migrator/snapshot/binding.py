"""Which volume a cluster would give to a claim that names none, where manifests were written by hand.

Such pairs find each other by storage class, labels, access modes and size alone. Objects that a cluster gave out say
in their phase whether they found each other, and are left as they are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import orjson
from msgspec.structs import replace

from migrator.snapshot.model import Claim, Manifest, StorageClass, Volume
from migrator.snapshot.node_usage import quantity
from migrator.snapshot.values import Body, dig, labels_of, mapping, mappings, text, text_map, texts

_BY_HAND = frozenset(("", "kubernetes.io/no-provisioner"))
_MAKING = ("csi-", "sas", "sata", "ssd", "nfs-rw", "nfs-ro", "obs-", "efs-")  # classes of the platform make volumes


def bound(
    volumes: Sequence[Volume],
    claims: Sequence[Claim],
    classes: Sequence[StorageClass],
    manifests: Sequence[Manifest],
) -> tuple[Volume, ...]:
    """The volumes, each with the one claim that nothing but it can serve, and that it alone can serve.

    A claim without a selector whose class makes volumes would as well be given a new one: it is left alone.
    """
    named = {c.volume for c in claims if c.volume}
    taken = {(v.claim_namespace, v.claim_name) for v in volumes if v.claim_name}
    free = [v for v in volumes if not (v.claim_name or v.phase or v.name in named)]
    waiting = [c for c in claims if not (c.volume or c.phase or (c.namespace, c.name) in taken)]
    if not free or not waiting:
        return tuple(volumes)
    pvs = _bodies(manifests, "PersistentVolume", {("", v.name) for v in free})
    pvcs = _bodies(manifests, "PersistentVolumeClaim", {(c.namespace, c.name) for c in waiting})
    has_default = any(c.default for c in classes)
    provisioners = {c.name: c.provisioner for c in classes}
    offers = _Offers((v, pv) for v in free if (pv := pvs.get(("", v.name))))
    # Claims that ask for the same share their volumes: looked for once, however many there are.
    alike: dict[bytes, list[tuple[Claim, Body]]] = defaultdict(list)
    for claim in waiting:
        pvc = pvcs.get((claim.namespace, claim.name))
        if pvc is not None and _waits_for_one(claim, pvc, provisioners, has_default=has_default):
            asked = (claim.storage_class, claim.access_modes, claim.request, _mode(pvc), dig(pvc, "spec", "selector"))
            alike[orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)].append((claim, pvc))
    served = [(given, offers.fitting(*given[0])) for given in alike.values()]
    wanted: Counter[str] = Counter()  # how many claims each volume could serve
    for given, names in served:
        wanted.update(dict.fromkeys(names, len(given)))
    found = {names[0]: given[0][0] for given, names in served if len(names) == 1 and wanted[names[0]] == 1}
    return tuple(
        replace(v, claim_namespace=found[v.name].namespace, claim_name=found[v.name].name) if v.name in found else v
        for v in volumes
    )


def _bodies(manifests: Sequence[Manifest], kind: str, wanted: set[tuple[str, str]]) -> dict[tuple[str, str], Body]:
    return {
        place: mapping(orjson.loads(memoryview(m.body)))
        for m in manifests
        if m.ref.kind == kind and m.ref.api_version == "v1" and (place := (m.ref.namespace, m.ref.name)) in wanted
    }


def _waits_for_one(claim: Claim, pvc: Body, provisioners: dict[str, str], *, has_default: bool) -> bool:
    """Whether only a volume that is there already can serve the claim."""
    if dig(pvc, "spec", "selector"):
        return True
    cls = claim.storage_class
    if not cls:
        return not has_default or dig(pvc, "spec", "storageClassName") == ""
    if cls in provisioners:
        return provisioners[cls] in _BY_HAND
    return not cls.lower().startswith(_MAKING)


class _Offer(NamedTuple):
    name: str
    modes: frozenset[str]
    size: float | None  # bytes
    mode: str
    labels: dict[str, str]


class _Offers:
    """The free volumes by class, and by class and label, since most selectors name one."""

    def __init__(self, volumes: Iterable[tuple[Volume, Body]]) -> None:
        self._found: dict[tuple[str, ...], list[_Offer]] = defaultdict(list)
        for volume, pv in volumes:
            modes, size = frozenset(volume.access_modes), quantity(volume.capacity)
            offer = _Offer(volume.name, modes, size, _mode(pv), labels_of(pv))
            for place in ((), *offer.labels.items()):
                self._found[(volume.storage_class, *place)].append(offer)

    def fitting(self, claim: Claim, pvc: Body) -> list[str]:
        """Names of the volumes that can serve the claim."""
        selector = mapping(dig(pvc, "spec", "selector"))
        label = next(iter(text_map(selector.get("matchLabels")).items()), ())
        size, mode, modes = quantity(claim.request), _mode(pvc), frozenset(claim.access_modes)
        return [
            offer.name
            for offer in self._found.get((claim.storage_class, *label), ())
            if (size is None or (offer.size is not None and size <= offer.size))
            and mode == offer.mode
            and modes <= offer.modes
            and _selects(selector, offer.labels)
        ]


def _mode(body: Body) -> str:
    return text(dig(body, "spec", "volumeMode")) or "Filesystem"


def _selects(selector: Body, labels: dict[str, str]) -> bool:
    by_value = text_map(selector.get("matchLabels")).items() <= labels.items()
    return by_value and all(_holds(e, labels) for e in mappings(selector.get("matchExpressions")))


def _holds(expression: dict[str, Any], labels: dict[str, str]) -> bool:
    key, operator, values = text(expression.get("key")), expression.get("operator"), texts(expression.get("values"))
    if operator == "Exists":
        return key in labels
    if operator == "DoesNotExist":
        return key not in labels
    return (labels.get(key) in values) is (operator == "In")

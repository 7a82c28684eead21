"""Which known risks the hops of a way carry, and which of them concern this cluster."""

from __future__ import annotations

from collections.abc import Iterable

from migrator.catalog.model import Catalog, HopRule, KnownRisk
from migrator.paths.conditions import CONDITIONS, Situation
from migrator.paths.model import Concern, HopRisk
from migrator.snapshot.model import Snapshot
from migrator.versions import Version


def risks_of(
    hops: Iterable[HopRule], profile: str, catalog: Catalog, snapshot: Snapshot, ends: tuple[Version, Version]
) -> tuple[HopRisk, ...]:
    """The risks of those hops in the order of the catalog; one that no hop meets is left out.

    ``ends`` are the versions where the way begins and ends, with their patches where they are known.
    Of several hops the worst answer counts: concerned on one of them means concerned.
    """
    listed, (source, target) = tuple(hops), ends
    found = []
    for risk in catalog.known_risks:
        met = [hop for hop in listed if risk.concerns(hop, profile, source, target)]
        if met:
            concern = _worst(_judge(risk, Situation(snapshot, catalog, hop, source)) for hop in met)
            found.append(HopRisk(risk=risk, hops=tuple(hop.key for hop in met), concern=concern))
    return tuple(sorted(found, key=lambda r: (_ORDER[r.concern], r.risk.name)))


_ORDER = {Concern.APPLIES: 0, Concern.UNKNOWN: 1, Concern.NOT: 2}


def _worst(concerns: Iterable[Concern]) -> Concern:
    return min(concerns, key=_ORDER.__getitem__)


def _judge(risk: KnownRisk, situation: Situation) -> Concern:
    if not risk.condition:
        return Concern.APPLIES
    told = CONDITIONS[risk.condition](situation)
    return Concern.UNKNOWN if told is None else Concern.APPLIES if told else Concern.NOT

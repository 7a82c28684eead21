"""The answer of the planner: a path or the reasons why there is none, and the strategy that follows."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from migrator.catalog.model import HopRule, KnownRisk, Mode
from migrator.locale import Msg
from migrator.versions import Version


class Strategy(StrEnum):
    UPGRADE = "upgrade"  # in place, hop by hop
    MIGRATE = "migrate"  # a new cluster beside the old one, the business moved across


class RejectedHop(msgspec.Struct, frozen=True):
    """A hop that could not be taken, and why."""

    source: str
    target: str
    reason: Msg


class Concern(StrEnum):
    """Whether a known risk concerns this cluster."""

    APPLIES = "applies"
    UNKNOWN = "unknown"  # the snapshot does not tell
    NOT = "does_not"


class HopRisk(msgspec.Struct, frozen=True, kw_only=True):
    """A known risk that hops of the way carry."""

    risk: KnownRisk
    hops: tuple[str, ...]
    concern: Concern


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a person rules out: hops that can only be had in other ``modes``, hops by ticket. Empty modes allow all."""

    modes: tuple[Mode, ...] = ()
    tickets: bool = True


class PathResult(msgspec.Struct, frozen=True, kw_only=True):
    """``hops`` in order; empty and ``found`` false where there is no path.

    Source and target of one minor: ``found`` without hops.
    """

    source: Version
    target: Version
    profile: str
    found: bool
    hops: tuple[HopRule, ...] = ()
    rejected: tuple[RejectedHop, ...] = ()
    reasons: tuple[Msg, ...] = ()  # why there is no path, in words
    risks: tuple[HopRisk, ...] = ()  # of the hops, those that concern the cluster first


class Outage(StrEnum):
    """Whether the business is interrupted."""

    YES = "yes"
    PARTLY = "partly"  # pods move to other nodes, one after the other
    NO = "no"
    UNKNOWN = "unknown"


class StrategyOption(msgspec.Struct, frozen=True, kw_only=True):
    """One strategy as it stands beside the other.

    ``minutes`` counts masters and ``nodes`` of all hops, None where no source gives a duration (a move: see its
    runbook). ``blockers`` are findings of checks, None where its checks have not run.
    """

    strategy: Strategy
    feasible: bool
    obstacles: tuple[Msg, ...] = ()  # why it is not feasible
    hops: tuple[str, ...] = ()
    tickets: tuple[str, ...] = ()  # hops that are asked for by ticket
    blockers: int | None = None
    outage: Outage
    outage_reason: Msg
    minutes: tuple[int, int] | None = None
    nodes: int | None = None
    rollback: Msg
    unchangeable: tuple[Msg, ...] = ()
    changeable: tuple[Msg, ...] = ()


class StrategyChoice(msgspec.Struct, frozen=True, kw_only=True):
    """What is done and why; ``recommended`` differs from ``strategy`` where a person chose otherwise."""

    strategy: Strategy
    recommended: Strategy
    reasons: tuple[Msg, ...]  # for the recommendation
    person_reason: str = ""  # why a person chose otherwise, in their words
    options: tuple[StrategyOption, ...] = ()  # both strategies side by side

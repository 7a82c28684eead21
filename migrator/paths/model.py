"""The answer of the planner: a path or the reasons why there is none, and the strategy that follows."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from migrator.catalog.model import HopRule
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


class StrategyChoice(msgspec.Struct, frozen=True, kw_only=True):
    """What is done and why; ``recommended`` differs from ``strategy`` where a person chose otherwise."""

    strategy: Strategy
    recommended: Strategy
    reasons: tuple[Msg, ...]  # for the recommendation

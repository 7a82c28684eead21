"""What to mind on a hop of an upgrade in place: the catalog's known risks, as the planner judged them (A.5, A.6)."""

from __future__ import annotations

from migrator.catalog.model import HopRule, RiskKind
from migrator.locale import Msg, msg
from migrator.paths.model import Concern, PathResult
from migrator.runbook.model import Table
from migrator.runbook.steps.base import table


def crosses(hop: HopRule, minor: int) -> bool:
    """Whether the hop enters the given minor of Kubernetes 1."""
    return hop.source.minor < minor <= hop.target.minor


def precautions(hop: HopRule, path: PathResult) -> Table | None:
    """The risks of this hop that concern the cluster, or may; where only sources disagree, the document says so."""
    return table(
        "concern risk remedy",
        (
            (msg(f"path.concern.{found.concern.value}"), told(found.risk.title), told(found.risk.remedy))
            for found in path.risks
            if hop.key in found.hops and found.concern is not Concern.NOT and found.risk.kind is not RiskKind.CONFLICT
        ),
    )


def told(sentences: dict[str, str]) -> Msg:
    """A sentence that the catalog holds in both languages."""
    return msg("catalog.told", zh=sentences["zh"], en=sentences["en"])

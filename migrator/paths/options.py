"""Both strategies side by side: what each would take, interrupt, keep and leave as a way back."""

from __future__ import annotations

from migrator.catalog.model import Catalog, Mode, Rollback, Start
from migrator.locale import Msg, msg
from migrator.paths.facts import bare_metal_nodes
from migrator.paths.model import Outage, PathResult, Strategy, StrategyOption
from migrator.snapshot.model import OutageClass, Section, Snapshot
from migrator.versions import Minor

_NAMED = 3  # volumes that a comparison names; all of them stand in the runbook
# What a cluster keeps for life (A.6); the field of the cluster's facts that tells today's value.
_FIXED = ("category", "network_mode", "container_cidr", "service_cidr", "masters", "vpc")


def options_of(path: PathResult, snapshot: Snapshot, catalog: Catalog) -> tuple[StrategyOption, StrategyOption]:
    """The upgrade in place and the move, each with what is known of it without running a check."""
    return _upgrade(path, snapshot), _migrate(path, snapshot, catalog)


def _upgrade(path: PathResult, snapshot: Snapshot) -> StrategyOption:
    outage, outage_reason = _upgrade_outage(path)
    return StrategyOption(
        strategy=Strategy.UPGRADE,
        feasible=path.found and not _at_target(path),
        obstacles=_at_target(path) or path.reasons,
        hops=tuple(hop.key for hop in path.hops),
        tickets=tuple(hop.key for hop in path.hops if hop.start is Start.TICKET),
        outage=outage,
        outage_reason=outage_reason,
        minutes=_upgrade_minutes(path, len(snapshot.nodes)),
        nodes=len(snapshot.nodes) if snapshot.covers(Section.NODES) else None,
        rollback=_upgrade_rollback(path),
        unchangeable=tuple(_kept(name, snapshot) for name in _FIXED),
        changeable=(msg("strategy.fixed.by_reset"),),
    )


def _at_target(path: PathResult) -> tuple[Msg, ...]:
    """What keeps a cluster from both strategies that stays at its version."""
    return (msg("strategy.reason.at_target", version=str(path.target)),) if path.source == path.target else ()


def _upgrade_minutes(path: PathResult, nodes: int) -> tuple[int, int] | None:
    """Masters and nodes of every hop; a patch within the minor has no duration in the sources."""
    if not path.hops:
        return None
    low, high = (sum(hop.minutes[i] + hop.minutes_per_node[i] * nodes for hop in path.hops) for i in (0, 1))
    return low, high


def _upgrade_outage(path: PathResult) -> tuple[Outage, Msg]:
    if not path.found:
        return Outage.UNKNOWN, msg("strategy.outage.no_path")
    if any(set(hop.modes) <= {Mode.RESET} for hop in path.hops):
        return Outage.YES, msg("strategy.outage.reset")
    if any(Mode.IN_PLACE not in hop.modes for hop in path.hops):
        return Outage.PARTLY, msg("strategy.outage.rolling")
    return Outage.NO, msg("strategy.outage.in_place")


def _upgrade_rollback(path: PathResult) -> Msg:
    if not path.hops:
        return msg("strategy.rollback.unknown")
    final = [hop.key for hop in path.hops if hop.rollback is Rollback.NONE]
    untold = [hop.key for hop in path.hops if hop.rollback is Rollback.UNTOLD]
    if final and untold:
        return msg("strategy.rollback.both", final=final, untold=untold)
    if untold:
        return msg("strategy.rollback.untold", hops=untold)
    return msg("strategy.rollback.none", hops=final) if final else msg("strategy.rollback.on_failure")


def _kept(name: str, snapshot: Snapshot) -> Msg:
    value = getattr(snapshot.cluster, name)
    known = msg("strategy.fixed.value", value=str(value)) if value else msg("strategy.fixed.unknown")
    return msg("strategy.fixed.keeps", what=msg(f"strategy.fixed.{name}"), value=known)


def _migrate(path: PathResult, snapshot: Snapshot, catalog: Catalog) -> StrategyOption:
    minor = path.target.as_minor
    sold = minor in catalog.profile(path.profile).migration_targets
    outage, outage_reason = _migrate_outage(snapshot)
    return StrategyOption(
        strategy=Strategy.MIGRATE,
        feasible=sold and not _at_target(path),
        obstacles=_at_target(path) or _not_sold(minor, sold),
        outage=outage,
        outage_reason=outage_reason,
        nodes=len(snapshot.nodes) if snapshot.covers(Section.NODES) else None,
        rollback=msg("strategy.reason.old_cluster_stays"),
        unchangeable=(msg("strategy.fixed.addresses"),),
        changeable=(
            *(msg(f"strategy.fixed.{name}") for name in _FIXED),
            *([msg("strategy.fixed.bare_metal")] if bare_metal_nodes(snapshot) else []),
        ),
    )


def _not_sold(minor: Minor, sold: bool) -> tuple[Msg, ...]:
    return () if sold else (msg("strategy.reason.target_not_sold", target=str(minor)),)


def _migrate_outage(snapshot: Snapshot) -> tuple[Outage, Msg]:
    """By the storage that somebody mounts (B.4): what both clusters can mount at once moves without an outage."""
    mounted = {claim.volume for claim in snapshot.claims if claim.mounted_by and not claim.system}
    volumes = [v for v in snapshot.volumes if v.name in mounted]
    stopping = sorted(v.name for v in volumes if v.outage in (OutageClass.OUTAGE, OutageClass.COPY))
    if stopping:
        return Outage.YES, msg("strategy.outage.volumes", count=len(stopping), volumes=stopping[:_NAMED])
    seen = all(snapshot.covers(s) for s in (Section.CLAIMS, Section.VOLUMES, Section.WORKLOADS))
    if not seen or any(v.outage is OutageClass.UNKNOWN for v in volumes) or len(volumes) < len(mounted - {""}):
        return Outage.UNKNOWN, msg("strategy.outage.storage_unknown")
    return Outage.NO, msg("strategy.outage.shared_storage")

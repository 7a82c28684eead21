"""Chooses between upgrading in place and moving to a new cluster, and says why.

Moving is recommended where no way leads to the target in place, where the way is long, where a hop can only be had by
ticket, and where nodes are not virtual machines. The course offers the move for large jumps that
can accept a new cluster; the bounds are this project's (domain facts A.2).
"""

from __future__ import annotations

from migrator.catalog.model import Catalog, HopRule, Rollback, Start
from migrator.errors import PathError
from migrator.locale import Msg, msg
from migrator.paths.facts import bare_metal_nodes
from migrator.paths.model import PathResult, Strategy, StrategyChoice
from migrator.paths.options import options_of
from migrator.paths.planner import nearest_offered
from migrator.snapshot.model import Snapshot
from migrator.versions import Minor, Version, VersionRange

MANY_HOPS = 3
"""From this many upgrades in a row on, a move is recommended."""

_PATCHED_FROM = Minor(1, 19)  # from here on the console upgrades from patch to patch (OVW); of older ones nobody tells


def choose_strategy(
    path: PathResult, snapshot: Snapshot, catalog: Catalog, wanted: Strategy | None, person_reason: str = ""
) -> StrategyChoice:
    """The strategy to follow: ``wanted`` where a person chose, for ``person_reason``, otherwise the recommendation.

    A target that CCE never offered is judged as a move. ``reasons`` speak for and against the recommended strategy and
    stay the same whatever is wanted.

    Raises:
        PathError: ``no_path`` where upgrading is wanted and impossible; ``target_not_sold`` where a move is wanted, or
            is the only way, and no cluster of the target can be bought.
    """
    sold = path.target.as_minor in catalog.profile(path.profile).migration_targets
    against = _against_upgrade(path, snapshot)
    if not path.found and catalog.release_of(path.target) is None:
        return _of_no_offer(path, snapshot, catalog, wanted, person_reason)
    if not path.found and not sold:
        raise PathError("target_not_sold", **_not_sold(path, catalog), reasons=list(path.reasons))
    recommended = Strategy.MIGRATE if sold and against else Strategy.UPGRADE
    strategy = wanted or recommended
    if strategy is Strategy.UPGRADE and not path.found:
        raise PathError("no_path", source=str(path.source), target=str(path.target), reasons=list(path.reasons))
    if strategy is Strategy.MIGRATE and not sold:
        raise PathError("target_not_sold", **_not_sold(path, catalog), reasons=[])
    pros = _for_migration() if recommended is Strategy.MIGRATE else _for_upgrade(path)
    reasons = (*against, *pros, *(() if sold else (msg("strategy.reason.target_not_sold", target=_minor(path)),)))
    reasons += _unknown_patch(path.target, catalog)
    return StrategyChoice(
        strategy=strategy,
        recommended=recommended,
        reasons=reasons,
        person_reason=person_reason if wanted is not None else "",
        options=options_of(path, snapshot, catalog),
    )


def _of_no_offer(
    path: PathResult, snapshot: Snapshot, catalog: Catalog, wanted: Strategy | None, person_reason: str
) -> StrategyChoice:
    """A move, by which everything is judged, although no cluster of the target will ever be had."""
    if wanted is Strategy.UPGRADE:
        raise PathError("no_path", source=str(path.source), target=str(path.target), reasons=list(path.reasons))
    nearest = nearest_offered(catalog, path.target)
    return StrategyChoice(
        strategy=Strategy.MIGRATE,
        recommended=Strategy.MIGRATE,
        reasons=(msg("strategy.reason.never_offered", target=_minor(path), nearest=nearest),),
        person_reason=person_reason if wanted is not None else "",
        options=options_of(path, snapshot, catalog),
    )


def _minor(path: PathResult) -> str:
    return str(path.target.as_minor)


def _not_sold(path: PathResult, catalog: Catalog) -> dict[str, object]:
    profile = catalog.profile(path.profile)
    return {
        "target": _minor(path),
        "profile": profile.name,
        "known": [str(minor) for minor in profile.migration_targets],
    }


def _unknown_patch(target: Version, catalog: Catalog) -> tuple[Msg, ...]:
    """A remark where a patch was asked for that the release notes known to the catalog do not name."""
    release = catalog.release_of(target)
    if target.patch < 0 or release is None or target in VersionRange.parse(release.patches):
        return ()
    return (msg("strategy.reason.patch_not_known", target=str(target), known=release.patches),)


def _against_upgrade(path: PathResult, snapshot: Snapshot) -> tuple[Msg, ...]:
    """What speaks against upgrading in place; a patch within the minor has only its nodes to fear."""
    said: list[Msg] = []
    if path.source == path.target:
        return ()
    if not path.found:
        said += [msg("strategy.reason.no_path", reason=reason) for reason in path.reasons]
    if len(path.hops) >= MANY_HOPS:
        said.append(msg("strategy.reason.many_hops", hops=len(path.hops), route=_route(path)))
    said += [_ticket(hop) for hop in path.hops if hop.start is Start.TICKET]
    if path.found and (nodes := bare_metal_nodes(snapshot)):
        said.append(msg("strategy.reason.bare_metal", nodes=nodes))
    return tuple(said)


def _ticket(hop: HopRule) -> Msg:
    final = "_no_rollback" if hop.rollback is Rollback.NONE else ""
    return msg(f"strategy.reason.ticket{final}", source=str(hop.source), target=str(hop.target))


def patch_untold(source: Version) -> tuple[Msg, ...]:
    """A remark where no source says that a cluster of ``source`` can have a newer patch of its minor."""
    told = source.as_minor >= _PATCHED_FROM
    return () if told else (msg("strategy.reason.patch_untold", source=str(source)),)


def _route(path: PathResult) -> str:
    return " → ".join([str(path.source.as_minor), *(str(hop.target) for hop in path.hops)])


def _for_migration() -> tuple[Msg, ...]:
    return (msg("strategy.reason.old_cluster_stays"), msg("strategy.reason.new_addresses"))


def _for_upgrade(path: PathResult) -> tuple[Msg, ...]:
    if path.source == path.target:
        return (msg("strategy.reason.at_target", version=str(path.target)),)
    if not path.hops:
        return (msg("strategy.reason.patch_only"), *patch_untold(path.source))
    said = [msg("strategy.reason.short_path", hops=len(path.hops), route=_route(path))]
    said.append(msg("strategy.reason.keeps_addresses"))
    final = [hop.key for hop in path.hops if hop.rollback is Rollback.NONE and hop.start is Start.CONSOLE]
    if final:
        said.append(msg("strategy.reason.no_rollback", hops=final))
    if untold := [hop.key for hop in path.hops if hop.rollback is Rollback.UNTOLD]:
        said.append(msg("strategy.reason.rollback_untold", hops=untold))
    return tuple(said)

"""Finds the way from one version to another over the hops of a profile, and says why there is none.

The profile's hops are the edges. Filters reject edges that the snapshot shows to be impossible, in a fixed order; what
the snapshot does not tell rejects nothing and stays a precondition for a person to confirm. Fewest hops win; of equally
short ways the one that reaches the newer version earlier, so that the answer never depends on the order of the data.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import NamedTuple

from migrator.catalog.model import Catalog, HopRule, Profile, Start
from migrator.errors import PathError, VersionError
from migrator.locale import Msg, msg
from migrator.paths.facts import arm_nodes, bare_metal_nodes, container_network
from migrator.paths.model import Limits, PathResult, RejectedHop
from migrator.paths.risks import risks_of
from migrator.snapshot.model import Snapshot
from migrator.versions import Minor, Version

# Far above the highest that release notes name, 1.23.18 and 1.27.16-r62 (domain facts A.2).
_PATCH_MOST = 60
_REVISION_MOST = 199
_NO_LIMITS = Limits()

Filter = Callable[[Snapshot, Version], Msg | None]
"""Why a hop with that precondition is closed to this cluster of that source version; None where nothing speaks so."""


def resolve_target(
    target: Version, source: Version, catalog: Catalog, profile: str, *, stays: bool = False, only_offered: bool = True
) -> Version:
    """The target as a version that CCE offers and that lies above the source, or is the source's where it ``stays``.

    Of the minors between the known ones that CCE never offered, none is taken unless ``only_offered`` is false.

    A target without a patch stands for the offered patch of its minor. Within the source's minor a newer patch is a
    valid target.

    Raises:
        PathError: ``profile_unknown``.
        VersionError: ``version_unreadable`` (a build suffix on the target), ``version_unknown``,
            ``target_not_above_source``, ``target_not_offered``.
    """
    profile_of(catalog, profile)
    check_patch(target, "target")
    if target.suffix:
        raise VersionError("version_unreadable", version=str(target))
    minors = sorted(release.minor for release in catalog.releases)
    if not minors or not minors[0] <= target.as_minor <= minors[-1]:
        known = _above(minors, source) or _texts(minors)
        raise VersionError("version_unknown", version=str(target), known=known, asked="target")
    if stays and _is_told_by(target, source):
        return source
    if target <= source:
        raise VersionError("target_not_above_source", source=str(source), target=str(target))
    if only_offered and target.as_minor not in minors and target.as_minor != source.as_minor:
        raise VersionError("target_not_offered", version=str(target), nearest=nearest_offered(catalog, target))
    return target


def _is_told_by(target: Version, source: Version) -> bool:
    """Whether ``target`` says of the version ``source`` as much as it says at all."""
    patches = target.patch in (-1, source.patch) and target.revision in (-1, source.revision)
    return target.as_minor == source.as_minor and patches


def check_source(source: Version, catalog: Catalog) -> Version:
    """The source, if CCE can have had it; what CCE never offered but others did (1.14) is a source as well.

    Raises:
        VersionError: ``version_unknown`` (older than the oldest known release, or a patch that no release ever had).
    """
    minors = sorted(release.minor for release in catalog.releases)
    if minors and source.as_minor < minors[0]:
        raise VersionError("version_unknown", version=str(source), known=_texts(minors), asked="source")
    check_patch(source, "source")
    return source


def check_patch(version: Version, asked: str) -> None:
    """Refuse a patch that can only be a slip of the pen; one that is merely unknown is left to a remark.

    Raises:
        VersionError: ``version_unknown``.
    """
    if version.patch > _PATCH_MOST or version.revision > _REVISION_MOST:
        raise VersionError("version_unknown", version=str(version), known=[str(version.as_minor)], asked=asked)


def find_path(
    source: Version,
    target: Version,
    catalog: Catalog,
    profile: str,
    snapshot: Snapshot,
    *,
    limits: Limits = _NO_LIMITS,
) -> PathResult:
    """The shortest way in place, or the reasons why there is none.

    ``rejected`` explains every hop of the profile from the source on that is not taken, those that lead beyond the
    target included.

    Raises:
        PathError: ``profile_unknown``.
    """
    rules = profile_of(catalog, profile)
    between = [h for h in rules.hops if source.as_minor <= h.source and h.target <= target.as_minor]
    if source.as_minor == target.as_minor:
        return PathResult(source=source, target=target, profile=profile, found=True)
    refused = _refusals(between, snapshot, source, limits)
    open_hops = [hop for hop in between if refused.of(hop) is None]
    way = _shortest(open_hops, source.as_minor, target.as_minor)
    return PathResult(
        source=source,
        target=target,
        profile=profile,
        found=way is not None,
        hops=way or (),
        rejected=(
            *_rejected(between, refused, way, start=source.as_minor, goal=target.as_minor),
            *_beyond(rules.hops, source.as_minor, target.as_minor),
        ),
        reasons=() if way is not None else _reasons(between, refused, source.as_minor, target.as_minor, profile),
        risks=risks_of(way or (), profile, catalog, snapshot, (source, target)),
    )


def profile_of(catalog: Catalog, name: str) -> Profile:
    """The profile of that name; raises ``PathError`` ``profile_unknown`` with the names there are."""
    try:
        return catalog.profile(name)
    except KeyError:
        raise PathError("profile_unknown", profile=name, known=[p.name for p in catalog.profiles]) from None


def _texts(minors: Iterable[Minor]) -> list[str]:
    return [str(minor) for minor in minors]


def _above(minors: Iterable[Minor], source: Version) -> list[str]:
    return _texts(minor for minor in minors if minor > source.as_minor)


def nearest_offered(catalog: Catalog, wanted: Version) -> list[str]:
    """The minors that CCE offered next below and next above."""
    minors = sorted(release.minor for release in catalog.releases)
    below = [minor for minor in minors if minor < wanted.as_minor][-1:]
    return _texts(below + [minor for minor in minors if minor > wanted.as_minor][:1])


def _no_bare_metal(snapshot: Snapshot, _source: Version) -> Msg | None:
    found = bare_metal_nodes(snapshot)
    return msg("path.reason.bare_metal_nodes", nodes=found) if found else None


def _no_arm(snapshot: Snapshot, _source: Version) -> Msg | None:
    found = arm_nodes(snapshot)
    return msg("path.reason.arm_nodes", nodes=found) if found else None


def _tunnel_network(snapshot: Snapshot, _source: Version) -> Msg | None:
    mode = container_network(snapshot)
    return msg("path.reason.not_tunnel_network", mode=mode) if mode not in ("", "overlay_l2") else None


def _no_turbo(snapshot: Snapshot, _source: Version) -> Msg | None:
    return msg("path.reason.turbo_cluster") if snapshot.cluster.category == "Turbo" else None


def _patch_at_least(least: Version) -> Filter:
    def judge(_snapshot: Snapshot, source: Version) -> Msg | None:
        if source.as_minor == least.as_minor and 0 <= source.patch < least.patch:
            return msg("path.reason.patch_too_old", source=str(source), least=str(least))
        return None

    return judge


# In the order in which they are applied; the key is the precondition of the hop that the filter judges.
_FILTERS: dict[str, Filter] = {
    "vm_nodes_only": _no_bare_metal,
    "x86_nodes_only": _no_arm,
    "no_turbo_cluster": _no_turbo,
    "tunnel_network_only": _tunnel_network,
    "patch_1_7_3_or_newer": _patch_at_least(Version(1, 7, 3)),
    "patch_1_9_7_or_newer": _patch_at_least(Version(1, 9, 7)),
    "patch_1_9_10_or_newer": _patch_at_least(Version(1, 9, 10)),
}


class _Refusals(NamedTuple):
    """What the filters reject: by hop the name of the first that does, and by name what it says."""

    by_hop: dict[str, str]
    said: dict[str, Msg]

    def of(self, hop: HopRule) -> Msg | None:
        return self.said.get(self.by_hop.get(hop.key, ""))


def _refusals(hops: Iterable[HopRule], snapshot: Snapshot, source: Version, limits: Limits) -> _Refusals:
    said = {name: verdict for name, judge in _FILTERS.items() if (verdict := judge(snapshot, source)) is not None}
    said |= {_MODES: msg("path.reason.mode_excluded", modes=_mode_words(limits)), _TICKET: msg("path.reason.ticket")}
    by_hop = {}
    for hop in hops:
        excluded = _excluded(hop, limits)
        if name := next((name for name in said if name in hop.preconditions or name in excluded), None):
            by_hop[hop.key] = name
    return _Refusals(by_hop, said)


_MODES, _TICKET = "limit:modes", "limit:tickets"  # no precondition has such a name


def _excluded(hop: HopRule, limits: Limits) -> set[str]:
    """What a person ruled out that the hop needs."""
    found = set()
    if limits.modes and set(limits.modes).isdisjoint(hop.modes):
        found.add(_MODES)
    if hop.start is Start.TICKET and not limits.tickets:
        found.add(_TICKET)
    return found


def _mode_words(limits: Limits) -> list[Msg]:
    return [msg(f"path.mode.{mode.value}") for mode in limits.modes]


def _beyond(hops: Iterable[HopRule], start: Minor, goal: Minor) -> tuple[RejectedHop, ...]:
    """The hops that start on the way and lead past the target."""
    past = sorted((h for h in hops if start <= h.source < goal < h.target), key=lambda h: (h.source, h.target))
    return tuple(
        RejectedHop(str(h.source), str(h.target), msg("path.reason.beyond_target", target=str(goal))) for h in past
    )


def _shortest(hops: Iterable[HopRule], start: Minor, goal: Minor) -> tuple[HopRule, ...] | None:
    """Fewest hops, newer versions first; () where start and goal are one, None where no way leads there."""
    leaving: dict[Minor, list[HopRule]] = {}
    for hop in sorted(hops, key=lambda h: h.target, reverse=True):
        leaving.setdefault(hop.source, []).append(hop)
    queue: deque[tuple[Minor, tuple[HopRule, ...]]] = deque([(start, ())])
    seen = {start}
    while queue:
        here, way = queue.popleft()
        if here == goal:
            return way
        for hop in leaving.get(here, ()):
            if hop.target not in seen:
                seen.add(hop.target)
                queue.append((hop.target, (*way, hop)))
    return None


def _rejected(
    between: list[HopRule], refused: _Refusals, way: tuple[HopRule, ...] | None, *, start: Minor, goal: Minor
) -> tuple[RejectedHop, ...]:
    taken = {hop.key for hop in way or ()}
    rest = sorted((hop for hop in between if hop.key not in taken), key=lambda h: (h.source, h.target))
    open_hops = [hop for hop in between if refused.of(hop) is None]
    return tuple(
        RejectedHop(
            str(hop.source),
            str(hop.target),
            refused.of(hop) or _why_not(hop, open_hops, len(way or ()), start, goal),
        )
        for hop in rest
    )


def _why_not(hop: HopRule, hops: list[HopRule], chosen: int, start: Minor, goal: Minor) -> Msg:
    """Why an open hop is not part of the way: out of reach, leading nowhere, or on a longer or an equal way."""
    before, after = _shortest(hops, start, hop.source), _shortest(hops, hop.target, goal)
    if before is None:
        return msg("path.reason.not_reached", version=str(hop.source))
    if after is None:
        return msg("path.reason.dead_end", version=str(hop.target), target=str(goal))
    total = len(before) + 1 + len(after)
    return msg("path.reason.longer" if total > chosen else "path.reason.equal", hops=total, chosen=chosen)


def _reasons(between: list[HopRule], refused: _Refusals, start: Minor, goal: Minor, profile: str) -> tuple[Msg, ...]:
    """Why no way leads to the goal: the profile's table, or the filter that took the last way."""
    if _shortest(between, start, goal) is None:
        if not any(hop.source == start for hop in between):
            return (msg("path.reason.no_hop_from_source", source=str(start), profile=profile),)
        furthest = max(h.target for h in between if _shortest(between, start, h.source) is not None)
        return (msg("path.reason.table_ends", furthest=str(furthest), target=str(goal), profile=profile),)
    said: list[Msg] = []
    remaining = list(between)
    for name in (name for name in refused.said if name in refused.by_hop.values()):
        said.append(refused.said[name])
        remaining = [hop for hop in remaining if refused.by_hop.get(hop.key) != name]
        if _shortest(remaining, start, goal) is None:
            break
    return tuple(said)

"""A record that an administrator adds to a catalog that is sound."""

from __future__ import annotations

from migrator.catalog.model import AddOnVersions, Catalog, HopRule, KnownRisk
from migrator.catalog.reading import Place, Problems
from migrator.catalog.validation.addons import check_versions
from migrator.catalog.validation.paths import check_hop, check_risk

Added = HopRule | KnownRisk | AddOnVersions


def judge_addition(place: Place, made: Added, profile: str, catalog: Catalog, problems: Problems) -> bool:
    """Whether a hop for ``profile``, a risk or a row of an add-on fits the catalog; every problem is recorded.

    Its sources are tags of the catalog or, other than in shipped data, whatever a person names; the add-on of a row may
    be one that the catalog does not know yet.
    """
    before = len(problems.as_messages())
    if not made.sources:
        problems.add("no_source", place.key("sources"))
    if isinstance(made, AddOnVersions):
        check_versions(place, made, catalog.addon_versions, problems)
    elif isinstance(made, KnownRisk):
        check_risk(place, made, {p.name for p in catalog.profiles}, problems)
        if made.name in {risk.name for risk in catalog.known_risks}:
            problems.add("not_unique", place.key("name"), value=made.name)
    else:
        _judge_hop(place, made, profile, catalog, problems)
    return len(problems.as_messages()) == before


def _judge_hop(place: Place, made: HopRule, profile: str, catalog: Catalog, problems: Problems) -> None:
    profiles = {p.name: p for p in catalog.profiles}
    if profile not in profiles:
        problems.add("unknown_profile", place, value=profile)
        return
    check_hop(place, made, {release.minor for release in catalog.releases}, problems)
    if made.key in {hop.key for hop in profiles[profile].hops}:
        problems.add("not_unique", place, value=made.key)

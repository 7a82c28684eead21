"""What the product knows as text for a terminal or JSON: paths, checks, removed APIs, other removals, add-ons."""

from __future__ import annotations

from typing import Any

import msgspec

from migrator.catalog.addons import rows_of
from migrator.catalog.model import AddOnVersions, Catalog, HopRule, KnownRisk
from migrator.checks.registry import RegisteredCheck, all_checks
from migrator.locale import Lang, text
from migrator.render.jsondoc import dump, plain
from migrator.render.text import Page
from migrator.render.words import check_title, duration
from migrator.versions import Version

TOPICS = ("paths", "checks", "apis", "removals", "addons")


def up_to(catalog: Catalog, target: Version) -> Catalog:
    """The catalog with those removals, and versions of add-ons, alone that concern a cluster of ``target``, whatever it
    comes from."""
    minor = target.as_minor
    return msgspec.structs.replace(
        catalog,
        api_removals=tuple(row for row in catalog.api_removals if row.removed_in <= minor),
        removals=tuple(row for row in catalog.removals if row.since <= minor),
        addon_versions=tuple(row for row in catalog.addon_versions if row.fits(minor)),
    )


def catalog_text(topic: str, catalog: Catalog, lang: Lang, *, colour: bool = False) -> str:
    """``topic`` is one of ``TOPICS``."""
    page = Page(lang, colour)
    texts = {
        "paths": _paths_text,
        "checks": _checks_text,
        "apis": _apis_text,
        "removals": _removals_text,
        "addons": _addons_text,
    }
    texts[topic](catalog, page)
    page.rows([(page.word("render.cover.catalog"), catalog.digest)], indent=0)
    return page.finish()


def catalog_json(topic: str, catalog: Catalog, lang: Lang) -> bytes:
    """The same rows as ``catalog_text``, with every field, below the name of the topic."""
    topics = {"paths": _paths, "checks": _checks, "apis": _apis, "removals": _removals, "addons": _addons}
    rows = topics[topic](catalog, lang)
    counts = {"counts": _counts(catalog)} if topic == "checks" else {}
    risks = {"risks": _known_risks(catalog, lang)} if topic == "paths" else {}
    return dump({"catalog_digest": catalog.digest, **counts, topic: rows, **risks})


def _counts(catalog: Catalog) -> dict[str, int]:
    """How much the product knows: checks, those that a person must answer too, and the facts that they go through."""
    specs = [check.spec for check in all_checks()]
    asked = sum(spec.asks for spec in specs)
    return {
        "checks": len(specs),
        "machine_decided": len(specs) - asked,
        "asked": asked,
        "precheck_items": len({item for spec in specs for item in spec.precheck_items}),
        "api_pairs": len({(api.api_version, api.kind) for api in catalog.api_removals}),
        "other_removals": len(catalog.removals),
        "course_items": sum(bool(spec.course_item) for spec in specs),
    }


def _paths_text(catalog: Catalog, page: Page) -> None:
    for profile in catalog.profiles:
        page.heading(f"{profile.name} · {profile.title[page.lang]}")
        targets = [str(minor) for minor in profile.migration_targets]
        page.rows([(page.word("render.catalog.targets"), ", ".join(targets) or page.word("render.nothing"))])
        page.rows([_hop_row(hop, page) for hop in profile.hops])
    page.heading(page.word("path.risk.heading"))
    page.rows([_risk_row(risk, page) for risk in catalog.known_risks])
    page.lines.append("")


def _risk_row(risk: KnownRisk, page: Page) -> tuple[str, ...]:
    where = " ".join(filter(None, (risk.source, "→" if risk.source or risk.target else "", risk.target)))
    about = f"{risk.title[page.lang]} ({', '.join(risk.sources)})"
    return risk.name, page.word(f"path.risk.kind.{risk.kind.value}"), where, about


def _hop_row(hop: HopRule, page: Page) -> tuple[str, ...]:
    return (
        page.word("render.arrow", source=str(hop.source), target=str(hop.target)),
        " / ".join(page.word(f"path.mode.{mode.value}") for mode in hop.modes),
        page.word(f"path.start.{hop.start.value}"),
        page.word(f"path.rollback.{hop.rollback.value}"),
        duration(hop.minutes, page.lang),
        ", ".join(hop.sources),
    )


def _known_risks(catalog: Catalog, lang: Lang) -> list[dict[str, Any]]:
    return [
        {
            **plain(risk, lang),
            "title": risk.title[lang],
            "remedy": risk.remedy[lang],
            "condition_text": text(f"path.condition.{risk.condition}", lang) if risk.condition else "",
        }
        for risk in catalog.known_risks
    ]


def _paths(catalog: Catalog, lang: Lang) -> list[dict[str, Any]]:
    return [
        {
            "profile": profile.name,
            "title": profile.title[lang],
            "migration_targets": [str(minor) for minor in profile.migration_targets],
            "sources": list(profile.sources),
            "hops": [
                {
                    "source": str(hop.source),
                    "target": str(hop.target),
                    "modes": [mode.value for mode in hop.modes],
                    "start": hop.start.value,
                    "rollback": hop.rollback.value,
                    "minutes": list(hop.minutes),
                    "minutes_per_node": list(hop.minutes_per_node),
                    "preconditions": list(hop.preconditions),
                    "impacts": list(hop.impacts),
                    "sources": list(hop.sources),
                }
                for hop in profile.hops
            ],
        }
        for profile in catalog.profiles
    ]


def _checks_text(catalog: Catalog, page: Page) -> None:
    for category in dict.fromkeys(c.spec.category for c in all_checks()):
        page.heading(page.word(f"category.{category.value}"))
        page.rows([_check_row(c, page) for c in all_checks() if c.spec.category is category])
    page.lines.append("")


def _check_row(check: RegisteredCheck, page: Page) -> tuple[str, ...]:
    spec = check.spec
    asks = page.word("render.catalog.asks") if spec.asks else ""
    title = check_title(spec.slug, page.lang)
    return (spec.code, page.word(f"severity.{spec.severity.value}"), f"{title} ({spec.slug}) {asks}".rstrip())


def _checks(catalog: Catalog, lang: Lang) -> list[dict[str, Any]]:
    return [
        {
            "check": spec.code,
            "slug": spec.slug,
            "title": check_title(spec.slug, lang),
            "rationale": text(f"check.{spec.slug}.rationale", lang),
            "remediation": text(f"check.{spec.slug}.remediation", lang),
            "category": spec.category.value,
            "severity": spec.severity.value,
            "needs": sorted(section.value for section in spec.needs),
            "asks": spec.asks,
            "asks_unseen": spec.asks_unseen,
            "precheck_items": list(spec.precheck_items),
            "condition": spec.condition,
            "course_item": spec.course_item,
            "strategies": sorted(strategy.value for strategy in spec.strategies),
            "applies": str(spec.applies),
            "references": list(spec.references),
        }
        for spec in (check.spec for check in all_checks())
    ]


def _apis_text(catalog: Catalog, page: Page) -> None:
    page.heading(page.word("render.catalog.apis"))
    rows = [
        (
            str(api.removed_in),
            api.api_version,
            api.kind,
            api.replacement or page.word("render.nothing"),
            ", ".join(api.sources),
        )
        for api in catalog.api_removals
    ]
    page.rows(rows)
    page.lines.append("")


def _apis(catalog: Catalog, lang: Lang) -> list[dict[str, Any]]:
    return [
        {
            "api_version": api.api_version,
            "kind": api.kind,
            "deprecated_in": str(api.deprecated_in) if api.deprecated_in else None,
            "removed_in": str(api.removed_in),
            "replacement": api.replacement,
            "replacement_since": str(api.replacement_since) if api.replacement_since else None,
            "change": text(f"api.change.{api.change}", lang) if api.change else "",
            "sources": list(api.sources),
        }
        for api in catalog.api_removals
    ]


def _removals_text(catalog: Catalog, page: Page) -> None:
    page.heading(page.word("render.catalog.removals"))
    rows = [
        (
            str(row.since),
            page.word(f"render.removal.{row.change.value}"),
            page.word(f"render.removal.{row.kind.value}"),
            row.pattern,
            row.replacement or page.word("render.nothing"),
            ", ".join(row.sources),
        )
        for row in catalog.removals
    ]
    page.rows(rows)
    page.lines.append("")


def _removals(catalog: Catalog, lang: Lang) -> list[dict[str, Any]]:
    return [
        {
            "name": row.name,
            "kind": row.kind.value,
            "pattern": row.pattern,
            "value": row.value,
            "objects": list(row.objects),
            "change": row.change.value,
            "since": str(row.since),
            "replacement": row.replacement,
            "severity": row.severity,
            "text": "" if row.kind.in_objects else text(f"removal.{row.name}", lang),
            "sources": list(row.sources),
        }
        for row in catalog.removals
    ]


def _addons_text(catalog: Catalog, page: Page) -> None:
    """Add-ons that a row alone speaks of, as one that an administrator added, stand under the name in the row."""
    known = {info.name: info for info in catalog.addons}
    for name in sorted({*known, *(row.addon for row in catalog.addon_versions)}):
        info = known.get(name)
        page.heading(f"{name} · {info.title[page.lang]}" if info else name)
        if info and info.last:
            told = page.word("render.catalog.addon_ends", last=str(info.last), successor=info.successor)
            page.rows([(told, ", ".join(info.sources))])
        rows = reversed(rows_of(catalog, name))
        page.rows([(row.versions, _clusters(row, page), ", ".join(row.sources)) for row in rows])
    page.lines.append("")


def _clusters(row: AddOnVersions, page: Page) -> str:
    first, last = map(str, row.clusters)
    return page.word("render.catalog.addon_clusters", first=first, last=last)


def _addons(catalog: Catalog, lang: Lang) -> list[dict[str, Any]]:
    known = {info.name: info for info in catalog.addons}
    return [
        {
            "name": name,
            "also": list(info.also) if info else [],
            "title": info.title[lang] if info else name,
            "last": str(info.last) if info and info.last else None,
            "successor": info.successor if info else "",
            "stuck": list(info.stuck) if info else [],
            "sources": list(info.sources) if info else [],
            "versions": [
                {
                    "versions": row.versions,
                    "clusters": [str(minor) for minor in row.clusters],
                    "sources": list(row.sources),
                }
                for row in reversed(rows_of(catalog, name))
            ],
        }
        for name in sorted({*known, *(row.addon for row in catalog.addon_versions)})
        for info in (known.get(name),)
    ]

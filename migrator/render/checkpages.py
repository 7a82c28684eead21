"""The pages of ``docs/checks``: one for every check in each language, and an index by the five categories."""

from __future__ import annotations

import re
from collections.abc import Iterator

from migrator.catalog.model import Catalog
from migrator.checks.registry import RegisteredCheck, all_checks
from migrator.checks.spec import CheckSpec
from migrator.locale import LANGS, Lang, catalogue, text
from migrator.render.escape import cell, code, prose
from migrator.render.words import check_title

_FOLDER = {"zh": "zh-CN", "en": "en"}
_PLACEHOLDER = re.compile(r"\{\w+\}")
_SAID = ("finding", "evidence", "unresolved")


def check_pages(catalog: Catalog) -> dict[str, str]:
    """Content by path below the folder, such as ``en/API001.md``; both languages, the same names in each."""
    pages = {}
    for lang in LANGS:
        pages[f"{_FOLDER[lang]}/README.md"] = _index(lang)
        for check in all_checks():
            pages[f"{_FOLDER[lang]}/{check.spec.code}.md"] = "\n".join(_page(check, catalog, lang)) + "\n"
    return pages


def _index(lang: Lang) -> str:
    lines = [f"# {text('render.checkpage.index', lang)}", "", text("render.checkpage.generated", lang), ""]
    for category in dict.fromkeys(c.spec.category for c in all_checks()):
        checks = [c.spec for c in all_checks() if c.spec.category is category]
        lines += [f"## {text(f'category.{category.value}', lang)} ({len(checks)})", ""]
        lines += [f"| {' | '.join(text(f'render.checkpage.{n}', lang) for n in ('code', 'check', 'severity', 'by'))} |"]
        lines += ["|---|---|---|---|"]
        for spec in checks:
            by = text(f"render.checkpage.{_decider(spec)}", lang)
            severity = text(f"severity.{spec.severity.value}", lang)
            lines.append(
                f"| [{spec.code}]({spec.code}.md) | {cell(check_title(spec.slug, lang))} | {severity} | {by} |"
            )
        lines.append("")
    return "\n".join(lines)


def _page(check: RegisteredCheck, catalog: Catalog, lang: Lang) -> Iterator[str]:
    spec = check.spec
    yield from (f"# {spec.code} {prose(check_title(spec.slug, lang))}", "")
    yield from (prose(text(f"check.{spec.slug}.rationale", lang)), "")
    yield from ("| | |", "|---|---|")
    for name, value in _facts(check, lang):
        yield f"| {text(f'render.checkpage.{name}', lang)} | {value} |"
    if spec.may_ask:
        yield from ("", f"## {text('render.checkpage.question', lang)}", "")
        yield prose(text(f"check.{spec.slug}.question", lang))
    yield from ("", f"## {text('render.checkpage.remedy', lang)}", "")
    yield prose(text(f"check.{spec.slug}.remediation", lang))
    said = [prose(_PLACEHOLDER.sub("…", catalogue()[key][lang])) for key in _sentences(spec)]
    if said:
        yield from ("", f"## {text('render.checkpage.says', lang)}", "")
        yield from (f"- {sentence}" for sentence in said)
    sources = {source.tag: source for source in catalog.sources}
    yield from ("", f"## {text('render.checkpage.sources', lang)}", "")
    for tag in spec.references:
        source = sources[tag]
        yield f"- {prose(source.title)}" + (f" <{source.url}>" if source.url else "")


def _decider(spec: CheckSpec) -> str:
    return "person" if spec.asks else "person_unseen" if spec.asks_unseen else "machine"


def _facts(check: RegisteredCheck, lang: Lang) -> Iterator[tuple[str, str]]:
    """Name and value of each row of the table; a row that would say nothing is left out."""
    spec = check.spec
    yield "slug", code(spec.slug)
    yield "category", text(f"category.{spec.category.value}", lang)
    yield "severity", text(f"severity.{spec.severity.value}", lang)
    yield "strategies", " / ".join(text(f"strategy.{s.value}", lang) for s in sorted(spec.strategies))
    yield "by", text(f"render.checkpage.{_decider(spec)}", lang)
    if needs := [text(f"check.section.{s.value}", lang) for s in sorted(spec.needs)]:
        yield "needs", cell(", ".join(needs))
    if check.kinds:
        yield "kinds", ", ".join(map(code, sorted(check.kinds)))
    if spec.applies.bounds:
        yield "applies", code(str(spec.applies))
    if spec.condition:
        yield "condition", cell(text(f"check.condition.{spec.condition}", lang))
    if spec.precheck_items:
        yield "precheck", ", ".join(map(str, spec.precheck_items))
    if spec.course_item:
        yield "course_item", spec.course_item


def _sentences(spec: CheckSpec) -> list[str]:
    parts = tuple(f"check.{spec.slug}.{part}" for part in _SAID)
    return [key for key in catalogue() if key in parts or key.startswith(tuple(f"{part}." for part in parts))]

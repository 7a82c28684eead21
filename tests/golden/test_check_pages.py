"""The pages of docs/checks are those that the checks themselves write, one for each in both languages."""

from __future__ import annotations

from pathlib import Path

from migrator.catalog.loader import shipped_catalog
from migrator.checks.registry import all_checks
from migrator.render.checkpages import check_pages

FOLDER = Path(__file__).parents[2] / "docs" / "checks"
WHERE = "Where the change is wanted: pytest tests/golden --update-golden, and look at the diff."


def test_every_check_has_its_page_in_both_languages(request) -> None:
    pages = check_pages(shipped_catalog())
    if request.config.getoption("--update-golden"):
        _write(pages)
    kept = {p.relative_to(FOLDER).as_posix(): p.read_text("utf-8") for p in FOLDER.rglob("*.md")}
    assert kept.keys() == pages.keys(), WHERE
    assert [name for name, page in pages.items() if kept[name] != page] == [], WHERE
    for check in all_checks():
        for folder in ("zh-CN", "en"):
            assert pages[f"{folder}/{check.spec.code}.md"].startswith(f"# {check.spec.code} ")


def _write(pages: dict[str, str]) -> None:
    for old in FOLDER.rglob("*.md"):
        old.unlink()
    for name, page in pages.items():
        (FOLDER / name).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / name).write_text(page, "utf-8")

"""Two exports of one cluster, compared: the whole text in both languages, and the document for programs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from migrator.locale import LANGS, Lang
from migrator.render.comparison import comparison_json, comparison_text
from migrator.render.text import WIDTH, width
from migrator.snapshot.compare import SnapshotComparison, compare_snapshots
from migrator.snapshot.read import read_paths

GOLDEN = Path(__file__).parent / "compare"
Golden = Callable[[Path, bytes], None]


@pytest.fixture(scope="module")
def comparison() -> SnapshotComparison:
    """With fixed digests: a golden file changes when what is compared does, not with every new fact."""
    made = compare_snapshots(read_paths([GOLDEN / "old.yaml"]), read_paths([GOLDEN / "new.yaml"]))
    sides = {side: replace(getattr(made, side), digest=f"sha256:{side}") for side in ("old", "new")}
    return replace(made, **sides)


@pytest.mark.parametrize("lang", LANGS)
def test_text(comparison: SnapshotComparison, lang: Lang, golden: Golden) -> None:
    page = comparison_text(comparison, lang)

    golden(GOLDEN / f"comparison.{lang}.txt", page.encode())
    assert [line for line in page.splitlines() if width(line) > WIDTH] == []


def test_document(comparison: SnapshotComparison, golden: Golden) -> None:
    golden(GOLDEN / "comparison.json", comparison_json(comparison, "en"))

"""The tables of the sample cluster as CSV files, whole: what a person gets, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from migrator.locale import LANGS, Lang
from migrator.snapshot.read import read_paths
from migrator.snapshot.sheets.files import csv_files
from migrator.snapshot.sheets.rows import sheets_of

SAMPLE = Path(__file__).parents[2] / "docs" / "sample" / "yunhe-mall"
GOLDEN = Path(__file__).parent / "tables"
Golden = Callable[[Path, bytes], None]


@pytest.mark.parametrize("lang", LANGS)
def test_tables(lang: Lang, golden: Golden) -> None:
    for name, content in csv_files(sheets_of(read_paths([SAMPLE])), lang).items():
        golden(GOLDEN / lang / name, content)

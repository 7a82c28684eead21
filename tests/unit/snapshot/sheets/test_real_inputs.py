"""Real dumps: beside its dump an export changes nothing, alone it comes back as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.errors import InputError
from migrator.snapshot.codec import digest
from migrator.snapshot.model import Snapshot
from migrator.snapshot.read import read_paths
from migrator.snapshot.sheets.files import workbook
from migrator.snapshot.sheets.rows import sheets_of

CASES = Path(__file__).parents[5] / "shared" / "cases"
FOLDERS = sorted(p for p in CASES.iterdir() if p.is_dir()) if CASES.is_dir() else []

pytestmark = pytest.mark.cases


@pytest.mark.skipif(not FOLDERS, reason="the real inputs are not there")
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_an_export_of_a_real_dump_changes_nothing(folder: Path, tmp_path: Path) -> None:
    try:
        snapshot = read_paths([folder])
    except InputError as error:
        pytest.skip(f"nothing in it can be read: {error.code}")
    sheets = sheets_of(snapshot)
    exported = tmp_path / "tables.xlsx"
    exported.write_bytes(workbook(sheets, "zh"))
    assert digest(read_paths([folder, exported])) == digest(snapshot)
    if any(sheet.rows for sheet in sheets):
        assert _exported(read_paths([exported])) == exported.read_bytes()


def _exported(snapshot: Snapshot) -> bytes:
    return workbook(sheets_of(snapshot), "zh")

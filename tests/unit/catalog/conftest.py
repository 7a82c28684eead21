from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import migrator.catalog
from migrator.catalog.loader import load_catalog
from migrator.errors import CatalogError
from migrator.locale import Msg

DATA = Path(migrator.catalog.__file__).with_name("data")

Edit = Callable[[Path], object]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A copy of the shipped catalog to break."""
    return Path(shutil.copytree(DATA, tmp_path / "data"))


@pytest.fixture
def problems_of(data: Path) -> Callable[[str, str, str], list[tuple[str, str, str]]]:
    """Replaces text in one file and gives (kind, file, field) of every problem the loader then reports."""

    def change_and_load(file: str, old: str, new: str) -> list[tuple[str, str, str]]:
        path = data / file
        text = path.read_text("utf-8")
        assert old in text, f"{file} no longer holds {old!r}"
        path.write_text(text.replace(old, new, 1), "utf-8")
        return problems(data)

    return change_and_load


def problems(folder: Path) -> list[tuple[str, str, str]]:
    with pytest.raises(CatalogError) as caught:
        load_catalog(folder)
    assert caught.value.code == "catalog_broken"
    found = caught.value.values["problems"]
    assert isinstance(found, list)
    return [_parts(problem) for problem in found]


def _parts(problem: Msg) -> tuple[str, str, str]:
    return problem.key.removeprefix("catalog.problem."), str(problem.values["file"]), str(problem.values["field"])

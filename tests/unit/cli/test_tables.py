"""``migrator template`` and ``migrator export``: files on the disk, and what comes of reading them again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from tests.unit.cli.run import ROOT, Done

Call = Callable[..., Done]
SAMPLE = ROOT / "docs" / "sample" / "yunhe-mall"
NAMES = ["address_uses", "claims", "cluster", "node_settings", "nodes", "services", "volumes", "workloads"]


def test_a_template_is_a_workbook_or_a_folder_of_csv(call: Call, tmp_path: Path) -> None:
    book, folder = tmp_path / "new" / "tables.xlsx", tmp_path / "tables"
    done = call("template", "--out", book)
    assert (done.code, done.err) == (0, "")
    assert str(book) in done.out
    assert len(openpyxl.load_workbook(book).sheetnames) == 9
    assert call("template", "--out", folder, "--lang", "en").code == 0
    assert sorted(p.name for p in folder.iterdir()) == [f"{n}.csv" for n in NAMES]
    assert "Required, each only once" in (folder / "nodes.csv").read_text("utf-8-sig")


def test_the_language_of_a_template_is_chinese_unless_it_is_chosen(call: Call, tmp_path: Path) -> None:
    call("template", "--out", tmp_path / "a", lang="en")
    assert "必填，不可重复" in (tmp_path / "a" / "nodes.csv").read_text("utf-8-sig")


def test_an_empty_template_holds_nothing_to_inspect(call: Call, tmp_path: Path) -> None:
    call("template", "--out", tmp_path / "t.xlsx")
    done = call("inspect", tmp_path / "t.xlsx")
    assert (done.code, done.out) == (3, "")
    assert "no filled-in row" in done.err


def test_an_export_beside_its_dump_changes_nothing(call: Call, tmp_path: Path) -> None:
    done = call("export", SAMPLE, "--out", tmp_path / "tables.xlsx")
    assert done.code == 0
    alone = json.loads(call("inspect", SAMPLE, "--format", "json").out)
    both = json.loads(call("inspect", SAMPLE, tmp_path / "tables.xlsx", "--format", "json").out)
    assert {k: both[k] for k in ("cluster", "kinds", "sections")} == {
        k: alone[k] for k in ("cluster", "kinds", "sections")
    }


@pytest.mark.parametrize(
    ("lang", "words"), [("zh", ["来源：填写的表格", "来自 填写的表格"]), ("en", ["from tables that people filled in"])]
)
def test_what_people_filled_in_is_told_as_theirs(call: Call, tmp_path: Path, lang: str, words: list[str]) -> None:
    call("export", SAMPLE, "--out", tmp_path / "tables.xlsx")
    done = call("inspect", tmp_path / "tables.xlsx", lang=lang)
    assert done.code == 0
    assert all(word in done.out for word in words)


def test_an_export_alone_can_be_assessed(call: Call, tmp_path: Path) -> None:
    call("export", SAMPLE, "--out", tmp_path / "csv")
    done = call("assess", tmp_path / "csv", "--target", "1.31", "--format", "json")
    document = json.loads(done.out)
    removed = next(r for r in document["results"] if r["check"] == "API001")
    assert removed["outcome"] == "fail"
    files = {f["file"] for f in document["findings"] if f["check"] == "API001"}
    assert files == {"workloads.csv"}


def test_one_wrong_cell_leaves_the_rest_of_the_input(call: Call, tmp_path: Path) -> None:
    (tmp_path / "nodes.csv").write_text("name,ready\nn1,perhaps\n", "utf-8")
    (tmp_path / "services.csv").write_text("namespace,name\nshop,web\n", "utf-8")
    done = call("inspect", tmp_path, "--format", "json")
    document = json.loads(done.out)
    assert done.code == 3
    assert document["unread"] == ["nodes.csv"]
    assert document["sections"]["services"]["count"] == 1
    assert 'row 2, column "是否就绪 / Ready": Write yes or no' in done.err
    assert "第 2 行" in call("inspect", tmp_path, lang="zh").err


@pytest.mark.parametrize("command", [("template",), ("export", SAMPLE)])
def test_other_kinds_of_file_are_refused(call: Call, tmp_path: Path, command: tuple[str | Path, ...]) -> None:
    done = call(*command, "--out", tmp_path / "tables.xls")
    assert (done.code, done.out) == (3, "")
    assert ".xlsx" in done.err
    (tmp_path / "file").write_text("")
    assert "not a folder" in call(*command, "--out", tmp_path / "file").err

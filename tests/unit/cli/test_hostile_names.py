"""Names out of somebody's cluster do nothing to a terminal, a document, a spreadsheet or a pipeline."""

from __future__ import annotations

import io
import json
import re
import xml.etree.ElementTree as ElementTree
import zipfile
from pathlib import Path

import pytest

from tests.hostile import RAW, TAGS, dump

_CODE = re.compile(r"(`{3,})[^\n]*\n.*?\n\1|(`+)[^`].*?\2", re.DOTALL)
_FORMULA = re.compile(r"<f[ >]")


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    file = tmp_path / "all.json"
    file.write_bytes(dump())
    return file


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    "command",
    [
        ("inspect", "{}"),
        ("assess", "{}", "--target", "1.25"),
        ("assess", "{}", "--target", "1.17", "--strategy", "upgrade"),
        ("compare", "{}", "{}"),
    ],
    ids=lambda c: " ".join(c[:1] + c[2:]),
)
def test_a_terminal_is_told_nothing_to_do(call, hostile: Path, command: tuple[str, ...], lang: str) -> None:
    done = call(*(part.format(hostile) for part in command), lang=lang)
    assert done.code in (0, 1, 2), done.err
    assert "n4-" in done.out or command[0] in ("compare", "inspect")
    assert [raw for raw in RAW if raw in done.out + done.err] == []
    assert "\n# heading" not in done.out


def test_documents_hold_no_html_and_no_control_characters(call, hostile: Path, tmp_path: Path) -> None:
    done = call("plan", hostile, "--target", "1.25", "--out", tmp_path / "out", lang="zh")
    assert done.code in (0, 1, 2), done.err
    documents = sorted(path.name for path in (tmp_path / "out").rglob("*.md"))
    assert documents == ["NOTES-zh.md", "README.md", "runbook-zh.md"]
    for document in (tmp_path / "out").rglob("*.md"):
        text = document.read_text("utf-8")
        assert [raw for raw in RAW if raw in text] == []
        outside = _CODE.sub("", text)
        assert [tag for tag in TAGS if tag in outside] == []
        assert "](javascript:" not in outside.replace("\\]", "")
        assert "\n# heading" not in outside


def test_manifests_hold_no_control_characters_and_lie_inside_their_folder(call, hostile: Path, tmp_path: Path) -> None:
    call("plan", hostile, "--target", "1.25", "--out", tmp_path / "out", "--formats", "manifests", lang="zh")
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path != hostile]
    assert all(path.is_relative_to(tmp_path / "out" / "manifests") for path in files)
    assert len({str(path).lower() for path in files}) == len(files) > 5
    for path in files:
        assert [raw for raw in RAW if raw in path.read_text("utf-8")] == [], path


def test_reports_for_pipelines_are_sound(call, hostile: Path) -> None:
    junit = call("assess", hostile, "--target", "1.25", "--format", "junit").out
    assert len(list(ElementTree.fromstring(junit).iter("testcase"))) > 30
    for form in ("json", "sarif"):
        out = call("assess", hostile, "--target", "1.25", "--format", form).out
        assert json.loads(out)
        assert [raw for raw in RAW if raw in out] == []


def test_spreadsheets_hold_no_formula(call, hostile: Path, tmp_path: Path) -> None:
    book = tmp_path / "out.xlsx"
    assert call("export", hostile, "--out", book).code == 0
    with zipfile.ZipFile(io.BytesIO(book.read_bytes())) as parts:
        sheets = {n: parts.read(n).decode() for n in parts.namelist() if n.startswith("xl/worksheets/sheet")}
    assert [name for name, sheet in sheets.items() if _FORMULA.search(sheet)] == []
    assert call("inspect", book).code == 0

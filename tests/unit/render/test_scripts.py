"""Long commands as files: what becomes one, what is in it, and that documents, zip and folder name the same files."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import zipfile
from functools import cache
from pathlib import Path

import docx
import msgspec
import openpyxl
import pytest
from pypdf import PdfReader

from migrator.cli_manifests import write_with_folders
from migrator.errors import MigratorError
from migrator.locale import LANGS, Lang, text
from migrator.render import FORMATS, render_all, scripts
from migrator.render.document import code_block, paragraph
from migrator.render.html import render_blocks
from migrator.render.parts.refs import Refs
from migrator.render.parts.steps import one_step
from migrator.runbook.model import Action, Phase, Runbook, Step, Table, Where
from tests.unit.render.samples import runbook, said

FEW = scripts.Measure(lines=30, commands=8, shown=8)
LONG = "\n".join(f"echo {number}" for number in range(100))
ROWS = 300


def command(value: str, where: Where = Where.BASTION) -> Action:
    return Action(where=where, command=value)


def words(value: str) -> Action:
    return Action(where=Where.CONSOLE, text=said(value))


@cache
def long_runbook() -> Runbook:
    """The sample with a long command in each part of its first step, and a table longer than documents show."""
    given = runbook()
    first, *others = given.phases
    step = msgspec.structs.replace(
        first.steps[0],
        actions=(command("true"), command(LONG)),
        verify=(command(LONG, Where.OLD_NODE),),
        rollback=tuple(command(f"echo back {number} {'x' * 100} {'y' * 20}") for number in range(20)),
        tables=(Table(columns=("render.check.object",), rows=tuple((f"row-{i}-end",) for i in range(ROWS))),),
    )
    phases = (Phase(key=first.key, title=first.title, steps=(step, *first.steps[1:])), *others)
    return msgspec.structs.replace(given, phases=phases)


def of(*actions: Action) -> list[scripts.Unit]:
    step = msgspec.structs.replace(runbook().phases[0].steps[0], actions=actions, number="3.2", key="k:\nrm -rf /")
    return scripts.units(step, "do", FEW)


@pytest.mark.parametrize(
    ("value", "long"),
    [
        ("echo", False),
        ("\n".join(["echo"] * 30), False),
        ("\n".join(["echo"] * 31), True),
        ("echo " + "x" * 112 * 31, True),  # one line, but not on a page
        ("echo " + "中" * 56 * 31, True),
    ],
)
def test_a_command_is_a_script_when_it_is_long_on_paper(value: str, long: bool) -> None:
    (unit,) = of(command(value))
    assert (unit.script is not None) is long


def test_many_commands_in_a_row_are_one_script_until_somebody_has_to_read() -> None:
    row = [command(f"first {number} \\\n  second \\\n  third \\\n  fourth") for number in range(9)]
    found = of(words("look"), *row, words("look again"), *row[:8])
    assert [(unit.number, len(unit.actions), unit.script is not None) for unit in found] == [
        (1, 1, False),
        (2, 9, True),
        (11, 1, False),
        *((number, 1, False) for number in range(12, 20)),
    ]
    assert found[1].script is not None
    assert found[1].script.path == "scripts/3.2-do-2.sh"


def test_commands_at_different_places_never_share_a_script() -> None:
    found = of(*(command("echo\n" * 4, where) for where in (Where.BASTION, Where.OLD_NODE) for _ in range(9)))
    assert [len(unit.actions) for unit in found] == [9, 9]
    assert [unit.script.beside for unit in found if unit.script] == [True, False]


def test_a_script_runs_as_it_is_and_its_head_is_nothing_but_a_comment(tmp_path: Path) -> None:
    (unit,) = of(command(LONG + '\necho "$HOME/cce-migration"'))
    assert unit.script is not None
    (tmp_path / "s.sh").write_text(unit.script.text, encoding="utf-8")
    done = subprocess.run(
        ["/bin/sh", "-e", str(tmp_path / "s.sh")], capture_output=True, text=True, check=True, env={"HOME": "/h"}
    )
    assert done.stdout.splitlines() == [*(str(n) for n in range(100)), "/h/cce-migration"]
    assert done.stderr == ""


def test_names_and_contents_do_not_depend_on_the_language() -> None:
    found = scripts.files_of(long_runbook())
    assert list(found) == ["scripts/1.1-do-2.sh", "scripts/1.1-check-1.sh", "scripts/1.1-back-1.sh"]
    assert LONG.encode() in found["scripts/1.1-do-2.sh"]
    assert found["scripts/1.1-back-1.sh"].count(b"echo back") == 20
    assert scripts.files_of(runbook()) == {}


def test_a_step_that_is_taken_out_leaves_no_script() -> None:
    given = long_runbook()
    step = msgspec.structs.replace(given.phases[0].steps[0], excluded="not needed")
    phase = msgspec.structs.replace(given.phases[0], steps=(step,))
    assert scripts.files_of(msgspec.structs.replace(given, phases=(phase,))) == {}


@pytest.mark.parametrize("lang", LANGS)
def test_every_document_names_the_scripts_that_the_zip_holds(lang: Lang, tmp_path: Path) -> None:
    made = render_all(long_runbook(), [(wanted, lang) for wanted in FORMATS.values()])
    with zipfile.ZipFile(io.BytesIO(made[f"runbook-{lang}.zip"])) as packed:
        packed.extractall(tmp_path)
    there = sorted(path.name for path in (tmp_path / "scripts").glob("*.sh"))
    assert there == ["1.1-back-1.sh", "1.1-check-1.sh", "1.1-do-2.sh"]
    pages = "".join(page.extract_text() for page in PdfReader(io.BytesIO(made[f"runbook-{lang}.pdf"])).pages)
    letter = "\n".join(p.text for p in docx.Document(io.BytesIO(made[f"runbook-{lang}.docx"])).paragraphs)
    book = openpyxl.load_workbook(io.BytesIO(made[f"runbook-{lang}.xlsx"]), read_only=True)
    cells = "\n".join(
        str(v) for row in book[text("workbook.sheet.steps", lang)].iter_rows(values_only=True) for v in row
    )
    shown = {"pdf": pages, "docx": letter, "xlsx": cells}
    shown |= {name: made[f"runbook-{lang}.{name}"].decode() for name in ("md", "html")}
    for name, content in shown.items():
        flat = "".join(content.split())
        for file in there:
            digest = hashlib.sha256((tmp_path / "scripts" / file).read_bytes()).hexdigest()
            assert f"scripts/{file}" in flat, name
            assert digest[:12] in flat, name
        assert "echo99" not in flat, name
    whole = json.loads(made[f"runbook-{lang}.json"])["phases"][0]["steps"][0]
    assert whole["actions"][1]["command"] == LONG


def test_the_checksums_of_folder_and_zip_hold(tmp_path: Path) -> None:
    if not shutil.which("sha256sum"):
        pytest.skip("sha256sum is not on this machine")
    with zipfile.ZipFile(io.BytesIO(FORMATS["zip"].render(long_runbook(), "en"))) as packed:
        packed.extractall(tmp_path)
    for folder in (tmp_path, tmp_path / "scripts"):
        subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=folder, check=True, capture_output=True)
    assert "scripts/SHA256SUMS" in (tmp_path / "SHA256SUMS").read_text()


@pytest.mark.parametrize("lang", LANGS)
def test_the_rows_that_a_document_leaves_out_stand_in_the_sheet_that_it_names(lang: Lang) -> None:
    made = render_all(long_runbook(), [(FORMATS[name], lang) for name in ("pdf", "docx", "xlsx")])
    sheet = text("workbook.sheet.tables", lang)
    told = "".join(text("document.cut_of_step", lang, count=ROWS, sheet=sheet, number="1.1").split())
    pages = "".join(page.extract_text() for page in PdfReader(io.BytesIO(made[f"runbook-{lang}.pdf"])).pages)
    letter = "".join(p.text for p in docx.Document(io.BytesIO(made[f"runbook-{lang}.docx"])).paragraphs)
    assert told in "".join(pages.split())
    assert told in "".join(letter.split())
    assert "row-299-end" not in pages
    book = openpyxl.load_workbook(io.BytesIO(made[f"runbook-{lang}.xlsx"]), read_only=True)
    rows = [row[1] for row in book[sheet].iter_rows(values_only=True) if row[0] == "1.1"]
    assert [value for value in rows if str(value).endswith("-end")] == [f"row-{i}-end" for i in range(ROWS)]


def test_where_nothing_else_is_at_hand_the_whole_command_opens() -> None:
    step: Step = long_runbook().phases[0].steps[0]
    shown = render_blocks(one_step(step, Refs.of(long_runbook(), "en", whole_commands=True)), "en")
    assert "scripts/1.1-do-2.sh" in shown
    assert "echo 99" in shown
    assert "<details><summary>" + text("document.lines", "en", count=100) in shown
    assert "<details>" not in render_blocks([code_block("echo"), paragraph("x")], "en")


def test_scripts_of_an_earlier_run_give_way_and_changes_of_people_do_not(tmp_path: Path) -> None:
    old = {"scripts/1.1-do-1.sh": b"old\n", "scripts/1.2-do-1.sh": b"gone\n"}
    new = {"scripts/1.1-do-1.sh": b"new\n"}
    write_with_folders(tmp_path, {}, {"scripts": old}, force=False)
    write_with_folders(tmp_path, {}, {"scripts": new}, force=False)
    left = {p.name: p.read_bytes() for p in (tmp_path / "scripts").iterdir()}
    digest = hashlib.sha256(b"new\n").hexdigest()
    assert left == {"1.1-do-1.sh": b"new\n", "SHA256SUMS": f"{digest}  1.1-do-1.sh\n".encode()}

    (tmp_path / "scripts" / "1.1-do-1.sh").write_bytes(b"mine\n")
    with pytest.raises(MigratorError) as refused:
        write_with_folders(tmp_path, {}, {"scripts": old}, force=False)
    assert refused.value.code == "out_manifests_changed"
    write_with_folders(tmp_path, {}, {"scripts": {}}, force=True)
    assert list((tmp_path / "scripts").iterdir()) == []

"""Everything that the command line writes of a folder with marked files of every kind, in every format and language."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

import migrator.cli
from migrator.cli_usage import COMMANDS, PLAYBOOKS
from migrator.locale import LANGS
from migrator.render import FORMATS
from migrator.snapshot.sheets.tables import TABLES
from tests.secrets.forms import each_once
from tests.secrets.marks import found_in, mark

VERDICTS = ("text", "json", "sarif", "junit")
TEXT_OR_JSON = ("text", "json")
READING_NOTHING = {"catalog", "collect-script", "template", "containerise"}  # no dump, that is


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("dump") / "dump"
    for name, content in each_once():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return top


@pytest.fixture(scope="module")
def part(folder: Path) -> Path:
    """Less of the same: something to compare with."""
    return folder / "JSON-list"


def own_check(out: Path) -> Path:
    """A check that asks for whatever an object holds, and so would show it in its problems."""
    file = out.with_name("checks.yaml")
    text = "{code: USR001, slug: anything, title: {en: a}, message: {en: a}, kinds: [ConfigMap, Deployment, Service]"
    file.write_text(f"- {text}, expression: object.data == 'x' && object.spec.a == object.metadata.annotations}}\n")
    return file


def lines_of(folder: Path, part: Path, out: Path) -> Iterator[list[object]]:
    """Every command in every format."""
    for form in TEXT_OR_JSON:
        yield ["inspect", folder, "--format", form]
        yield ["compare", folder, part, "--format", form]
        yield ["compare", folder, part, "--as", "migration", "--format", form]
        yield ["try-checks", folder, "--checks", own_check(out), "--target", "1.31", "--format", form]
    for form in VERDICTS:
        yield ["assess", folder, "--target", "1.31", "--format", form]
    yield ["export", folder, "--out", out / "tables.xlsx"]
    yield ["export", folder, "--out", out / "csv"]
    yield ["plan", folder, "--target", "1.31", "--out", out / "runbook", "--formats", ",".join(FORMATS)]
    yield ["plan", folder, "--target", "1.31", "--strategy", "migrate", "--out", out / "new", "--formats", "manifests"]
    for playbook in PLAYBOOKS:
        place = out / playbook
        yield [
            "plan",
            folder,
            "--target",
            "1.31",
            "--playbook",
            playbook,
            "--out",
            place,
            "--formats",
            ",".join(FORMATS),
        ]


@pytest.mark.parametrize("lang", LANGS)
def test_no_mark_is_left_in_any_output(
    folder: Path, part: Path, tmp_path: Path, lang: str, capfdbinary: pytest.CaptureFixture[bytes],
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    used = set()
    for line in lines_of(folder, part, tmp_path / "out"):
        code = migrator.cli.main([*map(str, line), "--lang", lang])
        out, err = capfdbinary.readouterr()
        assert code in (0, 1, 2, 3), err.decode()
        assert out, line
        assert found_in(out + err) == set(), line
        used.add(line[0])
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    manifests = [path for path in files if "manifests" in path.parts]
    scripts = [path for path in files if "scripts" in path.parts]
    documents = len(files) - len(manifests) - len(scripts)
    assert documents == len(FORMATS) * (1 + len(PLAYBOOKS)) + len(TABLES) + 1
    assert any(path.name.startswith("secret-") for path in manifests)
    written = [path.read_bytes() for path in files]
    assert set().union(*map(found_in, written), found_in(caplog.text.encode())) == set()
    assert used == set(COMMANDS) - READING_NOTHING, "a new command needs a line above"


@pytest.mark.parametrize("lang", LANGS)
def test_a_defect_while_reading_says_nothing_of_the_input(
    folder: Path, lang: str, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    def broken(*_: object) -> None:
        password = mark("defect, a local variable")
        raise ValueError(f"invalid literal: {mark('defect, its message')}", password)

    monkeypatch.setattr("migrator.snapshot.build.describe", broken)
    assert migrator.cli.main(["inspect", str(folder), "--lang", lang]) == migrator.cli.DEFECT
    out, err = capfdbinary.readouterr()
    assert found_in(out + err) == set()
    assert b"ValueError" in err

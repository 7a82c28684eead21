"""Every way in: no marked value reaches a fact, a message or a log."""

from __future__ import annotations

import importlib
import logging
import pkgutil

import pytest

from migrator import snapshot
from migrator.errors import InputError
from migrator.locale import LANGS, text
from migrator.snapshot import redaction, reports
from migrator.snapshot.codec import encode
from migrator.snapshot.model import InputReport, Snapshot
from migrator.snapshot.read import read_sources
from tests.secrets.forms import FORMS, Files, Form, everything
from tests.secrets.marks import found_in
from tests.unit.snapshot.helpers import source

# What people type is refused or masked by these; messages are masked once more (see below).
NOT_FOR_READING = ("migrator.snapshot.corrections", "migrator.snapshot.reports", "migrator.snapshot.sheets.form")
# Whose masks show themselves with which form; all others with a list of objects.
FED_BY = (
    ("migrator.snapshot.sheets", "tables in CSV"),
    ("migrator.snapshot.readers.spreadsheet", "tables in CSV"),
    ("migrator.snapshot.readers.node_facts", "files of nodes"),
    ("migrator.snapshot.readers.collection", "collected archive"),
)
BESIDE = b"apiVersion: v1\nkind: Namespace\nmetadata: {name: beside}\n"  # so that something can always be read


def snapshot_of(files: Files) -> Snapshot:
    return read_sources([source(name, content) for name, content in files.items()])


def said_of(report: InputReport) -> str:
    told = [(p.code, p.values) for p in report.problems] or [(report.reason, report.values)]
    return "".join(text(f"error.{code}", lang, **values) for code, values in told if code for lang in LANGS)


def written_of(read: Snapshot) -> bytes:
    return encode(read) + "".join(map(said_of, read.inputs)).encode()


@pytest.mark.parametrize("form", FORMS, ids=lambda f: f.name)
def test_no_mark_is_left_in_what_was_read(form: Form, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    files = form.files()
    assert any(map(found_in, files.values())) or form.name.startswith("damaged")
    read = snapshot_of({**files, "beside/namespace.yaml": BESIDE})
    assert found_in(written_of(read) + caplog.text.encode()) == set()
    if form.whole:
        assert len(read.objects) == len(everything()) + 1


def masks_in_use() -> list[tuple[str, str]]:
    """Module and name of every function of ``redaction`` that masks something, where it is used."""
    used = []
    for found in pkgutil.walk_packages(snapshot.__path__, "migrator.snapshot."):
        if not found.name.startswith((redaction.__name__, *NOT_FOR_READING)):
            module = importlib.import_module(found.name)
            used += [(found.name, n) for n in redaction.__all__ if n.startswith("mask") and hasattr(module, n)]
    return [*used, *((redaction.__name__, name) for name in ("mask_text", "mask_corefile"))]  # by build.redaction


@pytest.fixture
def without_second_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """What readers finish themselves, facts and messages, is masked once more when it is taken; here it is not."""
    monkeypatch.setattr(redaction, "mask_fact", lambda fact: fact)
    monkeypatch.setattr(reports, "mask_values", lambda values: values)


@pytest.mark.parametrize("form", dict.fromkeys(["JSON list", *dict(FED_BY).values()]))
@pytest.mark.usefixtures("without_second_look")
def test_every_mask_is_needed(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any one of them the search finds a mark: so it would see the next one that is forgotten."""
    files = next(f for f in FORMS if f.name == form).files()
    always = found_in(written_of(snapshot_of(files)))
    unneeded = []
    for module, name in masks_in_use():
        if form != next((f for prefix, f in FED_BY if module.startswith(prefix)), "JSON list"):
            continue
        with monkeypatch.context() as mutated:
            mutated.setattr(f"{module}.{name}", lambda *given: given[-1])
            if not found_in(written_of(snapshot_of(files))) - always:
                unneeded.append(f"{module}.{name}")
    assert unneeded == [], (
        "plant something that needs it, say in FED_BY which form holds that, or list its module above"
    )


@pytest.mark.usefixtures("without_second_look")
def test_the_second_look_is_needed() -> None:
    assert found_in(written_of(snapshot_of(next(f for f in FORMS if f.name == "JSON list").files())))


@pytest.mark.parametrize("form", FORMS, ids=lambda f: f.name)
def test_no_mark_is_left_where_each_file_is_read_alone(form: Form) -> None:
    """Named by a person, a file that cannot be read ends the reading, with a message of its own."""
    for name, content in form.files().items():
        try:
            written = written_of(read_sources([source(name, content)._replace(explicit=True)]))
        except InputError as error:
            written = "".join(map(error.message, LANGS)).encode() + repr(error).encode()
        assert found_in(written) == set(), name

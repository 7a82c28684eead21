"""The sample cluster gives the same documents, byte for byte, on every machine."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from migrator.engine import Assessment, Request, assess, compile_runbook
from migrator.locale import LANGS, Lang
from migrator.render import FORMATS
from migrator.render.jsondoc import assessment_json, inspect_json
from migrator.render.text import WIDTH, assess_text, inspect_text, width
from migrator.runbook.model import Runbook
from migrator.snapshot.model import Snapshot
from migrator.snapshot.read import read_paths

SAMPLE = Path(__file__).parents[2] / "docs" / "sample" / "yunhe-mall"
GOLDEN = Path(__file__).parent / "sample"
Golden = Callable[[Path, bytes], None]


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return read_paths([SAMPLE])


@pytest.fixture(scope="module")
def assessment(snapshot: Snapshot) -> Assessment:
    return assess(snapshot, Request(target="1.31"))


@pytest.fixture(scope="module")
def runbook(snapshot: Snapshot, assessment: Assessment) -> Runbook:
    return compile_runbook(snapshot, assessment)


@pytest.mark.parametrize("lang", LANGS)
def test_runbook_in_markdown(runbook: Runbook, lang: Lang, golden: Golden) -> None:
    golden(GOLDEN / f"runbook.{lang}.md", FORMATS["md"].render(runbook, lang))


def test_assessment_in_json(snapshot: Snapshot, assessment: Assessment, golden: Golden) -> None:
    golden(GOLDEN / "assessment.json", assessment_json(snapshot, assessment, "en"))


def test_inventory_in_json(snapshot: Snapshot, golden: Golden) -> None:
    golden(GOLDEN / "inspect.json", inspect_json(snapshot))


def test_a_second_compilation_gives_the_same_bytes(runbook: Runbook) -> None:
    again = read_paths([SAMPLE])
    book = compile_runbook(again, assess(again, Request(target="1.31")))

    for wanted in FORMATS.values():
        for lang in LANGS:
            assert wanted.render(book, lang) == wanted.render(runbook, lang)


def test_every_object_to_move_stands_in_the_runbook(snapshot: Snapshot, runbook: Runbook) -> None:
    document = FORMATS["md"].render(runbook, "zh").decode()

    names = [w.ref.name for w in snapshot.user_workloads]
    names += [v.name for v in snapshot.volumes]
    names += [c.name for c in snapshot.claims if not c.system]
    names += [s.name for s in snapshot.services if not s.system]
    names += [i.ref.name for i in snapshot.ingresses if not i.system]
    assert [name for name in names if name not in document] == []


def test_no_secret_of_the_sample_reaches_a_document(
    snapshot: Snapshot, assessment: Assessment, runbook: Runbook
) -> None:
    made = [wanted.render(runbook, lang) for wanted in FORMATS.values() for lang in LANGS]
    made += [assessment_json(snapshot, assessment, "zh"), inspect_json(snapshot)]
    values = {value for file in SAMPLE.rglob("*.yaml") for value in _secret_values(file.read_text("utf-8"))}

    assert len(values) > 5, "the sample has secrets to look for"
    for document in made:
        assert [v for v in values if v.encode() in document] == []


def _secret_values(dump: str) -> list[str]:
    """Values below ``data:`` of the Secrets of a dump, as they stand in it."""
    found: list[str] = []
    for item in re.split(r"^- (?=apiVersion)", dump, flags=re.M):
        if re.search(r"^  kind: Secret$", item, flags=re.M):
            block = re.search(r"^  data:\n((?:    .*\n)+)", item, flags=re.M)
            found += re.findall(r"^    \S+: (\S{12,})$", block[1] if block else "", flags=re.M)
    return found


@pytest.mark.parametrize("lang", LANGS)
def test_terminal_text_fits_its_columns(snapshot: Snapshot, assessment: Assessment, lang: Lang) -> None:
    for page in (inspect_text(snapshot, lang), assess_text(snapshot, assessment, lang)):
        assert "\x1b" not in page
        wide = [line for line in page.splitlines() if width(line) > WIDTH and " " in line.strip()]
        assert wide == []

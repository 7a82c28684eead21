"""The sample cluster gives the same documents, byte for byte, on every machine."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest
import yaml

from migrator.engine import Assessment, Request, assess, compile_runbook
from migrator.locale import LANGS, Lang, text
from migrator.render import FORMATS, render_all
from migrator.render.jsondoc import assessment_json, inspect_json
from migrator.render.text import WIDTH, assess_text, inspect_text, width
from migrator.runbook.model import Runbook
from migrator.snapshot.model import Snapshot
from migrator.snapshot.read import read_paths
from tests.zipped import parts_of

SAMPLE = Path(__file__).parents[2] / "docs" / "sample" / "yunhe-mall"
GOLDEN = Path(__file__).parent / "sample"
Golden = Callable[[Path, bytes], None]
Made = TypeVar("Made", Assessment, Runbook)


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return read_paths([SAMPLE])


@pytest.fixture(scope="module")
def assessment(snapshot: Snapshot) -> Assessment:
    return assess(snapshot, Request(target="1.31"))


@pytest.fixture(scope="module")
def runbook(snapshot: Snapshot, assessment: Assessment) -> Runbook:
    return compile_runbook(snapshot, assessment)


def steady(made: Made) -> Made:
    """The same with fixed digests of catalog and rules: a golden file changes when its content does, not with every
    comment in the code of a check."""
    return msgspec.structs.replace(made, catalog_digest="sha256:catalog", ruleset_digest="sha256:ruleset")


@pytest.mark.parametrize("lang", LANGS)
def test_runbook_in_markdown(runbook: Runbook, lang: Lang, golden: Golden) -> None:
    golden(GOLDEN / f"runbook.{lang}.md", FORMATS["md"].render(steady(runbook), lang))


def test_assessment_in_json(snapshot: Snapshot, assessment: Assessment, golden: Golden) -> None:
    golden(GOLDEN / "assessment.json", assessment_json(snapshot, steady(assessment), "en"))


def test_inventory_in_json(snapshot: Snapshot, golden: Golden) -> None:
    golden(GOLDEN / "inspect.json", inspect_json(snapshot))


def test_a_second_compilation_gives_the_same_bytes(runbook: Runbook) -> None:
    again = read_paths([SAMPLE])
    book = compile_runbook(again, assess(again, Request(target="1.31")))

    wanted = [(form, lang) for form in FORMATS.values() for lang in LANGS]
    assert render_all(book, wanted) == render_all(runbook, wanted)


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
    made = [*render_all(runbook, [(form, lang) for form in FORMATS.values() for lang in LANGS]).values()]
    made += [assessment_json(snapshot, assessment, "zh"), inspect_json(snapshot)]
    values = set(_secret_values())

    assert len(values) > 20, "the sample has secrets to look for"
    for part in (part for document in made for part in parts_of(document)):
        assert [v for v in values if v.encode() in part] == []


def _secret_values() -> Iterator[str]:
    """Every value of every Secret of the sample that is long enough to be found again: encoded and decoded."""
    for file in sorted(SAMPLE.rglob("config.yaml")):
        for item in yaml.load(file.read_text("utf-8"), Loader=yaml.CSafeLoader)["items"]:
            data = item.get("data") if item["kind"] == "Secret" else None
            for value in (v for key, v in (data or {}).items() if key != "namespace"):
                yield from (v for v in (value, b64decode(value).decode("utf-8", "replace").strip()) if len(v) >= 10)


@pytest.mark.parametrize("lang", LANGS)
def test_terminal_text_fits_its_columns(snapshot: Snapshot, assessment: Assessment, lang: Lang) -> None:
    for page in (inspect_text(snapshot, lang), assess_text(snapshot, assessment, lang)):
        assert "\x1b" not in page
        wrapped = page.split(f"\n{text('render.text.questions', lang)} (")[0]  # a question is a line, however long
        wide = [line for line in wrapped.splitlines() if width(line) > WIDTH and " " in line.strip()]
        assert wide == []

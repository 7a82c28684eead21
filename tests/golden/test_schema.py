"""The published JSON Schema is what the code makes, and every runbook as JSON keeps to it."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import msgspec
import pytest

from migrator.engine import Request, assess, compile_runbook
from migrator.locale import LANGS, Lang
from migrator.render.jsondoc import _WRITERS, runbook_json
from migrator.render.jsonschema import _ADDED, _AS_TEXT, _WRITTEN, runbook_schema
from migrator.runbook.model import Runbook
from migrator.snapshot.model import ObjectRef, Snapshot
from migrator.snapshot.read import read_paths
from tests import hostile
from tests.bench.dump import write_json
from tests.unit.render.samples import HOSTILE, runbook

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "docs" / "sample" / "yunhe-mall"


@cache
def validator() -> Any:
    return jsonschema_rs.Draft202012Validator(json.loads(runbook_schema()))


def compiled(snapshot: Snapshot, **request: str) -> Runbook:
    return compile_runbook(snapshot, assess(snapshot, Request(**request)))


def faults(book: Runbook, lang: Lang) -> list[str]:
    return [
        f"{'/'.join(map(str, e.instance_path))}: {e.message[:200]}"
        for e in validator().iter_errors(written(book, lang))
    ]


def written(book: Runbook, lang: Lang) -> dict[str, Any]:
    return json.loads(runbook_json(book, lang))


def test_published_schema_is_what_the_code_makes(golden: Callable[[Path, bytes], None]) -> None:
    golden(ROOT / "docs/api/runbook.schema.json", runbook_schema())


def test_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(runbook_schema()))


def test_every_type_with_a_writer_of_its_own_has_its_shape() -> None:
    assert _WRITERS.keys() - {ObjectRef} == _WRITTEN.keys() | _ADDED.keys() | _AS_TEXT.keys()


def test_every_object_of_the_schema_is_closed() -> None:
    schema = json.loads(runbook_schema())
    structs = [d for d in (schema, *schema["$defs"].values()) if "properties" in d]
    assert len(structs) > 20
    assert all(d["additionalProperties"] is False and d["required"] == list(d["properties"]) for d in structs)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_a_runbook_with_every_part_keeps_to_the_schema(name: str, lang: Lang) -> None:
    assert faults(runbook(name), lang) == []


def test_two_validators_agree() -> None:
    document = written(runbook(), "en")
    jsonschema.validate(document, json.loads(runbook_schema()))


@pytest.mark.parametrize("lang", LANGS)
def test_the_sample_keeps_to_the_schema(lang: Lang) -> None:
    assert faults(compiled(read_paths([SAMPLE]), target="1.31"), lang) == []


@pytest.mark.parametrize(("target", "strategy"), [("1.31", "migrate"), ("1.17", "upgrade")])
def test_hostile_names_keep_to_the_schema(target: str, strategy: str, tmp_path: Path) -> None:
    (tmp_path / "dump.json").write_bytes(hostile.dump())
    book = compiled(read_paths([tmp_path]), target=target, source="v1.15.11-r1", strategy=strategy)
    assert bool(book.path.hops) is (strategy == "upgrade")
    assert faults(book, "zh") == []


def test_a_large_cluster_keeps_to_the_schema(tmp_path: Path) -> None:
    write_json(tmp_path / "dump.json", 0.02)
    assert faults(compiled(read_paths([tmp_path]), target="1.25"), "zh") == []


@pytest.mark.cases
def test_every_real_dump_keeps_to_the_schema(cases: Path) -> None:
    for folder in sorted(folder for folder in cases.iterdir() if folder.is_dir()):
        book = compiled(read_paths([folder]), source="v1.13.10-r0", target="1.31")
        assert faults(book, "zh") == [], folder.name


@pytest.mark.parametrize(
    "change",
    [
        {"extra": 1},
        {"schema_version": 2},
        {"readiness": "perhaps"},
        {"phases": [{"key": "p"}]},
        {"minutes": [1]},
        {"source": None},
    ],
    ids=str,
)
def test_what_is_no_runbook_is_refused(change: dict[str, Any]) -> None:
    assert not validator().is_valid({**written(runbook(), "en"), **change})


def test_a_field_that_is_missing_is_noticed() -> None:
    document = written(runbook(), "en")
    del document["phases"][0]["steps"][0]["rollback"]
    assert not validator().is_valid(document)


def test_the_version_stands_in_the_schema() -> None:
    schema = json.loads(runbook_schema())
    assert schema["properties"]["schema_version"] == {"const": msgspec.structs.fields(Runbook)[0].default}
    assert "schema_version" in schema["description"]

"""Bundles of real inputs: valid by the published schemas, built by kustomize, and the same when converted again."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import jsonschema
import pytest

from migrator.catalog.loader import shipped_catalog
from migrator.conversion import schemas
from migrator.conversion.bundle import convert_all
from migrator.conversion.model import Bundle
from migrator.conversion.waves import INVALID, ONCE
from migrator.snapshot.model import Snapshot
from migrator.snapshot.read import read_paths
from migrator.versions import Version
from tests.conversions.kustomize import built, identity, objects_of, valid_objects, write

ROOT = Path(__file__).parents[3] / "shared" / "cases"
pytestmark = [
    pytest.mark.cases,
    pytest.mark.skipif(not ROOT.is_dir(), reason=f"the real inputs are not here: {ROOT}"),
]
CASES = (
    *("A01-gke114-get-all", "B02-otc-flexvolume-pages", "B03-otc-flex-to-csi-golden", "B13-otc-everest-csi"),
    *("B14-otc-elb-services-ingress", "B18-otc-velero-migration", "C02-otc-cce-v3-api", "E02-k8s-api-testdata-v1.21"),
    "F01-k8s19-addons-2018",
)
TARGETS = ("1.22", "1.25", "1.29", "1.32")
pairs = [pytest.param(case, target, id=f"{case}-{target}") for case in CASES for target in TARGETS]


@cache
def snapshot_of(folder: Path) -> Snapshot:
    return read_paths([folder])


def bundle_of(snapshot: Snapshot, target: str) -> Bundle:
    return convert_all(snapshot, Version.parse("1.15"), Version.parse(target), shipped_catalog())


@cache
def validator(minor: int, kind: str) -> jsonschema.Draft7Validator | None:
    """By the package jsonschema, which shares nothing with the one of the product but the schemas themselves."""
    name = schemas.kinds(minor).get(kind)
    definitions = dict(schemas.definitions(minor))
    schema = {"$ref": f"#/$defs/{name}", "$defs": definitions}
    return jsonschema.Draft7Validator(schema) if name else None


@pytest.mark.parametrize(("case", "target"), pairs)
def test_each_manifest_is_valid_by_the_schema_of_the_target(case: str, target: str) -> None:
    bundle = bundle_of(snapshot_of(ROOT / case), target)

    for path, manifest in objects_of(bundle):
        judge = validator(int(target.split(".")[1]), f"{manifest['apiVersion']}/{manifest['kind']}")
        if path.startswith(INVALID) or judge is None:
            continue
        assert [e.message for e in judge.iter_errors(manifest)] == [], path


@pytest.mark.parametrize(("case", "target"), pairs)
def test_kustomize_builds_each_bundle(tmp_path: Path, case: str, target: str) -> None:
    bundle = bundle_of(snapshot_of(ROOT / case), target)
    write(bundle, tmp_path)

    folders = [p for p in (tmp_path, tmp_path / ONCE) if (p / "kustomization.yaml").exists()]

    assert {identity(m) for folder in folders for m in built(folder)} == valid_objects(bundle)


@pytest.mark.parametrize(("case", "target"), pairs)
def test_converting_twice_changes_nothing(tmp_path: Path, case: str, target: str) -> None:
    once = bundle_of(snapshot_of(ROOT / case), target)
    write(once, tmp_path)
    for path in [*tmp_path.rglob("kustomization.yaml"), tmp_path / "README.md"]:
        path.unlink()
    if not any(tmp_path.rglob("*.yaml")):
        return

    again = bundle_of(read_paths([tmp_path]), target)

    first = {f.path: f.text for f in once.files}
    second = {f.path: f.text for f in again.files}
    assert {p: t for p, t in second.items() if first.get(p) != t} == {}
    assert sorted(first) == sorted(second)

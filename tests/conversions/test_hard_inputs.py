"""A cluster of hard cases: every manifest valid and built by kustomize, nothing lost, the same when done twice."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from migrator.catalog.loader import shipped_catalog
from migrator.conversion.bundle import convert_all
from migrator.conversion.model import Bundle
from migrator.conversion.waves import INVALID, ONCE
from migrator.snapshot.model import Snapshot
from migrator.snapshot.read import read_paths
from migrator.versions import Version
from tests.conversions.kustomize import built, identity, objects_of, valid_objects, write
from tests.conversions.test_bundles_of_cases import validator

INPUT = Path(__file__).parent / "fixtures" / "hard.yaml"
TARGETS = ("1.21", "1.25", "1.29", "1.32")
_BY_THE_SERVER = {"uid", "resourceVersion", "creationTimestamp", "ownerReferences", "finalizers", "managedFields"}


@cache
def snapshot() -> Snapshot:
    return read_paths([INPUT])


@cache
def bundle(target: str) -> Bundle:
    return convert_all(snapshot(), Version.parse("1.13"), Version.parse(target), shipped_catalog())


@pytest.mark.parametrize("target", TARGETS)
def test_each_manifest_is_valid_and_holds_nothing_of_the_old_server(target: str) -> None:
    for path, manifest in objects_of(bundle(target)):
        assert not path.startswith(INVALID), path
        judge = validator(int(target.split(".")[1]), f"{manifest['apiVersion']}/{manifest['kind']}")
        assert judge is None or [e.message for e in judge.iter_errors(manifest)] == [], path
        assert "status" not in manifest, path
        assert not _BY_THE_SERVER & manifest["metadata"].keys(), path


@pytest.mark.parametrize("target", TARGETS)
def test_each_object_has_a_manifest_or_a_reason_and_never_both(target: str) -> None:
    found = bundle(target)
    left = {(o.ref.namespace, o.ref.kind, o.ref.name) for o in found.left_out}

    for thing in snapshot().objects:
        key = (thing.ref.namespace, thing.ref.kind, thing.ref.name)
        if not thing.owner:
            assert (key in found.paths) != (key in left), key


@pytest.mark.parametrize("target", TARGETS)
def test_kustomize_builds_it_without_a_change(tmp_path: Path, target: str) -> None:
    write(bundle(target), tmp_path)
    meant = {identity(m): m for _, m in objects_of(bundle(target))}
    made = {identity(m): m for folder in (tmp_path, tmp_path / ONCE) for m in built(folder)}

    assert made.keys() == valid_objects(bundle(target))
    assert [key for key, manifest in made.items() if _unparked(manifest) != _unparked(meant[key])] == []


def _unparked(manifest: dict[str, Any]) -> dict[str, Any]:
    """Without what the kustomization says instead of the manifest."""
    if "spec" not in manifest:
        return manifest
    spec = {k: v for k, v in manifest["spec"].items() if k not in ("replicas", "suspend")}
    return {**manifest, "spec": spec}


@pytest.mark.parametrize("target", TARGETS)
def test_converting_twice_changes_nothing(tmp_path: Path, target: str) -> None:
    once = bundle(target)
    write(once, tmp_path)
    for path in [*tmp_path.rglob("kustomization.yaml"), tmp_path / "README.md"]:
        path.unlink()

    again = convert_all(read_paths([tmp_path]), Version.parse("1.13"), Version.parse(target), shipped_catalog())

    assert {f.path: f.text for f in again.files} == {f.path: f.text for f in once.files}

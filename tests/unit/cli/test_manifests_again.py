"""``migrator plan`` again into the folder of an earlier run: what people filled in is never lost silently."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.cli.run import Done

NODE = {
    "apiVersion": "v1",
    "kind": "Node",
    "metadata": {"name": "n"},
    "status": {"nodeInfo": {"kubeletVersion": "v1.15.11-r1"}},
}
SECRET, CONFIG = "30-configuration/shop/secret-key.yaml", "30-configuration/shop/configmap-a.yaml"


def dump(file: Path, *objects: dict[str, Any]) -> Path:
    file.write_text(yaml.safe_dump_all([NODE, *objects]), encoding="utf-8")
    return file


def an(kind: str, name: str, **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "shop"}, "data": data}


@pytest.fixture
def plan(call: Callable[..., Done], tmp_path: Path) -> Callable[..., Done]:
    def run(*objects: dict[str, Any], force: bool = False, lang: str = "en") -> Done:
        source = dump(tmp_path / "dump.yaml", *objects)
        more = ["--force"] if force else []
        arguments = ("--target", "1.25", "--strategy", "migrate", "--strategy-reason", "moved")
        return call("plan", source, *arguments, "--out", tmp_path / "out", *more, lang=lang)

    return run


def content(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_what_was_filled_in_stays_until_somebody_gives_it_up(plan: Callable[..., Done], tmp_path: Path) -> None:
    first = plan(an("Secret", "key", password="eA=="), an("ConfigMap", "a", x="1"))
    manifests = tmp_path / "out" / "manifests"
    (manifests / SECRET).write_text("filled: in\n", encoding="utf-8")
    before = content(tmp_path / "out")

    refused = plan(an("Secret", "key", password="eA=="), an("ConfigMap", "a", x="2"))

    assert first.code < 3
    assert refused.code == 3
    assert SECRET in refused.err
    assert "--force" in refused.err
    assert CONFIG not in refused.err
    assert content(tmp_path / "out") == before

    forced = plan(an("Secret", "key", password="eA=="), an("ConfigMap", "a", x="2"), force=True)

    assert forced.code == first.code
    assert "stringData" in (manifests / SECRET).read_text(encoding="utf-8")
    assert yaml.safe_load((manifests / CONFIG).read_text(encoding="utf-8"))["data"] == {"x": "2"}


def test_the_same_again_is_the_same(plan: Callable[..., Done], tmp_path: Path) -> None:
    plan(an("ConfigMap", "a", x="1"))
    before = content(tmp_path / "out")

    again = plan(an("ConfigMap", "a", x="1"))

    assert again.code < 3
    assert content(tmp_path / "out") == before


def test_files_of_objects_that_are_gone_go_and_added_ones_stay(plan: Callable[..., Done], tmp_path: Path) -> None:
    manifests = tmp_path / "out" / "manifests"
    plan(an("ConfigMap", "a", x="1"), {**an("ConfigMap", "b"), "metadata": {"name": "b", "namespace": "gone"}})
    (manifests / "own.yaml").write_text("a: b\n", encoding="utf-8")
    assert (manifests / "30-configuration/gone").is_dir()

    again = plan(an("ConfigMap", "a", x="2"))

    assert again.code < 3
    assert not (manifests / "30-configuration/gone").exists()
    assert (manifests / "own.yaml").exists()
    sums = (manifests / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    files = {path: digest for digest, _, path in (line.partition("  ") for line in sums)}
    assert files == {
        path: hashlib.sha256(found).hexdigest()
        for path, found in content(manifests).items()
        if path not in ("SHA256SUMS", "own.yaml")
    }


def test_a_changed_file_of_an_object_that_is_gone_is_told(plan: Callable[..., Done], tmp_path: Path) -> None:
    plan(an("Secret", "key", password="eA=="))
    filled = tmp_path / "out" / "manifests" / SECRET
    filled.write_text("filled: in\n", encoding="utf-8")

    refused = plan(an("ConfigMap", "a", x="1"), lang="zh")

    assert refused.code == 3
    assert "人工改过" in refused.err
    assert filled.read_text(encoding="utf-8") == "filled: in\n"


@pytest.mark.parametrize("line", ["../../outside.yaml", "/outside.yaml", "a/../../../outside.yaml"])
def test_a_list_that_names_files_outside_takes_nothing_away(
    plan: Callable[..., Done], tmp_path: Path, line: str
) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text("precious\n", encoding="utf-8")
    digest = hashlib.sha256(b"precious\n").hexdigest()
    plan(an("ConfigMap", "a", x="1"))
    sums = tmp_path / "out" / "manifests" / "SHA256SUMS"
    sums.write_text(sums.read_text(encoding="utf-8") + f"{digest}  {line}\n", encoding="utf-8")

    plan(an("ConfigMap", "a", x="2"))

    assert outside.read_text(encoding="utf-8") == "precious\n"

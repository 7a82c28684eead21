"""The zip with everything: what is in it, its checksums, and names that lead nowhere else."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from migrator.cli import main
from migrator.locale import LANGS, Lang
from migrator.render import FORMATS, file_name, render_all
from migrator.render.archive import archive, repacked
from migrator.render.package import package
from tests.unit.render.samples import runbook

MANIFESTS = {
    "manifests/kustomization.yaml": "resources: []\n",
    "manifests/50-workloads/shop/deployment-web.yaml": "kind: Deployment\n",
}


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert packed.testzip() is None
        return {name: packed.read(name) for name in packed.namelist()}


@pytest.mark.parametrize("lang", LANGS)
def test_it_holds_every_other_format_and_the_manifests(lang: Lang) -> None:
    found = members(FORMATS["zip"].render(runbook(), lang, None, MANIFESTS))
    others = {file_name(f, lang): f.render(runbook(), lang) for f in FORMATS.values() if f.name != "zip"}
    assert found.keys() == {"SHA256SUMS", *others, *MANIFESTS}
    assert all(found[name] == content for name, content in others.items())
    assert found["manifests/50-workloads/shop/deployment-web.yaml"] == b"kind: Deployment\n"
    assert json.loads(found[f"runbook-{lang}.json"])["lang"] == lang


def test_checksums_are_read_by_the_usual_program(tmp_path: Path) -> None:
    if not shutil.which("sha256sum"):
        pytest.skip("sha256sum is not on this machine")
    content = FORMATS["zip"].render(runbook(), "zh", None, MANIFESTS)
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        packed.extractall(tmp_path)

    def check() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=tmp_path, capture_output=True, text=True, check=False
        )

    done = check()
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(": OK") == len(members(content)) - 1
    (tmp_path / "runbook-zh.json").write_bytes(b"{}")
    assert check().returncode == 1


def test_all_documents_at_once_are_those_one_by_one() -> None:
    wanted = [(form, lang) for lang in LANGS for form in FORMATS.values()]
    found = render_all(runbook(), wanted, None, MANIFESTS)
    assert found == {file_name(f, lang): f.render(runbook(), lang, None, MANIFESTS) for f, lang in wanted}


def test_same_content_same_bytes_in_one_order() -> None:
    backwards = dict(reversed(MANIFESTS.items()))
    assert package({"b": b"1", "a": b"2"}, MANIFESTS) == package({"a": b"2", "b": b"1"}, backwards)
    names = list(members(package({"b": b"1", "a": b"2"}, MANIFESTS)))
    assert names == ["SHA256SUMS", *sorted(names[1:])]


@pytest.mark.parametrize(
    "path",
    [
        "../x",
        "a/../b",
        "/etc/passwd",
        "a//b",
        "a\\b",
        "",
        ".",
        "a/.",
        "..",
        "a\nb",
        "a b",
        "c:x",
        "a/",
        "über",
        "a/../../b",
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="no safe name"):
        package({}, {path: "x"})
    with pytest.raises(ValueError, match="no safe name"):
        package({path: b"x"}, {})


def test_nothing_can_take_the_place_of_the_checksums() -> None:
    with pytest.raises(ValueError, match="SHA256SUMS"):
        package({"SHA256SUMS": b""}, {})


@pytest.mark.parametrize("path", ["a", "a/b.yaml", "...a", "a/..b", ".github/x", "a-1_2+3.yaml"])
def test_plain_names_are_taken(path: str) -> None:
    assert set(members(package({}, {path: "x"}))) == {"SHA256SUMS", path}


def test_repacking_keeps_content_and_order_and_forgets_the_rest() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        packed.writestr(zipfile.ZipInfo("b", (2024, 5, 6, 7, 8, 10)), b"1")
        packed.writestr(zipfile.ZipInfo("a", (2025, 5, 6, 7, 8, 10)), b"2" * 100)
    assert repacked(buffer.getvalue()) == archive([("b", b"1"), ("a", b"2" * 100)])


def test_the_command_line_puts_manifests_and_notes_into_the_zip(tmp_path: Path) -> None:
    cluster = Path(__file__).parents[2] / "golden" / "situations" / "shared-storage" / "cluster.yaml"
    line = ["plan", str(cluster), "--target", "1.25", "--out", str(tmp_path), "--lang", "en", "--formats", "zip"]
    assert main(line) in (0, 1, 2)
    assert [path.name for path in tmp_path.iterdir()] == ["runbook-en.zip"]
    found = members((tmp_path / "runbook-en.zip").read_bytes())
    assert {"manifests/kustomization.yaml", "manifests/NOTES-en.md", "runbook-en.pdf"} <= found.keys()
    steps = [step for phase in json.loads(found["runbook-en.json"])["phases"] for step in phase["steps"]]
    applied = {f"manifests/{path}" for step in steps for path in step["files"]}
    assert applied
    assert applied <= found.keys()

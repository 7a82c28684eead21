"""Files, folders, archives and standard input give the same snapshot, and nothing unsafe is unpacked."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import os
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from migrator.errors import InputError
from migrator.locale import text
from migrator.snapshot import sources
from migrator.snapshot.codec import digest, encode
from migrator.snapshot.model import Snapshot
from migrator.snapshot.read import read_paths, read_sources
from tests.unit.snapshot.helpers import deployment, kube, listed, source

VOLUME = "apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: %s}\n"
FILES = {
    "cluster/workloads.json": json.dumps(listed(deployment("web"), deployment("api"))),
    "cluster/storage/pv.yaml": "---\n".join(VOLUME % n for n in ("pv-1", "pv-2")),
    "cluster/storage/pvc.json": json.dumps(kube("PersistentVolumeClaim", "data", "shop")),
}
NAMES = ["storage/pv.yaml", "storage/pvc.json", "workloads.json"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return tmp_path / "in"


def tar(path: Path, mode: str = "w:gz", names: tuple[str, ...] = tuple(FILES)) -> Path:
    with tarfile.open(path, mode) as archive:
        for name in names:
            data = FILES[name].encode()
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def zipped(path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in FILES.items():
            archive.writestr(name, content)
    return path


def files(snapshot: Snapshot) -> list[str]:
    return [i.file for i in snapshot.inputs]


def test_folder_archives_and_loose_files_give_the_same(folder: Path, tmp_path: Path) -> None:
    whole = read_paths([folder])
    ways = {
        "tar.gz": read_paths([tar(tmp_path / "a.tar.gz")]),
        "tar": read_paths([tar(tmp_path / "a.tar", "w:")]),
        "zip": read_paths([zipped(tmp_path / "a.zip")]),
        "loose": read_paths([folder / name for name in reversed(FILES)]),
        "shuffled tar": read_paths([tar(tmp_path / "b.tar.gz", names=tuple(reversed(FILES)))]),
        "stdin": read_paths(["-"], stdin=io.BytesIO((tmp_path / "a.tar.gz").read_bytes())),
    }
    assert files(whole) == NAMES
    for way, snapshot in ways.items():
        assert files(snapshot) == NAMES, way
        assert [o.file for o in snapshot.objects] == [o.file for o in whole.objects], way
        assert digest(snapshot) == digest(whole), way


def test_one_file_and_its_compressed_form(folder: Path, tmp_path: Path) -> None:
    plain = folder / "cluster" / "workloads.json"
    packed = tmp_path / "workloads.json.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert files(read_paths([plain])) == files(read_paths([packed])) == ["workloads.json"]
    assert digest(read_paths([plain])) == digest(read_paths([packed]))


def test_standard_input_and_pipes() -> None:
    data = json.dumps(deployment("web")).encode()
    assert files(read_paths(["-"], stdin=io.BytesIO(data))) == ["-"]
    reader, writer = os.pipe()
    os.write(writer, data)
    os.close(writer)
    try:
        assert len(read_paths([f"/dev/fd/{reader}"]).objects) == 1
    finally:
        os.close(reader)


def test_a_file_named_twice_is_read_once(folder: Path) -> None:
    assert len(read_paths([folder, folder / "cluster" / "workloads.json"]).objects) == 5


def test_names_that_are_no_utf_8_are_shown_as_chinese(folder: Path) -> None:
    """A zip file of Chinese Windows, unpacked on Linux, leaves names in GBK."""
    os.rename(folder / "cluster" / "workloads.json", os.fsencode(folder) + "/cluster/工作负载.json".encode("gbk"))
    snapshot = read_paths([folder])
    assert files(snapshot) == ["storage/pv.yaml", "storage/pvc.json", "工作负载.json"]
    assert encode(snapshot)
    missing = code_of(lambda: read_paths([os.fsdecode(os.fsencode(folder) + "/不存在".encode("gbk"))]))
    assert missing.values["file"].endswith("/不存在")


def test_hidden_files_are_left_out(folder: Path) -> None:
    (folder / ".git").mkdir()
    (folder / ".git" / "x.json").write_text("{}")
    (folder / ".DS_Store").write_text("x")
    assert files(read_paths([folder])) == NAMES


def test_foreign_files_in_a_folder_are_listed_and_named_ones_are_unreadable(folder: Path) -> None:
    readme = folder / "cluster" / "README.md"
    readme.write_text("# Notes\n")
    assert {i.file: i.status for i in read_paths([folder]).inputs}["README.md"] == "not_recognised"
    named = read_paths([folder / "cluster" / "workloads.json", readme])
    assert {i.file: i.status for i in named.inputs} == {"README.md": "unreadable", "workloads.json": "read"}


def code_of(call: Callable[[], object]) -> InputError:
    with pytest.raises(InputError) as raised:
        call()
    assert str(raised.value)
    return raised.value


def test_missing_empty_and_forbidden_paths(folder: Path, tmp_path: Path) -> None:
    missing = tmp_path / "nowhere.json"
    error = code_of(lambda: read_paths([missing]))
    assert (error.code, error.values["file"]) == ("input_missing", str(missing))
    (tmp_path / "empty").mkdir()
    assert code_of(lambda: read_paths([tmp_path / "empty"])).code == "input_folder_empty"
    assert code_of(lambda: read_paths([])).code == "input_empty"
    blank = tmp_path / "pods.json"
    blank.write_text("")
    assert code_of(lambda: read_paths([blank])).code == "input_file_empty"
    beside = read_paths([folder, missing])
    assert [(i.status, i.reason) for i in beside.inputs if i.status != "read"] == [("unreadable", "input_missing")]


def test_unreadable_stream_is_named() -> None:
    def refuse() -> io.BytesIO:
        raise PermissionError(13, "Permission denied")

    snapshot = read_sources([source("a.json", deployment("web")), sources.Source("b.json", refuse)])
    report = snapshot.inputs[1]
    assert (report.file, report.status, report.reason) == ("b.json", "unreadable", "input_unreadable")
    assert report.values["problem"] == "Permission denied"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything; the stream test above covers the message")
def test_folder_without_permission(folder: Path) -> None:
    closed = folder / "cluster" / "storage"
    closed.chmod(0)
    try:
        reports = {i.file: i.reason for i in read_paths([folder]).inputs}
    finally:
        closed.chmod(0o755)
    assert reports["storage"] == "input_unreadable"


def test_names_without_a_common_folder(tmp_path: Path) -> None:
    first, second = tar(tmp_path / "one.tar", "w:"), tar(tmp_path / "two.tar", "w:")
    assert files(read_paths([first, second])) == sorted(
        f"{a}/cluster/{n}" for a in ("one.tar", "two.tar") for n in NAMES
    )


def test_pages_and_strangers_in_a_folder_do_not_count_as_broken(tmp_path: Path) -> None:
    example = "# How to\n\n```yaml\napiVersion: v1\nkind: Pod\nmetadata: {name: {{ x }}}\n```\n"
    for name in ("README.md", "runbook-zh.html", "notes.txt"):
        (tmp_path / name).write_text(example)
    (tmp_path / "dump.json").write_text(json.dumps(kube("Pod", "a")))
    snapshot = read_paths([tmp_path])
    assert {i.file: i.status for i in snapshot.inputs if i.status != "not_recognised"} == {"dump.json": "read"}
    with pytest.raises(InputError) as raised:
        read_paths([tmp_path / "README.md"])
    assert raised.value.code == "input_template"


def test_what_is_passed_over_or_refused_is_named_in_its_own_words(tmp_path: Path) -> None:
    place = tmp_path / "dump"
    place.mkdir()
    (place / "a.json").write_text(json.dumps(kube("Pod", "a")))
    (place / "old.tar.bz2").write_bytes(bz2.compress(b"x"))
    (place / "linked").symlink_to(tmp_path)
    snapshot = read_paths([place])
    assert {i.file: (i.status, i.reason) for i in snapshot.inputs} == {
        "a.json": ("read", ""),
        "linked": ("not_recognised", "input_linked_folder"),
        "old.tar.bz2": ("not_recognised", "input_archive_form"),
    }
    for i in snapshot.inputs[1:]:
        assert i.file in text(f"error.{i.reason}", "en", **i.values)
    assert code_of(lambda: read_paths([Path("/dev/null")])).values["file"] == "/dev/null"

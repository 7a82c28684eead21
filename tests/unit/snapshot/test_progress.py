"""What a listener is told while an input is read."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from migrator.snapshot.model import InputReport
from migrator.snapshot.progress import FoundFile, Progress
from migrator.snapshot.read import read_paths, read_sources
from migrator.snapshot.sources import Source
from tests.unit.snapshot.helpers import opener
from tests.unit.snapshot.test_sources import tar


class Listener(Progress):
    def __init__(self) -> None:
        self.files: list[FoundFile] = []
        self.calls: list[tuple[Any, ...]] = []

    def unpacking(self, archive: str, unpacked: int) -> None:
        self.calls.append(("unpacking", archive.rpartition("/")[2], unpacked))

    def found(self, files: Sequence[FoundFile]) -> None:
        assert self.files == [], "files are found once"
        self.files = list(files)

    def started(self, file: str) -> None:
        self.calls.append(("started", file))

    def advanced(self, file: str, objects: int, expected: int) -> None:
        self.calls.append(("advanced", file, objects, expected))

    def ended(self, report: InputReport) -> None:
        self.calls.append(("ended", report.file, report.status, report.objects))


def configs(count: int) -> list[dict[str, Any]]:
    return [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"c{n}"}} for n in range(count)]


def test_each_file_is_found_started_and_ended_in_order() -> None:
    seen = Listener()
    content = json.dumps(configs(1)[0]).encode()
    data = [Source("d/b.json", opener(content), size=len(content)), Source("d/a.json", opener(b"{"))]
    read_sources(data, seen)
    assert seen.files == [FoundFile("a.json", None), FoundFile("b.json", len(content))]
    assert seen.calls == [
        ("started", "a.json"),
        ("ended", "a.json", "not_recognised", 0),
        ("started", "b.json"),
        ("ended", "b.json", "read", 1),
    ]


@pytest.mark.parametrize(
    "content",
    [
        json.dumps({"apiVersion": "v1", "kind": "List", "items": configs(600)}).encode(),
        json.dumps(configs(600)).encode(),
        b"apiVersion: v1\nkind: List\nitems:\n"
        + b"".join(
            b"- {apiVersion: v1, kind: ConfigMap, metadata: {name: %s}}\n" % c["metadata"]["name"].encode()
            for c in configs(600)
        ),
    ],
    ids=["list", "array", "yaml"],
)
def test_a_long_list_tells_how_far_it_is(content: bytes) -> None:
    seen = Listener()
    read_sources([Source("all", opener(content))], seen)
    assert [c for c in seen.calls if c[0] == "advanced"] == [
        ("advanced", "all", 256, 600),
        ("advanced", "all", 512, 600),
    ]
    assert seen.calls[-1] == ("ended", "all", "read", 600)


def test_members_of_an_archive_are_found_with_their_sizes(tmp_path: Path) -> None:
    seen = Listener()
    path = tar(tmp_path / "dump.tar.gz", "w:gz")
    snapshot = read_paths([path], progress=seen)
    assert [f.name for f in seen.files] == [i.file for i in snapshot.inputs]
    assert all(f.size for f in seen.files)
    assert seen.calls[0][:2] == ("unpacking", "dump.tar.gz")
    assert seen.calls[0][2] > sum(f.size or 0 for f in seen.files)


def test_what_a_listener_raises_ends_the_reading() -> None:
    class Stopping(Progress):
        def ended(self, report: InputReport) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_sources([Source("a", lambda: io.BytesIO(b"{}"))], Stopping())

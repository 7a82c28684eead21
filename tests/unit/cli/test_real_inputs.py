"""``migrator inspect`` on real inputs: every file is read or named, and the counts are those of their truth file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.cli.run import Done
from tests.unit.snapshot.test_cases import CORRECTIONS

pytestmark = pytest.mark.cases


def test_inspect_reads_or_names_every_file(call: Callable[..., Done], cases: Path) -> None:
    truth = json.loads((cases / "truth.json").read_text("utf-8"))
    folders = sorted(folder for folder in cases.iterdir() if folder.is_dir())
    assert [folder.name for folder in folders] == sorted(truth)
    for folder in folders:
        expected = truth[folder.name]
        done = call("inspect", folder, "--format", "json")
        told = json.loads(done.out)

        assert told["kinds"] == expected["kinds"] | CORRECTIONS.get(folder.name, {}), folder.name
        assert len(told["inputs"]) == sum(path.is_file() for path in folder.rglob("*")) == expected["files"]
        unparsable = {file for file, _ in expected["unparsable"]}
        for one in told["inputs"]:
            assert one["objects"] or one["message"], one
            assert (one["status"] == "unreadable") is (one["file"] in unparsable), one
            if one["status"] not in ("read", "not_recognised"):
                assert one["file"] in done.err, one
        assert done.code == (3 if unparsable or any(i["status"] == "partial" for i in told["inputs"]) else 0)

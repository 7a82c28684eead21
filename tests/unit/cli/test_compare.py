"""``migrator compare``: exit codes, both formats, remarks on stderr."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.cli.run import ROOT, Done

Call = Callable[..., Done]
DUMPS = ROOT / "tests" / "golden" / "compare"
OLD, NEW = DUMPS / "old.yaml", DUMPS / "new.yaml"


def test_no_difference_is_0_and_differences_are_2(call: Call) -> None:
    same, differs = call("compare", OLD, OLD), call("compare", OLD, NEW)

    assert (same.code, differs.code) == (0, 2)
    assert "no difference" in same.out
    assert "没有差异" in call("compare", OLD, OLD, lang="zh").out


def test_the_document_names_every_difference(call: Call) -> None:
    done = call("compare", OLD, NEW, "--format", "json")
    document = json.loads(done.out)

    assert (done.code, document["differs"]) == (2, True)
    nodes = next(s for s in document["sections"] if s["section"] == "nodes")
    assert [e["key"] for e in nodes["added"] + nodes["removed"]] == ["192.168.0.14", "192.168.0.13"]


@pytest.mark.parametrize("position", [0, 1])
def test_an_input_that_cannot_be_read_is_3(call: Call, tmp_path: Path, position: int) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("kind: [")
    inputs: list[Path] = [OLD, OLD]
    inputs[position] = broken

    done = call("compare", *inputs)
    assert (done.code, done.out) == (3, "")
    assert "broken.yaml" in done.err


def test_an_input_that_is_read_in_part_is_compared_and_3(call: Call, tmp_path: Path) -> None:
    partly = tmp_path / "partly.yaml"
    partly.write_text(f"{OLD.read_text('utf-8')}---\nkind: [\n", "utf-8")

    done = call("compare", OLD, partly)
    assert done.code == 3
    assert "no difference" in done.out
    assert "partly.yaml" in done.err


def test_a_side_may_come_through_a_pipe(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    with NEW.open("rb") as stream:
        monkeypatch.setattr("sys.stdin", type("Stdin", (), {"buffer": stream})())
        assert call("compare", OLD, "-").code == 2


def test_no_secret_value_is_shown(call: Call) -> None:
    for lang in ("zh", "en"):
        for wanted in ("text", "json"):
            done = call("compare", OLD, NEW, "--format", wanted, lang=lang)
            assert "bm90LWEt" not in done.out
            assert "not-a-" not in done.out

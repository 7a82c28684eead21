"""Bad input gives a clear message that names file, document and what to do, exit code 3, and nothing half written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.cli.run import Done, run

Call = Callable[..., Done]

NODE = """\
apiVersion: v1
kind: Node
metadata: {name: n1}
status: {nodeInfo: {kubeletVersion: v1.13.10-r0}}
"""
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "nginx:1.17"}]}
"""
BROKEN = "apiVersion: v1\nkind: [Service\n"


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    file = tmp_path / "dump.yaml"
    file.write_text(f"{NODE}---\n{DEPLOYMENT}")
    return file


@pytest.fixture
def partly_broken(tmp_path: Path) -> Path:
    file = tmp_path / "half.yaml"
    file.write_text(f"{NODE}---\n{BROKEN}---\n{DEPLOYMENT}")
    return file


def refused(done: Done, *words: str) -> None:
    """One line on stderr with these words, nothing on stdout, exit code 3."""
    assert done.code == 3, done
    assert done.out == ""
    assert len(done.err.splitlines()) == 1, done.err
    for word in words:
        assert word in done.err


@pytest.mark.parametrize("command", ["inspect", "assess", "plan"])
@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("absent.yaml", None, ("absent.yaml", "Check the path")),
        ("binary.yaml", b"\x00\x01\xff\xfe\x80\x00", ("binary.yaml", "kubectl get")),
        ("note.txt", b"hello world, this is no dump\n", ("note.txt", "kubectl get")),
        ("values.yaml", b"image: nginx\nreplicas: 2\n", ("values.yaml", "kubectl get")),
        ("empty.yaml", b"", ("empty.yaml", "Export it again")),
        (
            "list.json",
            b'{"kind": "List", "apiVersion": "v1", "items": []}',
            ("list.json", "no object and no filled-in row", "kubectl get"),
        ),
    ],
)
def test_a_file_that_is_no_dump(
    call: Call, tmp_path: Path, command: str, name: str, content: bytes | None, words: tuple[str, ...]
) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    out = tmp_path / "out"
    options = {"inspect": (), "assess": ("--target", "1.25"), "plan": ("--target", "1.25", "--out", out)}[command]

    refused(call(command, file, *options), *words)
    assert not out.exists()


def test_the_message_is_chinese_where_the_user_is(call: Call, tmp_path: Path) -> None:
    refused(call("inspect", tmp_path / "absent.yaml", lang="zh"), "找不到输入", "absent.yaml", "请检查路径")


def test_an_empty_folder(call: Call, tmp_path: Path) -> None:
    refused(call("inspect", tmp_path), tmp_path.name, "holds no files")


def test_a_folder_in_which_nothing_is_a_dump(call: Call, tmp_path: Path) -> None:
    (tmp_path / "readme.md").write_text("nothing of a cluster\n")

    refused(call("inspect", tmp_path), "readme.md", "kubectl get")


def test_a_stranger_in_a_folder_is_passed_over(call: Call, dump: Path) -> None:
    dump.with_name("readme.md").write_text("notes of a meeting\n")

    done = call("inspect", dump.parent, "--format", "json")

    assert done.code == 0
    assert "no dump of a cluster: 1" in done.err
    statuses = {i["file"]: i["status"] for i in json.loads(done.out)["inputs"]}
    assert statuses == {"dump.yaml": "read", "readme.md": "not_recognised"}


def test_a_stranger_that_is_named_is_an_error_beside_the_rest(call: Call, dump: Path) -> None:
    note = dump.with_name("note.txt")
    note.write_text("hello\n")

    done = call("inspect", dump, note, "--format", "json")

    assert done.code == 3
    assert "note.txt" in done.err
    assert json.loads(done.out)["objects"] == 2
    assert json.loads(done.out)["unread"] == ["note.txt"]


def test_one_broken_document_is_named_and_the_rest_is_read(call: Call, partly_broken: Path) -> None:
    done = call("inspect", partly_broken, "--format", "json")

    assert done.code == 3
    assert len(done.err.splitlines()) == 1
    assert "half.yaml" in done.err
    assert "document 2" in done.err
    read = json.loads(done.out)
    assert read["kinds"] == {"apps/v1 Deployment": 1, "v1 Node": 1}
    assert read["unread"] == ["half.yaml"]
    assert read["inputs"][0]["status"] == "partial"
    assert "document 2" in read["inputs"][0]["message"]


def test_a_partly_broken_dump_still_gives_its_runbook(call: Call, partly_broken: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"

    done = call("plan", partly_broken, "--target", "1.25", "--out", out)

    assert done.code == 3
    assert "document 2" in done.err
    assert sorted(f.name for f in out.iterdir()) == ["manifests", "runbook-zh.json", "runbook-zh.md"]
    assert "| shop | Deployment | web | 2 |" in (out / "runbook-zh.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--target", "abc"), ('Cannot read version "abc"', "Write it as")),
        (("--target", "1.99"), ("no version v1.99", "Choose a known version")),
        (("--target", "v1.25.3-r999"), ("no version v1.25.3-r999", "1.25.")),
        (("--target", "1.25", "--source", "0.5"), ("no version v0.5", "Choose a known version")),
        (("--target", "1.11"), ("not above the source", "v1.13.10-r0", "higher target")),
        (("--target", "1.13.10-r0"), ("not above the source", "v1.13.10-r0")),
        (("--target", "1.25", "--source", "x.y"), ('Cannot read version "x.y"',)),
        (("--target", "1.25", "--strategy", "upgrade"), ("no upgrade in place", "1.17", "strategy migrate")),
        (("--target", "1.25", "--profile", "nowhere"), ('no path table "nowhere"', "ctyun")),
        (("--target", "1.25", "--answers", "absent.yaml"), ("absent.yaml",)),
    ],
    ids=lambda value: " ".join(value) if value[0].startswith("--") else "",
)
def test_a_wrong_question(
    call: Call, dump: Path, tmp_path: Path, options: tuple[str, ...], words: tuple[str, ...]
) -> None:
    refused(call("assess", dump, *options), *words)
    refused(call("plan", dump, *options, "--out", tmp_path / "out"), *words)
    assert not (tmp_path / "out").exists()


def test_a_minor_that_was_never_offered_is_judged_and_blocked(call: Call, dump: Path, tmp_path: Path) -> None:
    said = call("assess", dump, "--target", "1.24", "--format", "json")
    document = json.loads(said.out)
    assert (said.code, document["readiness"], document["path"]["found"]) == (1, "blocked", False)

    assert "never offered 1.24" in call("assess", dump, "--target", "1.24").out.replace("\n", " ")
    written = call("plan", dump, "--target", "1.24", "--out", tmp_path / "out")
    assert written.code == 1
    assert (tmp_path / "out" / "manifests" / "README.md").exists()
    refused(call("assess", dump, "--target", "1.24", "--strategy", "upgrade"), "no upgrade in place")


def test_a_dump_that_does_not_tell_its_version(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "workloads.yaml"
    file.write_text(DEPLOYMENT)

    refused(call("assess", file, "--target", "1.25"), "--source", "v1.13.10-r0")
    assert call("assess", file, "--target", "1.25", "--source", "v1.13.10-r0").code in (1, 2)


def test_answers_that_name_no_check(call: Call, dump: Path) -> None:
    answers = dump.with_name("answers.yaml")
    answers.write_text("- {check: XYZ999, answer: pass}\n")

    refused(call("assess", dump, "--target", "1.25", "--answers", answers), "XYZ999", "migrator catalog checks")


def test_answers_settle_a_question(call: Call, dump: Path) -> None:
    answers = dump.with_name("answers.yaml")
    answers.write_text("- {check: CLU001, answer: pass, evidence: looked, by: Wang, on: 2024-05-01}\n")

    before = json.loads(call("assess", dump, "--target", "1.25", "--format", "json").out)
    after = json.loads(call("assess", dump, "--target", "1.25", "--format", "json", "--answers", answers).out)

    def asked(document: dict[str, list[dict[str, object]]]) -> object:
        return next(r["unanswered"] for r in document["results"] if r["check"] == "CLU001")

    assert asked(before) is True
    assert asked(after) is False


def test_standard_input_is_read() -> None:
    done = run("inspect", "-", "--format", "json", stdin=f"{NODE}---\n{DEPLOYMENT}".encode())

    assert done.code == 0
    assert done.err == ""
    assert json.loads(done.out)["kinds"] == {"apps/v1 Deployment": 1, "v1 Node": 1}


def test_empty_standard_input_is_refused() -> None:
    refused(run("inspect", "-", stdin=b""), '"-"')


def test_every_problem_of_a_file_is_told_on_its_own_line(tmp_path: Path, call: Call) -> None:
    (tmp_path / "a.yaml").write_text(f"{NODE}---\n{BROKEN}---\n{DEPLOYMENT}---\n{BROKEN}")
    done = call("inspect", str(tmp_path), "--format", "json")
    assert done.code == 3
    assert [("document 2" in line, "document 4" in line) for line in done.err.splitlines()] == [
        (True, False),
        (False, True),
    ]
    assert [p["reason"] for p in json.loads(done.out)["inputs"][0]["problems"]] == ["input_yaml_broken"] * 2


def test_a_key_given_twice_is_told_and_leaves_the_exit_code_alone(tmp_path: Path, call: Call) -> None:
    (tmp_path / "a.yaml").write_text(NODE + "kind: Node\nspec: {a: 1}\nspec: {a: 2}\n")
    done = call("inspect", str(tmp_path), "--lang", "en")
    assert done.code == 0
    assert 'key "spec"' in done.err


def test_an_object_met_twice_is_counted_once(tmp_path: Path, call: Call) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(NODE)
    told = json.loads(call("inspect", str(tmp_path), "--format", "json").out)
    assert (told["objects"], told["distinct_objects"]) == (2, 1)

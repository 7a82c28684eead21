"""The program as a process: pipes that close, interruption, defects, clean stdout."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import migrator.cli
import migrator.cli_input
from migrator.output import write_files
from tests.unit.cli.run import ROOT, Done, environment, run

Call = Callable[..., Done]
# A test run in the background hands its children an ignored SIGINT: set the handler that a person's shell gives.
INTERRUPTIBLE = """
import signal, sys
from migrator.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)
print("started", file=sys.stderr, flush=True)
sys.exit(main())
"""
SAMPLE = ROOT / "docs" / "sample" / "yunhe-mall"


def test_the_package_runs_as_a_module() -> None:
    done = run("catalog", "apis", "--format", "json")

    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out)["apis"]


def test_a_reader_that_goes_away_leaves_no_traceback() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "migrator", "catalog", "apis", "--format", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=environment("en"),
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        errors = process.stderr.read()

    assert errors == b""
    assert process.returncode == 141


def test_interruption_gives_one_line() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, "inspect", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=environment("en"),
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == b"started\n"
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.3)  # it waits for its input
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)

    assert (out, process.returncode) == (b"", 130)
    assert err == b"migrator: Interrupted. No file was left half written.\n"


def test_a_defect_is_told_with_its_places_but_without_its_message_and_has_its_own_code(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(*_: object, **__: object) -> None:
        try:
            int("hunter2")
        except ValueError as error:
            raise ZeroDivisionError("hunter2") from error

    monkeypatch.setattr(migrator.cli_input, "read_paths", broken)
    done = call("inspect", tmp_path)

    assert done.code == 70, "1 would say: blocked"
    assert done.out == ""
    assert done.err.startswith("migrator: The program has a defect (ZeroDivisionError).")
    assert f"migrator: {__file__}:" in done.err
    assert "broken\nmigrator: ValueError\n" in done.err
    assert "hunter2" not in done.err, "a message may quote what was being read"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_json_on_stdout_is_pure(call: Call, lang: str) -> None:
    for command in (("inspect", SAMPLE), ("assess", SAMPLE, "--target", "1.31"), ("catalog", "checks")):
        done = call(*command, "--format", "json", lang=lang)
        json.loads(done.out)


@pytest.mark.parametrize("topic", ["paths", "checks", "apis", "removals", "addons"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_catalog_is_listed(call: Call, topic: str, lang: str) -> None:
    done = call("catalog", topic, lang=lang)
    rows = json.loads(call("catalog", topic, "--format", "json").out)[topic]

    assert done.code == 0
    assert done.err == ""
    for row in rows:
        words = {
            "paths": lambda r: [r["profile"], *(f"{h['source']} → {h['target']}" for h in r["hops"])],
            "checks": lambda r: [r["check"], r["slug"]],
            "apis": lambda r: [r["api_version"], r["kind"], r["removed_in"], *r["sources"]],
            "removals": lambda r: [r["pattern"], r["since"], r["replacement"], *r["sources"]],
            "addons": lambda r: [r["name"], r["successor"], *(v["versions"] for v in r["versions"])],
        }[topic](row)
        assert [word for word in words if word not in done.out] == []


@pytest.mark.parametrize(("topic", "release"), [("apis", "removed_in"), ("removals", "since")])
def test_the_catalog_leaves_out_what_comes_after_a_target(call: Call, topic: str, release: str) -> None:
    every = json.loads(call("catalog", topic, "--format", "json").out)[topic]
    some = json.loads(call("catalog", topic, "--target", "v1.22.3", "--format", "json").out)[topic]
    assert some == [row for row in every if int(row[release].split(".")[1]) <= 22]
    assert 0 < len(some) < len(every)


def test_the_catalog_tells_which_versions_of_addons_a_target_can_have(call: Call) -> None:
    listed = json.loads(call("catalog", "addons", "--target", "1.33", "--format", "json").out)["addons"]
    newest = {row["name"]: [v["versions"] for v in row["versions"]] for row in listed}
    assert newest["coredns"] == ["==1.30.43"]
    assert newest["node-local-dns"] == []


def test_the_catalog_counts_its_checks(call: Call) -> None:
    listed = json.loads(call("catalog", "checks", "--format", "json").out)
    counts, asked = listed["counts"], sum(row["asks"] for row in listed["checks"])
    assert (counts["checks"], counts["asked"]) == (len(listed["checks"]), asked)
    assert counts["machine_decided"] == counts["checks"] - asked
    assert counts["api_pairs"] == len(json.loads(call("catalog", "apis", "--format", "json").out)["apis"])


def test_a_plan_tells_files_verdict_and_figures(call: Call, tmp_path: Path) -> None:
    out = tmp_path / "new" / "folder"

    done = call("plan", SAMPLE, "--target", "1.31", "--out", out, lang="zh")

    assert done.code == 1
    assert sorted(f.name for f in out.iterdir()) == ["manifests", "runbook-zh.json", "runbook-zh.md", "scripts"]
    assert str(out / "runbook-zh.md") in done.out
    assert "v1.13.10-r0 → v1.31" in done.out
    assert "33" in done.out


def test_the_language_and_the_formats_of_a_plan(call: Call, tmp_path: Path) -> None:
    call("plan", SAMPLE, "--target", "1.31", "--out", tmp_path, "--formats", "md", "--lang", "en")

    assert sorted(f.name for f in tmp_path.iterdir()) == ["runbook-en.md", "scripts"]
    assert (tmp_path / "runbook-en.md").read_text("utf-8").startswith("# Cross-version migration runbook: yunhe-mall\n")


@pytest.mark.parametrize(
    ("playbook", "title"),
    [
        ("nodes", "节点滚动升级与节点池迁移"),
        ("operations", "迁移后运维"),
        ("retirement", "老集群下线"),
    ],
)
def test_a_playbook_beside_the_strategies_is_asked_for(call: Call, tmp_path: Path, playbook: str, title: str) -> None:
    done = call("plan", SAMPLE, "--target", "1.31", "--playbook", playbook, "--out", tmp_path, lang="zh")

    assert done.code == 2, "its own checks leave something open, and do not block"
    assert title in done.out
    assert "策略" not in done.out
    assert json.loads((tmp_path / "runbook-zh.json").read_bytes())["playbook"] == playbook


def test_an_application_s_form_becomes_image_manifests_and_runbook(call: Call, tmp_path: Path) -> None:
    form = tmp_path / "form.yaml"
    form.write_text(call("containerise", "--template").out)

    done = call("containerise", form, "--target", "1.31", "--out", tmp_path / "out", "--lang", "en")

    assert (done.code, done.err) == (0, "")
    written = sorted(str(f.relative_to(tmp_path / "out")) for f in (tmp_path / "out").rglob("*") if f.is_file())
    assert written == [
        ".dockerignore",
        "Dockerfile",
        "manifests/40-workload.yaml",
        "manifests/50-service.yaml",
        "manifests/70-budget.yaml",
        "runbook-en.json",
        "runbook-en.md",
        "scripts/2.2-do-1.sh",
        "scripts/SHA256SUMS",
    ]


def test_a_form_that_is_wrong_is_refused_by_its_field(call: Call, tmp_path: Path) -> None:
    form = tmp_path / "form.yaml"
    form.write_text(call("containerise", "--template").out.replace("port: 8000", "port: 80"))

    done = call("containerise", form, "--target", "1.31", "--out", tmp_path / "out", lang="zh")

    assert done.code == 3
    assert "port" in done.err
    assert not (tmp_path / "out").exists()


def test_a_runbook_that_is_there_is_replaced(call: Call, tmp_path: Path) -> None:
    old = tmp_path / "runbook-zh.md"
    old.write_text("old")
    (tmp_path / "notes.txt").write_text("mine")

    call("plan", SAMPLE, "--target", "1.31", "--out", tmp_path, "--formats", "md")

    assert old.read_text("utf-8").startswith("# ")
    assert sorted(f.name for f in tmp_path.iterdir()) == ["notes.txt", "runbook-zh.md", "scripts"]


def test_programs_that_take_json_alone_get_no_scripts(call: Call, tmp_path: Path) -> None:
    call("plan", SAMPLE, "--target", "1.31", "--out", tmp_path, "--formats", "json")

    assert [f.name for f in tmp_path.iterdir()] == ["runbook-zh.json"]


def test_the_runbook_is_the_same_whether_its_manifests_are_asked_for_or_not(call: Call, tmp_path: Path) -> None:
    for formats in ("json", "json,manifests"):
        call("plan", SAMPLE, "--target", "1.31", "--out", tmp_path / formats, "--formats", formats)

    alone, beside = ((tmp_path / f / "runbook-zh.json").read_bytes() for f in ("json", "json,manifests"))
    assert alone == beside
    assert b"/manifests/50-workloads/" in alone
    assert not (tmp_path / "json" / "manifests").exists()


@pytest.mark.parametrize("below", ["", "deeper/still"])
def test_an_out_folder_that_is_a_file_is_refused_before_any_work(call: Call, tmp_path: Path, below: str) -> None:
    file = tmp_path / "file"
    file.write_text("mine")

    done = call("plan", tmp_path / "no-such-dump", "--target", "1.31", "--out", file / below)

    assert done.code == 3
    assert len(done.err.splitlines()) == 1
    assert "is a file, not a folder" in done.err
    assert file.read_text() == "mine"


def test_a_disk_that_refuses_leaves_the_old_document(tmp_path: Path) -> None:
    (tmp_path / "runbook-zh.md").write_text("old")

    with pytest.raises(migrator.cli.MigratorError) as caught:
        write_files(tmp_path, {"runbook-zh.md": b"new", f"{'x' * 300}.md": b"too long a name"})

    assert caught.value.code == "out_unwritable"
    assert "too long" in caught.value.message("en").lower()
    assert [f.name for f in tmp_path.iterdir()] == ["runbook-zh.md"]
    assert (tmp_path / "runbook-zh.md").read_text() == "old"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("tail", ["- <&-", "{file} >&-", "{file} >/dev/full", "{file} --format json >/dev/full"])
def test_closed_or_full_streams_give_one_line(tmp_path: Path, tail: str) -> None:
    file = tmp_path / "node.yaml"
    file.write_text("apiVersion: v1\nkind: Node\nmetadata: {name: n1}\n")
    line = f"{sys.executable} -m migrator inspect {tail.format(file=file)}"
    done = subprocess.run(
        ["/bin/sh", "-c", line],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment("en"),
        timeout=60,
        check=False,
    )
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert "standard" in done.stderr.lower()

"""From logging in to the downloaded runbook in the embedded profile, and what is refused on the way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from migrator import cli
from migrator.runbook.model import StepKind
from tests.api.route import (
    API,
    InProcess,
    accepted,
    created,
    dump_of,
    import_dump,
    listed,
    log_in,
    run_here,
    shown,
    walk,
)
from tests.conftest import ROOT, SMALL_DUMP
from tests.shop import SHOP, written

PASSWORD = "correct horse battery"
PROBLEM = "application/problem+json"
SAMPLE = ROOT / "docs" / "sample" / "yunhe-mall"


@pytest.fixture
def signed_in(manager, data_folder, no_broker, fresh_cache):
    client = InProcess()
    log_in(client, "manager", PASSWORD)
    return client


@pytest.fixture
def guest(manager, data_folder, no_broker, fresh_cache):
    return InProcess()


def command_line_files(dump: Path, target: str, out: Path) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for lang in ("zh", "en"):
        formats = "md,json,manifests"
        cli.main(["plan", str(dump), "--target", target, "--out", str(out), "--lang", lang, "--formats", formats])
        files |= {p.name: p.read_bytes() for p in out.iterdir() if p.is_file()}
    return files


def command_line_assessment(capfdbinary, dump: Path, target: str, lang: str) -> bytes:
    capfdbinary.readouterr()
    cli.main(["assess", str(dump), "--target", target, "--lang", lang, "--format", "json"])
    return capfdbinary.readouterr().out


def refused(answer, status: int, code: str) -> dict:
    """The problem document of a refusal."""
    assert (answer.status, answer.headers["content-type"]) == (status, PROBLEM), answer
    problem = answer.json()
    assert (problem["status"], problem["code"]) == (status, code), problem
    assert problem["detail"]
    return problem


def test_the_route_gives_what_the_command_line_gives(guest, tmp_path, capfdbinary):
    dump = written(SHOP, tmp_path / "dump")
    walked = walk(guest, run_here, username="manager", password=PASSWORD, dump=SHOP, target="1.25")
    assert walked.files == command_line_files(dump, "1.25", tmp_path / "out")
    for lang in ("zh", "en"):
        assert walked.documents[lang] == command_line_assessment(capfdbinary, dump, "1.25", lang)
    told = json.loads(walked.documents["en"])
    assert walked.assessment["readiness"] == told["readiness"]
    assert [f["key"] for f in walked.findings] == [f["key"] for f in told["findings"]]
    assert [f["message"] for f in walked.findings] == [f["message"] for f in told["findings"]]
    assert [(r["check"], r["outcome"], r["reason"]["text"]) for r in walked.results] == [
        (r["check"], r["outcome"], r["reason"]) for r in told["results"]
    ]
    removed = {(f["subject"]["kind"], f["subject"]["name"]) for f in walked.findings if "removed_in" in f["values"]}
    assert removed == {("Deployment", "web"), ("Ingress", "web")}


def test_the_steps_are_those_of_the_document(guest):
    walked = walk(guest, run_here, username="manager", password=PASSWORD, dump=SHOP, target="1.25")
    document = json.loads(walked.files["runbook-en.json"])
    steps = [step for phase in document["phases"] for step in phase["steps"]]
    assert walked.steps == steps
    assert walked.runbook["step_count"] == len(steps)
    gates = listed(guest, f"{API}/runbooks/{walked.runbook['uid']}/steps/", kind=StepKind.GATE.value)
    assert gates == [s for s in steps if s["kind"] == "gate"]
    assert gates


def test_the_path_and_its_reasons_are_told(guest):
    walked = walk(guest, run_here, username="manager", password=PASSWORD, dump=SHOP, target="1.25")
    document = json.loads(walked.documents["en"])
    assert walked.path["source"] == "v1.13.10-r0"
    assert walked.path["found"] == document["path"]["found"]
    assert walked.path["hops"] == document["path"]["hops"]
    # Only an assessment knows how much would stop each of the two.
    assert without_blockers(walked.path["strategy"]) == without_blockers(document["strategy"])


def without_blockers(strategy):
    return {**strategy, "options": [{**option, "blockers": None} for option in strategy["options"]]}


def test_the_sample_cluster_gives_what_the_command_line_gives(guest, tmp_path):
    dump = dump_of(SAMPLE)
    walked = walk(guest, run_here, username="manager", password=PASSWORD, dump=dump, target="1.25", name="yunhe-mall")
    assert walked.files == command_line_files(SAMPLE, "1.25", tmp_path / "out")


@pytest.mark.cases
def test_a_real_dump_gives_what_the_command_line_gives(guest, tmp_path, capfdbinary):
    dump = ROOT.parent / "shared" / "cases" / "A01-gke114-get-all"
    if not dump.is_dir():
        pytest.skip(f"the real inputs are not here: {dump}")
    walked = walk(guest, run_here, username="manager", password=PASSWORD, dump=dump_of(dump), target="1.25")
    assert walked.files == command_line_files(dump, "1.25", tmp_path / "out")
    assert walked.documents["zh"] == command_line_assessment(capfdbinary, dump, "1.25", "zh")


def test_findings_are_narrowed_down(guest):
    walked = walk(guest, run_here, username="manager", password=PASSWORD, dump=SHOP, target="1.25")
    address = f"{API}/assessments/{walked.assessment['uid']}/findings/"
    for column, of in (
        ("severity", lambda f: f["severity"]),
        ("category", lambda f: f["category"]),
        ("check", lambda f: f["check"]),
        ("namespace", lambda f: f["subject"]["namespace"]),
        ("kind", lambda f: f["subject"]["kind"]),
    ):
        values = sorted({of(f) for f in walked.findings if of(f)})
        assert values
        for value in values:
            wanted = [f for f in walked.findings if of(f) == value]
            assert listed(guest, address, **{column: value}) == wanted, (column, value)


def test_a_download_is_named_after_the_cluster(guest):
    walked = walk(guest, run_here, username="manager", password=PASSWORD, dump=SHOP, target="1.25", name="旧集群")
    address = f"{API}/runbooks/{walked.runbook['uid']}/download/"
    answer = guest.get(address, format="md", lang="zh")
    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"r1-runbook-zh.md\"; filename*=utf-8''%E6%97%A7%E9%9B%86%E7%BE%A4-r1-runbook-zh.md"
    )
    problem = refused(guest.get(address, format="odt"), 400, "invalid")
    assert [e["pointer"] for e in problem["errors"]] == ["#/format"]


def test_sentences_come_in_the_language_of_the_request(guest, manager):
    walked = walk(guest, run_here, username="manager", password=PASSWORD, dump=SHOP, target="1.25")
    chinese = InProcess("zh-hans")
    log_in(chinese, "manager", PASSWORD)
    found = listed(chinese, f"{API}/assessments/{walked.assessment['uid']}/findings/")
    told = json.loads(walked.documents["zh"])["findings"]
    assert [f["message"] for f in found] == [f["message"] for f in told]
    assert [f["message"] for f in found] != [f["message"] for f in walked.findings]
    steps = listed(chinese, f"{API}/runbooks/{walked.runbook['uid']}/steps/")
    assert steps[0]["title"]["text"] != walked.steps[0]["title"]["text"]


def test_nothing_is_told_to_strangers(guest):
    for address in ("clusters", "plans", "assessments", "runbooks", "operations", "catalog/profiles"):
        refused(guest.get(f"{API}/{address}/"), 401, "not_authenticated")
    refused(guest.post(f"{API}/plans/", {"target": "1.25"}), 401, "not_authenticated")


def test_what_cannot_be_planned_is_refused_at_once(signed_in):
    cluster = created(signed_in, f"{API}/clusters/", {"name": "old"})["uid"]
    import_dump(signed_in, run_here, cluster, {"all.yaml": SMALL_DUMP})
    for asked, status, code, field in (
        ({"target": "9.99"}, 422, "version_unknown", "target"),
        ({"target": "1.25", "source": "1.1"}, 422, "version_unknown", "source"),
        ({"target": "one point two"}, 400, "version_unreadable", "target"),
        ({"target": "1.25", "source": "first"}, 400, "version_unreadable", "source"),
        ({"target": "1.11"}, 422, "target_not_above_source", "target"),
        ({"target": "1.25", "source": "1.27"}, 422, "target_not_above_source", "target"),
        ({"target": "1.25", "profile": "nobody"}, 422, "profile_unknown", "profile"),
        ({"target": "1.25", "strategy": "upgrade"}, 422, "no_path", "strategy"),
        ({"target": "1.25", "registries": "nonsense"}, 422, "registries_line", "registries"),
        ({"target": "1.25", "note": "password=Sup3r-S3cret"}, 422, "text_secret", "note"),
    ):
        problem = refused(signed_in.post(f"{API}/plans/", {"cluster": cluster, **asked}), status, code)
        assert "Msg(" not in json.dumps(problem)
        assert problem["errors"] == [{"pointer": f"#/{field}", "code": code, "detail": problem["detail"]}]
    assert shown(signed_in, f"{API}/plans/")["count"] == 0


def test_a_cluster_without_facts_can_be_planned_but_not_assessed(signed_in):
    cluster = created(signed_in, f"{API}/clusters/", {"name": "old"})["uid"]
    refused(signed_in.post(f"{API}/plans/", {"cluster": cluster, "target": "9.99"}), 422, "version_unknown")
    body = {"cluster": cluster, "target": "1.25", "source": "1.27"}
    refused(signed_in.post(f"{API}/plans/", body), 422, "target_not_above_source")
    plan = created(signed_in, f"{API}/plans/", {"cluster": cluster, "target": "1.25"})["uid"]
    for made in ("assessments", "runbooks"):
        problem = refused(signed_in.post(f"{API}/plans/{plan}/{made}/"), 409, "plan_without_snapshot")
        assert "old" in problem["detail"]
    refused(signed_in.get(f"{API}/plans/{plan}/path/"), 409, "plan_without_snapshot")
    assert shown(signed_in, f"{API}/operations/")["count"] == 0


def test_an_empty_cluster_ends_in_a_failed_operation_that_says_what_to_do(signed_in):
    """A dump without nodes does not tell the version: the plan must."""
    cluster = created(signed_in, f"{API}/clusters/", {"name": "empty"})["uid"]
    plan = created(signed_in, f"{API}/plans/", {"cluster": cluster, "target": "1.25"})["uid"]
    empty = b"apiVersion: v1\nkind: Namespace\nmetadata: {name: default, uid: u1}\n"
    import_dump(signed_in, run_here, cluster, {"ns.yaml": empty})
    ended = run_here(signed_in, accepted(signed_in, f"{API}/plans/{plan}/assessments/"))
    assert (ended["status"], ended["problem"]["code"], ended["result"]) == ("failed", "source_unknown", None)
    assert "source" in ended["problem"]["detail"]
    assert shown(signed_in, f"{API}/assessments/")["count"] == 0
    refused(signed_in.post(f"{API}/plans/", {"cluster": cluster, "target": "1.25"}), 422, "source_unknown")
    body = {"cluster": cluster, "target": "1.25", "source": "v1.13.10-r0"}
    plan = created(signed_in, f"{API}/plans/", body)["uid"]
    ended = run_here(signed_in, accepted(signed_in, f"{API}/plans/{plan}/runbooks/"))
    assert (ended["status"], ended["result"]["readiness"]) == ("succeeded", "incomplete")


def test_a_broken_file_stores_nothing(signed_in):
    cluster = created(signed_in, f"{API}/clusters/", {"name": "broken"})["uid"]
    answer = signed_in.post(f"{API}/clusters/{cluster}/imports/", files={"all.yaml": b"\x00\xff{[ no dump"})
    assert answer.status == 202
    ended = run_here(signed_in, answer.json())
    assert ended["status"] == "failed"
    assert "all.yaml" in ended["problem"]["detail"]
    assert shown(signed_in, f"{API}/clusters/{cluster}/snapshots/")["count"] == 0


def test_what_could_be_read_of_a_partly_broken_dump_is_planned(signed_in, tmp_path):
    broken = {"good.yaml": SMALL_DUMP, "bad.yaml": b"a: [1\n"}
    cluster = created(signed_in, f"{API}/clusters/", {"name": "partly"})["uid"]
    snapshot = import_dump(signed_in, run_here, cluster, broken)
    assert (snapshot["files_read"], snapshot["files_not_read"]) == (1, 1)
    plan = created(signed_in, f"{API}/plans/", {"cluster": cluster, "target": "1.25"})["uid"]
    made = run_here(signed_in, accepted(signed_in, f"{API}/plans/{plan}/runbooks/"))["result"]
    content = signed_in.get(f"{API}/runbooks/{made['runbook']}/download/", format="md", lang="en").content
    files = command_line_files(written(broken, tmp_path / "dump"), "1.25", tmp_path / "out")
    assert content == files["runbook-en.md"]
    assert b"bad.yaml" in content


def test_a_plan_is_changed_and_its_changes_are_checked(signed_in):
    cluster = created(signed_in, f"{API}/clusters/", {"name": "old"})["uid"]
    import_dump(signed_in, run_here, cluster, {"all.yaml": SMALL_DUMP})
    plan = created(signed_in, f"{API}/plans/", {"cluster": cluster, "target": "1.25"})
    address = f"{API}/plans/{plan['uid']}/"
    assert plan["name"] == "old → 1.25"
    assert plan["created_by"] == "manager"
    refused(signed_in.patch(address, {"target": "1.9"}), 422, "target_not_above_source")
    assert shown(signed_in, address) == plan
    changed = signed_in.patch(address, {"target": "1.27", "note": "spring"})
    assert changed.status == 200
    assert {**plan, "target": "1.27", "note": "spring"} == {**changed.json(), "updated_at": plan["updated_at"]}
    assert signed_in.delete(address).status == 204
    refused(signed_in.get(address), 404, "not_found")


def test_a_plan_with_history_is_kept(signed_in):
    cluster = created(signed_in, f"{API}/clusters/", {"name": "old"})["uid"]
    import_dump(signed_in, run_here, cluster, {"all.yaml": SMALL_DUMP})
    plan = created(signed_in, f"{API}/plans/", {"cluster": cluster, "target": "1.25"})["uid"]
    run_here(signed_in, accepted(signed_in, f"{API}/plans/{plan}/runbooks/"))
    refused(signed_in.delete(f"{API}/plans/{plan}/"), 409, "still_used")
    refused(signed_in.delete(f"{API}/clusters/{cluster}/"), 409, "still_used")
    assert shown(signed_in, f"{API}/plans/{plan}/")["uid"] == plan


def test_the_catalog_is_told(signed_in):
    profiles = signed_in.get(f"{API}/catalog/profiles/").json()
    assert "ctyun" in [p["name"] for p in profiles]
    hops = next(p["hops"] for p in profiles if p["name"] == "ctyun")
    assert {"source": "1.13", "target": "1.15"}.items() <= next(h for h in hops if h["source"] == "1.13").items()
    releases = signed_in.get(f"{API}/catalog/releases/").json()
    assert {"1.13", "1.15", "1.25", "1.31"} <= {r["minor"] for r in releases}

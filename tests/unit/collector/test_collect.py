"""The collector, run by real shells against a kubectl that serves recorded answers; the product reads the archive."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from migrator.collector.script import collect_script
from migrator.locale import LANGS
from migrator.snapshot.model import CoverageState, Section, Snapshot
from migrator.snapshot.read import read_paths
from tests.unit.collector.cluster import (
    EXPIRED,
    FORBIDDEN,
    POD,
    SHELLS,
    TIMEOUT,
    Bastion,
    Collected,
    Error,
    Slow,
    answers,
    few,
    named,
    typed,
)

ALL = sorted(SHELLS.keys() - {"sh"})


def read(collected: Collected) -> Snapshot:
    assert collected.archive is not None
    return read_paths([collected.archive])


def state(snapshot: Snapshot, section: Section) -> CoverageState:
    return next(c.state for c in snapshot.coverage if c.section is section)


def problems(snapshot: Snapshot) -> list[str]:
    return [p.code for i in snapshot.inputs for p in i.problems]


# --- the script itself ---


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("shell", ALL)
def test_every_shell_understands_it(tmp_path: Path, shell: str, lang: str) -> None:
    bastion = Bastion(tmp_path, {}, lang)  # type: ignore[arg-type]
    process = bastion.start("--help", shell=shell)
    said, wrong = process.communicate(timeout=30)
    assert (process.returncode, wrong) == (0, "")
    assert said.startswith("usage: sh collect.sh" if lang == "en" else "用法：sh collect.sh")
    done = subprocess.run([*SHELLS[shell], "-n", str(bastion.script)], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_the_languages_differ_in_their_sentences_alone() -> None:
    scripts = {lang: collect_script(lang).decode() for lang in LANGS}
    bare = {
        lang: re.sub(r"(?m)^t_\w+\(\) .*$", "", re.sub(r"(?s)END_OF_USAGE'.*?END_OF_USAGE", "", s))
        for lang, s in scripts.items()
    }
    assert bare["zh"] == bare["en"]
    assert not re.search(r"@[A-Z_]+@", scripts["en"])
    called = set(re.findall(r"\bt_\w+", bare["en"]))
    assert called == set(re.findall(r"^(t_\w+)\(\)", scripts["en"], flags=re.M)), "every sentence is said somewhere"


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--frob",), "--frob"),
        (("--kubeconfig",), "--kubeconfig"),
        (("--timeout", "soon"), "soon"),
        (("--timeout=",), "number"),
        (("--node-facts", "magic"), "magic"),
        (("--node-facts", "ssh", "--hosts", "nowhere"), "nowhere"),
        (("--image", "a b"), "a b"),
        (("dump",), "dump"),
    ],
)
def test_wrong_usage_is_named_and_does_nothing(tmp_path: Path, arguments: tuple[str, ...], word: str) -> None:
    bastion = Bastion(tmp_path)
    done = bastion.run(*arguments)
    assert done.code == 2
    assert word in done.said
    assert bastion.calls() == ""


# --- collecting ---


@pytest.mark.parametrize("shell", ALL)
def test_everything_is_collected_and_read(tmp_path: Path, shell: str) -> None:
    bastion = Bastion(tmp_path)
    done = bastion.run(shell=shell)
    assert done.code == 0, done.said
    assert done.manifest["complete"] is True
    assert (done.manifest["server"], done.manifest["kubectl"]) == ("v1.15.11-r1", "v1.13.4")
    assert (done.manifest["cluster"], done.manifest["context"]) == ("old-shop", "ops@old")
    rows = done.rows()
    assert rows["deployments.apps"] == rows["cronjobs.batch"] == rows["ingresses.extensions"] == "collected"
    assert rows["events"] == rows["deployments.extensions"] == "left_out"
    assert "bindings" not in rows, "it cannot be listed"
    counts = {r["resource"]: r["count"] for r in done.manifest["resources"] if r["status"] == "collected"}
    assert counts["namespaces"] == 3
    assert counts["configmaps"] in (0, 1)
    snapshot = read(done)
    assert problems(snapshot) == []
    assert [o.ref.name for o in snapshot.objects if o.ref.kind == "Deployment"] == ["web"]
    for section in (Section.CLAIMS, Section.INGRESSES, Section.PODS, Section.HELM_RELEASES, Section.API_REQUESTS):
        assert snapshot.covers(section), section
    assert (str(snapshot.cluster.version), snapshot.cluster.version_source) == ("v1.15.11-r1", "server")
    assert [(r.name, r.revision, r.status) for r in snapshot.helm_releases] == [("web", 3, "deployed")]
    assert not list(tmp_path.glob("cce-collection-*")), "the folder is gone once it is packed"


def test_nothing_but_reading_is_asked_of_the_cluster(tmp_path: Path) -> None:
    bastion = Bastion(tmp_path)
    bastion.run("--kubeconfig", "/home/ops/.kube/config", "--context=prod")
    calls = [line for line in bastion.calls().splitlines() if line.startswith("--")]  # a template has several lines
    verbs = {re.sub(r"^(--\S+ )*", "", call).split()[0] for call in calls}
    assert verbs == {"get", "version", "config", "auth"}
    assert all("--kubeconfig=/home/ops/.kube/config --context=prod --request-timeout=300s" in call for call in calls)


def test_a_client_without_api_resources_and_a_server_without_discovery(tmp_path: Path) -> None:
    given = answers() | {"/apis": FORBIDDEN, "/api/v1": FORBIDDEN}
    done = Bastion(tmp_path, given).run()
    rows = done.rows()
    assert "does not tell its resources" in done.said
    assert rows["deployments.apps"] == "collected"
    assert rows["podsecuritypolicies.policy"] == "not_served"
    assert done.code == 0


def test_a_group_that_does_not_answer_is_named(tmp_path: Path) -> None:
    given = answers()
    given["/apis"]["groups"].append({"name": "custom.example.com", "versions": [], "preferredVersion": {}})
    given["/apis"]["groups"][-1]["versions"] = [{"groupVersion": "custom.example.com/v1", "version": "v1"}]
    given["/apis/custom.example.com/v1"] = Error(
        "Error from server (ServiceUnavailable): the server is unable to handle it"
    )
    done = Bastion(tmp_path, given).run()
    assert done.code == 1
    assert "ServiceUnavailable" in done.rows("failed")["*.custom.example.com"]
    assert problems(read(done)) == ["input_collect_failed"]


@pytest.mark.parametrize("shell", ALL)
def test_large_lists_come_in_pages_and_are_counted(tmp_path: Path, shell: str) -> None:
    given = few()
    pods = [named(f"web-{n}", "shop", **POD) for n in range(1250)]
    base = "/api/v1/pods"
    given[base] = typed("Pod", "v1", *pods[:500], go_on="eyJ2IjoxfQ")
    given[f"{base}?continue=eyJ2IjoxfQ"] = typed("Pod", "v1", *pods[500:1000], go_on="abc_-9")
    given[f"{base}?continue=abc_-9"] = typed("Pod", "v1", *pods[1000:])
    done = Bastion(tmp_path, given).run(shell=shell)
    row = next(r for r in done.manifest["resources"] if r["resource"] == "pods")
    assert (row["count"], len(row["files"])) == (1250, 3)
    assert len(read(done).pods) == 1250


def test_pages_that_have_gone_stale_are_asked_for_again_all_at_once(tmp_path: Path) -> None:
    given = few()
    given["/api/v1/pods"] = typed("Pod", "v1", named("a", "shop"), go_on="old")
    given["/api/v1/pods?continue=old"] = EXPIRED
    bastion = Bastion(tmp_path, given)
    bastion.kubectl.write_text(  # without a limit it tells all of them
        bastion.kubectl.read_text().replace(
            "answer() {", "answer() {\n    case $1 in /api/v1/pods) set -- all-pods ;; esac"
        )
    )
    bastion.answer({"all-pods": typed("Pod", "v1", named("a", "shop"), named("b", "shop"))})
    done = bastion.run()
    row = next(r for r in done.manifest["resources"] if r["resource"] == "pods")
    assert (row["status"], row["count"], len(row["files"])) == ("collected", 2, 1)
    assert sorted(p.name for p in read(done).pods) == ["a", "b"]


# --- what may not be read, fails, or is cut off ---


def test_what_is_refused_is_refused_in_the_product_too(tmp_path: Path) -> None:
    given = answers() | {"/api/v1/pods": FORBIDDEN, "/apis/storage.k8s.io/v1/storageclasses": FORBIDDEN}
    for space in ("default", "shop", "kube-system"):
        given[f"/api/v1/namespaces/{space}/pods"] = FORBIDDEN
    bastion = Bastion(tmp_path, given)
    (tmp_path / "denied").write_text("pods\n")
    done = bastion.run()
    assert done.code == 1
    assert "may not read: pods" in done.said
    assert set(done.rows("refused")) == {"pods", "storageclasses.storage.k8s.io"}
    assert 'User "ops" cannot list' in done.rows("refused")["storageclasses.storage.k8s.io"]
    snapshot = read(done)
    assert state(snapshot, Section.PODS) is CoverageState.REFUSED
    assert state(snapshot, Section.STORAGE_CLASSES) is CoverageState.REFUSED
    assert state(snapshot, Section.WORKLOADS) is CoverageState.READ
    assert state(snapshot, Section.OBJECTS) is CoverageState.READ
    assert snapshot.kinds_refused == {"Pod", "StorageClass"}
    assert problems(snapshot) == ["input_collect_refused"]


def test_where_not_all_may_be_listed_each_namespace_is_asked(tmp_path: Path) -> None:
    given = answers() | {"/apis/apps/v1/deployments": FORBIDDEN, "secrets": FORBIDDEN}
    for space in ("default", "kube-system"):
        given[f"/apis/apps/v1/namespaces/{space}/deployments"] = typed("Deployment", "apps/v1")
        given[f"secrets -n {space}"] = '{"kind":"SecretList","apiVersion":"v1","items":[]}\n'
    given["/apis/apps/v1/namespaces/shop/deployments"] = FORBIDDEN
    given["secrets -n shop"] = FORBIDDEN
    done = Bastion(tmp_path, given).run()
    assert done.code == 1
    assert done.rows("partial") == {
        "deployments.apps": "not_all_namespaces: shop",
        "secrets": "not_all_namespaces: shop",
    }
    snapshot = read(done)
    assert state(snapshot, Section.WORKLOADS) is CoverageState.REFUSED, "a part is missing"


def test_named_namespaces_are_never_taken_for_all(tmp_path: Path) -> None:
    given = few() | {"/api/v1/pods": FORBIDDEN, "/api/v1/namespaces": FORBIDDEN}
    given["/api/v1/namespaces/shop/pods"] = typed("Pod", "v1", named("web-1", "shop", **POD))
    done = Bastion(tmp_path, given).run("--namespaces", "shop")
    assert done.rows()["pods"] == "partial"
    assert len(read(done).pods) == 1


def test_a_resource_that_fails_half_way_is_told_with_what_came(tmp_path: Path) -> None:
    given = few()
    given["/api/v1/pods"] = typed("Pod", "v1", named("a", "shop"), go_on="next")
    given["/api/v1/pods?continue=next"] = TIMEOUT
    given["/api/v1/services"] = TIMEOUT
    done = Bastion(tmp_path, given).run()
    assert done.code == 1
    assert done.rows("partial")["pods"].startswith("Unable to connect")
    assert done.rows("failed")["services"].startswith("Unable to connect")
    snapshot = read(done)
    assert state(snapshot, Section.PODS) is CoverageState.REFUSED
    assert state(snapshot, Section.SERVICES) is CoverageState.ABSENT
    assert sorted(problems(snapshot)) == ["input_collect_failed", "input_collect_partial"]


def test_an_answer_that_is_cut_off_is_not_packed(tmp_path: Path) -> None:
    whole = '{"kind":"ServiceList","apiVersion":"v1","items":[{"metadata":{"name":"a"}},{"metadata":{"na'
    done = Bastion(tmp_path, few() | {"/api/v1/services": whole}).run()
    assert done.rows("failed") == {"services": "cut_off"}
    assert state(read(done), Section.SERVICES) is CoverageState.ABSENT


def test_a_full_disk_ends_it_with_words_and_what_was_collected(tmp_path: Path) -> None:
    full = Error("error: write /dev/stdout: no space left on device")
    done = Bastion(tmp_path, few() | {"/api/v1/pods": full}).run()
    assert done.code == 4
    assert "The disk is full" in done.said
    assert done.archive is not None
    assert done.archive.name == "out-partial.tar.gz"
    assert (done.manifest["complete"], done.manifest["disk_full"]) == (False, True)
    assert "input_collect_incomplete" in problems(read(done))


@pytest.mark.parametrize("shell", ALL)
def test_interrupted_it_packs_what_is_whole_and_says_so(tmp_path: Path, shell: str) -> None:
    given = few()
    given["/api/v1/pods"] = typed("Pod", "v1", named("a", "shop"), go_on="next")
    given["/api/v1/pods?continue=next"] = Slow(20, typed("Pod", "v1", named("b", "shop")))
    done = Bastion(tmp_path, given).interrupted(shell=shell, until="continue=next")
    assert done.code == 130
    assert done.archive is not None
    assert done.archive.name == "out-partial.tar.gz"
    assert "Interrupted" in done.said
    assert (done.manifest["complete"], done.manifest["interrupted"]) == (False, True)
    snapshot = read(done)
    assert not snapshot.covers(Section.PODS), "the pages of a list that was not finished are left out"
    assert snapshot.covers(Section.NODES)
    assert next(i.status for i in snapshot.inputs if i.format == "collection") == "partial"


@pytest.mark.parametrize(
    ("version", "word"),
    [
        (Error("The connection to the server 192.168.0.61:5443 was refused"), "192.168.0.61:5443 was refused"),
        (Error("error: stat /root/.kube/config: no such file or directory"), "error: stat (kubeconfig): no such file"),
        (Error("Unable to connect to the server: https://ops:Sup3r@10.0.0.1: EOF"), "https://***@10.0.0.1"),
        (Error("error: token: abcdefghijkl is wrong"), "token *** is wrong"),
    ],
)
def test_a_cluster_out_of_reach_is_told_without_credentials(tmp_path: Path, version: Error, word: str) -> None:
    done = Bastion(tmp_path, {"/version": version}).run()
    assert (done.code, done.archive) == (3, None)
    assert word in done.said
    assert not list(tmp_path.glob("cce-collection-*"))


def test_without_kubectl_nothing_happens(tmp_path: Path) -> None:
    done = Bastion(tmp_path).run(KUBECTL="no-such-kubectl")
    assert done.code == 3
    assert "no-such-kubectl" in done.said


def test_check_asks_for_rights_alone(tmp_path: Path) -> None:
    bastion = Bastion(tmp_path, few())
    (tmp_path / "denied").write_text("secrets\n")
    done = bastion.run("--check")
    assert (done.code, done.archive) == (0, None)
    assert "may read: nodes" in done.said
    assert "may not read: secrets" in done.said


def test_a_file_that_is_lost_on_the_way_is_missed(tmp_path: Path) -> None:
    bastion = Bastion(tmp_path, few())
    done = bastion.run()
    assert done.archive is not None
    subprocess.run(["tar", "-xzf", done.archive.name], cwd=tmp_path, check=True)
    folder = next(tmp_path.glob("cce-collection-*"))
    next(folder.glob("resources/pods*.json")).unlink()
    snapshot = read_paths([folder])
    report = next(i for i in snapshot.inputs if i.format == "collection")
    assert (report.status, report.reason) == ("partial", "input_collect_lost")
    assert (report.values["resource"], report.values["count"], report.values["objects"]) == ("pods", 1, 0)

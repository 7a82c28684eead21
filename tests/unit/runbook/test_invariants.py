"""The invariants over clusters written by hand, the sample, and a real dump."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from migrator.catalog.model import Mode, Rollback, Start
from migrator.engine import Request, assess, compile_runbook, convert
from migrator.errors import MigratorError
from migrator.paths.model import Strategy
from migrator.runbook.model import Playbook
from migrator.snapshot.model import Namespace, Node, ObjectRef, Service, Snapshot, Volume, Workload
from migrator.snapshot.read import read_paths
from tests.unit.runbook import clusters
from tests.unit.runbook.clusters import beside, hop, migrate, steps_of, upgrade
from tests.unit.runbook.invariants import check_all, check_each_command, check_files, check_names

ROOT = Path(__file__).parents[3]
CASES = ROOT.parent / "shared" / "cases"
SNAPSHOTS = {
    "shop": clusters.shop(),
    "flex volumes": clusters.on_flex_volume(),
    "empty": clusters.empty(),
    "only volumes": Snapshot(volumes=(clusters.disk("pv-1", ""),)),
}
ROUTES = {
    "rolling by ticket": (hop("1.13", "1.15", start=Start.TICKET), hop("1.15", "1.17")),
    "reset": (hop("1.15", "1.17", mode=Mode.RESET),),
    "in place": (
        hop("1.15", "1.19", mode=Mode.IN_PLACE, rollback=Rollback.ON_FAILURE),
        hop("1.19", "1.23", mode=Mode.IN_PLACE, rollback=Rollback.ON_FAILURE),
        hop("1.23", "1.28", mode=Mode.IN_PLACE, rollback=Rollback.ON_FAILURE),
    ),
    "patch only": (),
}


@pytest.mark.parametrize("name", SNAPSHOTS)
@pytest.mark.parametrize("target", ["v1.15", "v1.21", "v1.25"])
def test_migration(name: str, target: str) -> None:
    runbook = migrate(SNAPSHOTS[name], target=target)
    check_all(runbook, SNAPSHOTS[name])
    check_names(steps_of(runbook), SNAPSHOTS[name])


@pytest.mark.parametrize("name", SNAPSHOTS)
@pytest.mark.parametrize("route", ROUTES)
def test_upgrade(name: str, route: str) -> None:
    check_all(upgrade(SNAPSHOTS[name], *ROUTES[route]), SNAPSHOTS[name])


@pytest.mark.parametrize("name", SNAPSHOTS)
@pytest.mark.parametrize("playbook", [Playbook.NODES, Playbook.RETIREMENT, Playbook.OPERATIONS])
def test_playbooks_beside_the_strategies(name: str, playbook: Playbook) -> None:
    if playbook is Playbook.NODES and not SNAPSHOTS[name].nodes:
        with pytest.raises(MigratorError) as caught:
            beside(SNAPSHOTS[name], playbook)
        assert caught.value.code == "playbook_without_nodes"
        return
    runbook = beside(SNAPSHOTS[name], playbook)
    check_all(runbook, SNAPSHOTS[name])
    if playbook is not Playbook.OPERATIONS:  # which makes things of its own
        check_names(steps_of(runbook), SNAPSHOTS[name])


def test_names_that_a_shell_would_run_stay_words() -> None:
    """Names come from a file that somebody gave; whatever is in them must not become a command."""
    evil = "x; rm -rf ~ #'\n\"$(id)`"
    ref = ObjectRef(api_version="apps/v1", kind="Deployment", namespace=evil, name=evil)
    snapshot = Snapshot(
        namespaces=(Namespace(name=evil),),
        nodes=(Node(name=evil, pool=evil, labels={evil: evil}),),
        workloads=(Workload(ref=ref, replicas=1),),
        services=(Service(namespace=evil, name=evil, selector={"a": "b"}),),
        volumes=(Volume(name=evil, claim_namespace=evil, claim_name=evil),),
    )
    check_all(migrate(snapshot), snapshot)
    for playbook in (Playbook.NODES, Playbook.RETIREMENT, Playbook.OPERATIONS):
        check_all(beside(snapshot, playbook), snapshot)


def test_the_sample() -> None:
    snapshot = read_paths([ROOT / "docs" / "sample"])
    for target, profile in (("1.15", "ctyun"), ("1.25", "ctyun"), ("1.31", "otc-2026")):
        request = Request(target=target, strategy="migrate", profile=profile)
        runbook = compile_runbook(snapshot, assess(snapshot, request))
        check_all(runbook, snapshot)
        check_names(steps_of(runbook), snapshot)


def test_the_sample_upgraded_in_place() -> None:
    snapshot = clusters.without_bare_metal(read_paths([ROOT / "docs" / "sample"]))
    assessment = assess(snapshot, Request(target="1.17", strategy="upgrade"))
    assert assessment.choice.strategy is Strategy.UPGRADE
    runbook = compile_runbook(snapshot, assessment)
    check_all(runbook, snapshot)
    assert [p.key for p in runbook.phases] == ["prepare", "hop:1.13->1.15", "hop:1.15->1.17", "finish"]


@pytest.mark.cases
@pytest.mark.parametrize(
    ("case", "source"),
    [
        ("A01-gke114-get-all", ""),
        ("B02-otc-flexvolume-pages", "v1.13.10-r0"),
        ("B13-otc-everest-csi", "v1.19.16-r4"),
        ("B14-otc-elb-services-ingress", "v1.15.11-r1"),
        ("F01-k8s19-addons-2018", "v1.9.7-r1"),
    ],
)
def test_real_inputs(case: str, source: str, tmp_path: Path) -> None:
    if not CASES.is_dir():
        pytest.skip(f"the real inputs are not here: {CASES}")
    snapshot = read_paths([CASES / case])
    assessment = assess(snapshot, Request(target="1.25", source=source, strategy="migrate"))
    bundle = convert(snapshot, assessment.source, assessment.target)
    runbook = compile_runbook(snapshot, assessment, bundle=bundle)
    check_all(runbook, snapshot)
    check_names(steps_of(runbook), snapshot)
    check_files(steps_of(runbook), bundle)
    check_each_command(steps_of(runbook), tmp_path)


def test_the_same_bytes_twice() -> None:
    def encoded(snapshot: Snapshot) -> bytes:
        return msgspec.json.encode(migrate(snapshot), order="deterministic")

    assert encoded(clusters.shop()) == encoded(clusters.shop())


def test_many_workloads_share_the_window_of_their_namespace() -> None:
    names = [f"app-{i}" for i in range(400)]
    snapshot = Snapshot(
        workloads=tuple(
            clusters.workload("Deployment", f"ns-{i % 10}", n, mounts=(clusters.mount(n),)) for i, n in enumerate(names)
        ),
        volumes=tuple(clusters.disk(f"pv-{n}", f"ns-{i % 10}/{n}") for i, n in enumerate(names) if i % 4 == 0),
        claims=tuple(
            clusters.claim(f"ns-{i % 10}/{n}", f"pv-{n}", f"ns-{i % 10}/Deployment/{n}")
            for i, n in enumerate(names)
            if i % 4 == 0
        ),
        services=tuple(clusters.service(f"ns-{i % 10}", n) for i, n in enumerate(names)),
    )
    assert 10 <= len(steps_of(migrate(snapshot))) < 200

"""Eight situations that occur in practice, each a small input and its runbooks in both languages.

Where a change of words or steps is wanted: pytest tests/golden --update-golden, and read the diff as an engineer would.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from migrator.conversion.model import Bundle
from migrator.engine import Assessment, Request, assess, compile_application, compile_runbook, convert
from migrator.locale import LANGS, Lang
from migrator.paths.model import Strategy
from migrator.render import FORMATS, scripts
from migrator.runbook.application.form import read_form
from migrator.runbook.model import Playbook, Runbook, Step
from migrator.snapshot.model import Snapshot
from migrator.snapshot.read import read_paths
from tests.unit.runbook.invariants import check_all, check_each_command, check_files

HERE = Path(__file__).parent / "situations"
Golden = Callable[[Path, bytes], None]
# Name of the runbook -> folder of the input, and what is asked.
SITUATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "shared-storage": ("shared-storage", {"target": "1.31", "strategy": "migrate"}),
    "disks-with-outage": ("disks-with-outage", {"target": "1.25", "strategy": "migrate"}),
    "flexvolume": ("flexvolume", {"target": "1.25", "strategy": "migrate"}),
    "upgrade-in-place": ("upgrade-in-place", {"target": "1.17", "strategy": "upgrade"}),
    "bare-metal": ("bare-metal", {"target": "1.15"}),
    "ticket": ("flexvolume", {"target": "1.15", "strategy": "upgrade"}),
    "rolling-nodes": ("rolling-nodes", {"target": "1.31", "playbook": Playbook.NODES}),
    "operations": ("after-the-move", {"target": "1.31", "playbook": Playbook.OPERATIONS}),
    "retirement": ("after-the-move", {"target": "1.31", "playbook": Playbook.RETIREMENT}),
    "tomcat": ("tomcat", {"target": "1.31"}),
}
OF_A_CLUSTER = [name for name in SITUATIONS if name != "tomcat"]


def cluster(name: str) -> tuple[Snapshot, Assessment]:
    folder, asked = SITUATIONS[name]
    wanted = {key: value for key, value in asked.items() if key != "playbook"}
    snapshot = read_paths([HERE / folder / "cluster.yaml"])
    return snapshot, assess(snapshot, Request(**wanted))


@cache
def bundle(name: str) -> Bundle:
    snapshot, assessment = cluster(name)
    return convert(snapshot, assessment.source, assessment.target)


@cache
def runbook(name: str) -> Runbook:
    folder, asked = SITUATIONS[name]
    if name == "tomcat":
        made = compile_application(read_form(HERE / folder / "form.yaml"), asked["target"])
    else:
        made = compile_runbook(*cluster(name), playbook=asked.get("playbook"))
    return msgspec.structs.replace(made, catalog_digest="sha256:catalog", ruleset_digest="sha256:ruleset")


def steps(name: str) -> dict[str, Step]:
    return {s.key: s for p in runbook(name).phases for s in p.steps}


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", SITUATIONS)
def test_the_runbook_in_markdown(name: str, lang: Lang, golden: Golden) -> None:
    golden(HERE / SITUATIONS[name][0] / f"{name}.{lang}.md", FORMATS["md"].render(runbook(name), lang))


@pytest.mark.parametrize("name", SITUATIONS)
def test_the_scripts_that_the_runbook_calls(name: str, golden: Golden) -> None:
    file = HERE / SITUATIONS[name][0] / f"{name}.scripts.sh"
    if made := scripts.files_of(runbook(name)):
        golden(file, b"\n".join(made.values()))
    else:
        assert not file.exists()


@pytest.mark.parametrize("name", OF_A_CLUSTER)
def test_the_invariants_hold(name: str) -> None:
    check_all(runbook(name), read_paths([HERE / SITUATIONS[name][0] / "cluster.yaml"]))


@pytest.mark.parametrize("name", SITUATIONS)
def test_each_command_is_valid_by_itself(name: str, tmp_path: Path) -> None:
    check_each_command(list(steps(name).values()), tmp_path)


@pytest.mark.parametrize("name", ["shared-storage", "disks-with-outage", "flexvolume", "bare-metal"])
def test_a_migration_applies_files_that_its_bundle_holds(name: str) -> None:
    check_files(list(steps(name).values()), bundle(name))


def test_shared_storage_moves_without_an_outage_of_stored_data() -> None:
    found = runbook("shared-storage")
    assert not any(key.startswith("outage.") for key in steps("shared-storage"))
    assert [o.business for o in found.outages] == ["media/frontend, gallery"], (
        "only what must not run twice is handed over"
    )


def test_disks_are_moved_in_a_window_of_their_own() -> None:
    found = runbook("disks-with-outage")
    keys = [key for key in steps("disks-with-outage") if key.startswith("outage.")]
    assert [key.partition(":")[0] for key in keys] == [
        *("outage.window", "outage.stop", "outage.release", "outage.attach", "outage.start", "outage.test")
    ]
    assert [o.business for o in found.outages] == ["site/portal", "orders/db, api, settle"]
    assert found.outage_minutes[1] <= sum(o.minutes[1] for o in found.outages)


def test_flexvolumes_become_static_volumes_of_everest() -> None:
    text = "".join(file.text for file in bundle("flexvolume").files)
    assert "disk.csi.everest.io" in text
    assert "nas.csi.everest.io" in text
    assert "flexVolume" not in text


def test_the_upgrade_goes_hop_by_hop_after_coredns() -> None:
    found = [p.key for p in runbook("upgrade-in-place").phases]
    assert found == ["prepare", "hop:1.15->1.17", "finish"]
    order = [key.partition(":")[0] for key in steps("upgrade-in-place") if key.startswith("hop.")]
    assert order[0] == "hop.coredns"
    assert order.index("hop.gate") < next(i for i, key in enumerate(order) if key.startswith("hop.start"))


def test_a_cluster_with_a_bare_metal_node_is_migrated() -> None:
    found = runbook("bare-metal")
    assert found.choice is not None
    assert (found.playbook, found.choice.strategy) == (Playbook.MIGRATION, Strategy.MIGRATE)
    assert any("bare_metal" in reason.key for reason in found.path.reasons) if found.path else False


def test_the_old_hop_goes_by_ticket_and_cannot_be_taken_back() -> None:
    start = steps("ticket")["hop.start_final:1.13->1.15"]
    assert start.point_of_no_return
    assert any("ticket" in w.key for w in start.warnings)


def test_a_budget_that_blocks_is_told_before_nodes_are_drained() -> None:
    told = steps("rolling-nodes")["rolling.review"].warnings
    assert [w.values["names"] for w in told] == [["PodDisruptionBudget shop/web"]]


def test_names_for_tracing_are_told_apart() -> None:
    names = [row[1] for row in steps("operations")["traces.names"].tables[0].rows]
    assert len(set(names)) == len(names) == 2
    assert all(len(str(n)) <= 24 for n in names)


def test_the_tomcat_becomes_an_image_without_root() -> None:
    text = "".join(a.manifest for a in steps("tomcat")["app.sources"].actions)
    assert "ROOT.war" in text
    assert "USER 10001" in text

"""The loader takes the shipped data and refuses every broken copy, naming file and field."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from migrator.catalog.loader import load_catalog, shipped_catalog
from migrator.errors import CatalogError
from tests.unit.catalog.conftest import DATA, problems

ProblemsOf = Callable[[str, str, str], list[tuple[str, str, str]]]


def test_the_shipped_data_loads_and_is_read_once() -> None:
    assert shipped_catalog() is shipped_catalog()
    assert load_catalog(DATA) == shipped_catalog()


# By file: what is replaced, by what, the problem that must follow, and the field it must name.
BROKEN = {
    "schema.yaml": [
        ('"1.0"', '"2.0"', "schema_unsupported", "schema"),
        ('"1.0"', '"1.1"', "schema_unsupported", "schema"),
        ('"1.0"', "newest", "schema_unreadable", "schema"),
    ],
    "sources.yaml": [
        ("tag: OVW", "tag: course", "not_unique", "sources[1].tag"),
        ("https://", "http://", "not_https", "sources[1].url"),
        ("title: ", "name: ", "unknown_key", "sources[0].name"),
        ("title: ", "name: ", "missing_field", "sources[0].title"),
        ("    title: ", "    tag: again\n    title: ", "duplicate_key", "sources[0].tag"),
    ],
    "removals/seen_in_objects.yaml": [
        ("name: critical-pod", "name: Critical", "removal_value", "removals[0].name"),
        ("name: critical-pod", "name: seccomp-pod", "not_unique", "removals[6].name"),
        ("kind: annotation, pattern: scheduler.alpha.kubernetes.io/critical", "kind: note, pattern: a", "not_one_of",
         "removals[0].kind"),
        ("replacement: spec.priorityClassName, ", "", "removal_value", "removals[0].replacement"),
        ("told_by: STO009", "told_by: STO9", "removal_value", "removals[22].told_by"),
        ('"(CRON_)?TZ=.*"', '"(CRON_?TZ=.*"', "removal_value", "removals[41].value"),
        ("objects: [CronJob], ", "", "removal_value", "removals[41].objects"),
        ("severity: warning, sources: [BYS, K8S]", "severity: bad, sources: [BYS]", "removal_value",
         "removals[41].severity"),
    ],
    "removals/not_in_objects.yaml": [
        ("name: out-of-disk", "name: out-of-paper", "no_sentence", "removals[1].name"),
        ("sources: [HWC2021]}\n  - {name: heapster", "sources: []}\n  - {name: heapster", "no_source",
         "removals[2].sources"),
    ],
    "known_risks.yaml": [
        ("name: off-peak-and-nothing-else", "name: Off_peak", "risk_value", "risks[0].name"),
        ("name: healthy-before", "name: off-peak-and-nothing-else", "not_unique", "risks[1].name"),
        ("kind: precaution", "kind: rumour", "not_one_of", "risks[0].kind"),
        ('source: "<=1.21"', 'source: "up to 1.21"', "risk_value", "risks[1].source"),
        ('target_patches: ["1.21.10-r0"', 'target_patches: ["1.21"', "risk_value", "risks[14].target_patches[0]"),
        ('source_patches: ["1.19.16-r4"', 'source_patches: ["soon"', "risk_value", "risks[13].source_patches[0]"),
        ("profiles: [otc-2022]", "profiles: [otc-2021]", "risk_value", "risks[2].profiles[0]"),
        ("modes: [in_place]", "modes: [sideways]", "not_one_of", "risks[2].modes[0]"),
        ("condition: nodes_not_ready", "condition: bad_weather", "no_sentence", "risks[1].condition"),
        ("sources: [BYS]", "sources: []", "no_source", "risks[0].sources"),
        ("      zh: 选择", "      fr: 选择", "title_languages", "risks[0].remedy"),
    ],
    "addons.yaml": [
        ("name: metrics-server", "name: coredns", "not_unique", "addons[4].name"),
        ("also: [gpu-device-plugin]", "also: [everest]", "not_unique", "addons[5].also[0]"),
        ("name: npd", "name: NPD", "addon_value", "addons[7].name"),
        ("en: CoreDNS}", "fr: CoreDNS}", "title_languages", "addons[0].title"),
        ("successor: coredns", "successor: kube-dns", "addon_value", "addons[1].successor"),
        ("successor: coredns", "successor: nobody", "addon_value", "addons[1].successor"),
        ('    last: "1.9"\n', "", "addon_value", "addons[1].successor"),
        ("    successor: coredns\n", "", "addon_value", "addons[1].successor"),
        ('">=1.0.2,<=1.0.7"', '"1.0.2 to 1.0.7"', "addon_value", "addons[2].stuck[0]"),
        ("{addon: coredns,", "{addon: core-dns,", "addon_value", "versions[0].addon"),
        ('"==1.30.43"', '"1.30.43"', "addon_versions", "versions[0].versions"),
        ('"==1.30.43"', '"<=1.30.43"', "addon_versions", "versions[0].versions"),
        ('">=1.28.4,<=1.28.7"', '">=1.28.7,<=1.28.4"', "addon_versions", "versions[5].versions"),
        ('"==1.30.33"', '">=1.30.33,<=1.30.50"', "addon_overlap", "versions[1].versions"),
        ('"==1.30.33"', '"==1.30.43"', "addon_overlap", "versions[1].versions"),
        ('["1.27", "1.33"]', '["1.33", "1.27"]', "span_reversed", "versions[0].clusters"),
        ('["1.27", "1.33"]', '["1.27"]', "wrong_length", "versions[0].clusters"),
        ('["1.27", "1.33"], sources: [OTC-umn]', '["1.27", "1.33"], sources: []', "no_source", "versions[0].sources"),
        ("versions:\n", "releases:\n", "missing_field", "versions"),
    ],
    "served_apis.yaml": [
        ("apps/v1,", "apps/v1beta1,", "served_and_removed", "served[8].kinds[0]"),
        ("apps/v1,", "apps,", "not_an_api_version", "served[8].api_version"),
        ("[APIService]", "[apiservice]", "not_a_kind", "served[7].kinds[0]"),
        ("[APIService]", "[APIService, APIService]", "not_unique", "served[7].kinds[1]"),
        ("    - app.k8s.io", "    - apiserver.k8s.io", "not_unique", "custom_groups.names[4]"),
        ("  sources: [K8S]\n  names", "  sources: []\n  names", "no_source", "custom_groups.sources"),
    ],
    "precheck_items.yaml": [
        ("{number: 2,", "{number: 1,", "not_unique", "items[1].number"),
        ("{number: 73,", "{number: 74,", "precheck_incomplete", "-"),
        ('page: "0432"', 'page: "0431"', "not_unique", "items[1].page"),
        ('page: "0432"', 'page: "432"', "precheck_value", "items[1].page"),
        ("category: operations, severity: blocker, data: [M]", "category: weather, severity: blocker, data: [M]",
         "precheck_value", "items[1].category"),
        ("condition: vpc_network", "condition: full_moon", "precheck_value", "items[5].condition"),
        ("decided_by: OPS002", "decided_by: XYZ002", "precheck_value", "items[2].decided_by"),
        ('targets: ">=1.25"', 'targets: "soon"', "precheck_value", "items[7].targets"),
        ("slug: upgrade-restricted-by-platform, ", "", "precheck_value", "items[1].slug"),
        ("name: Add-ons, ", "", "missing_field", "items[2].name"),
        ("name: Add-ons, ", "name: Add-ons, colour: red, ", "unknown_key", "items[2].colour"),
        ("data: [M], decided_by: PRE002, sources: [PRE]", "data: [M], decided_by: PRE002, sources: [NOBODY]",
         "unknown_source", "items[1].sources[0]"),
    ],
    "releases.yaml": [
        ('"2018-03"', '"2018-13"', "not_a_month", "releases[1].offered"),
        ('"2018-03"', '"2021-01"', "dates_out_of_order", "releases[1]"),
        (">=1.9.2", ">=1.7.2", "not_its_patches", "releases[1].patches"),
        (">=1.9.2", "1.9.2", "not_its_patches", "releases[1].patches"),
        ('"2018-03"', "~", "empty_value", "releases[1].offered"),
        ('"2018-03"', "", "empty_value", "releases[1].offered"),
        ('minor: "1.11"', 'minor: "1.9"', "not_unique", "releases[2].minor"),
        ('minor: "1.11"', 'minor: "1.11.7"', "not_a_minor", "releases[2].minor"),
        ("[HWC2020]", "[HWC2019]", "unknown_source", "releases[0].sources[0]"),
        ("[HWC2020]", "[]", "no_source", "releases[0].sources"),
        ("[HWC2020]", "HWC2020", "not_a_list", "releases[0].sources"),
        ("releases:", "releases: &all\nagain: *all\nrest:", "alias", "again"),
    ],
    "profiles/ctyun.yaml": [
        ('source: "1.13"', 'source: "1.14"', "unknown_release", "hops[0].source"),
        ('target: "1.15"', 'target: "1.13"', "hop_not_upwards", "hops[0].target"),
        ("start: ticket", "start: phone", "not_one_of", "hops[0].start"),
        ("[rolling, reset]", "[rolling, jump]", "not_one_of", "hops[0].modes[1]"),
        ("[rolling, reset]", "[]", "empty_list", "hops[0].modes"),
        ('["15", "25"]', '["25", "15"]', "span_reversed", "hops[0].minutes"),
        ('["15", "25"]', '["15"]', "wrong_length", "hops[0].minutes"),
        ('["15", "25"]', '["15", "1h"]', "not_a_number", "hops[0].minutes[1]"),
        ("coredns_newest_first", "coredns_dancing", "no_sentence", "hops[0].preconditions"),
        ("coredns_newest_first", "vm_nodes_only", "not_unique", "hops[0].preconditions"),
        ("name: ctyun", "name: ctyun2", "name_not_of_file", "name"),
        ("  en: Tianyi", "  fr: Tianyi", "title_languages", "title"),
        ('["1.15", "1.17"', '["1.17", "1.15"', "not_ascending", "migration_targets"),
        ('"1.32", "1.33"]', '"1.32", "1.39"]', "unknown_release", "migration_targets[12]"),
        ("hops:", "steps:", "missing_field", "hops"),
        ("https://", "ftp://", "not_https", "hops[0].changelogs[0]"),
    ],
    "api_removals/batch.yaml": [
        ("kind: CronJob", "kind: cronjob", "not_a_kind", "removals[0].kind"),
        ("batch/v1beta1 CronJob", "batch/v1beta1", "not_a_replacement", "removals[0].replacement"),
        ("batch/v1beta1 CronJob", "batch/v2alpha1 CronJob", "replacement_gone", "removals[0].replacement"),
        ('_since: "1.8"', '_since: "1.22"', "replacement_too_late", "removals[0].replacement_since"),
        ("    replacement: batch/v1beta1 CronJob", "", "since_without_replacement", "removals[0].replacement_since"),
        ('deprecated_in: "1.21"', 'deprecated_in: "1.25"', "removed_before_deprecated", "removals[1].removed_in"),
        ("batch/v2alpha1", "batch/v1beta1", "not_unique", "removals[1]"),
        ("batch/v2alpha1", "batch/alpha", "not_an_api_version", "removals[0].api_version"),
        ("change: job_template", "change: job_dance", "no_sentence", "removals[2].change"),
    ],
    "platform.yaml": [
        ("kube-public", "default", "not_a_namespace", "system_namespaces.names[1]"),
        ("Secret/paas.elb", "paas.elb", "not_an_object", "platform_objects.names[4]"),
        ("system_namespaces", "namespaces", "missing_field", "system_namespaces"),
        ("storage: sfs_turbo", "storage: tape", "not_a_storage", "storage_ports[0].storage"),
        ('"111"', '"0"', "not_a_port", "storage_ports[0].ports[0]"),
        ('"111"', '"70000"', "not_a_port", "storage_ports[0].ports[0]"),
        ('"445"', '"111"', "not_unique", "storage_ports[0].ports[1]"),
        ("[OTC-umn]", "[OTC-nobody]", "unknown_source", "storage_ports[0].sources[0]"),
    ],
    "node_settings.yaml": [
        ("vm.swappiness", "swappiness", "not_a_setting", "groups[2].values.swappiness"),
        ("vm.swappiness", "kernel.panic", "not_unique", "groups[2].values.kernel.panic"),
        ("[K8S]", "[K9S]", "unknown_source", "groups[1].sources[0]"),
        ("category: limits", "category: limit", "not_one_of", "groups[10].category"),
        ('"5.4"', '"5"', "not_a_minor", "groups[7].kernel_before"),
        ("mount (/|", "mount ((/|", "not_a_pattern", "platform_made[0].patterns[0]"),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("file", "old", "new", "kind", "field"),
    [(file, *change) for file, changes in BROKEN.items() for change in changes],
)
def test_a_broken_copy_is_refused_naming_file_and_field(
    problems_of: ProblemsOf, file: str, old: str, new: str, kind: str, field: str
) -> None:
    assert (kind, file, field) in problems_of(file, old, new)


def test_one_wrong_value_is_one_problem(problems_of: ProblemsOf) -> None:
    assert problems_of("profiles/ctyun.yaml", "start: ticket", "start: phone") == [
        ("not_one_of", "profiles/ctyun.yaml", "hops[0].start")
    ]


def test_all_problems_are_reported_together_across_files_and_within_a_record(data: Path) -> None:
    profile = data / "profiles/ctyun.yaml"
    profile.write_text(
        profile.read_text("utf-8").replace("start: ticket", "start: phone").replace('["3", "3"]', '["3"]'), "utf-8"
    )
    (data / "releases.yml").write_text("releases: []\n", "utf-8")
    (data / "notes").mkdir()
    (data / "notes/todo.yaml").write_text("a: b\n", "utf-8")
    (data / "sources.yaml").write_bytes((data / "sources.yaml").read_bytes().replace(b"tag: API", b"tag: A\nPI"))
    found = problems(data)
    assert [item for item in found if item[0] != "unknown_source"] == [
        ("unclaimed_file", "notes/todo.yaml", "-"),
        ("not_one_of", "profiles/ctyun.yaml", "hops[0].start"),
        ("wrong_length", "profiles/ctyun.yaml", "hops[0].minutes_per_node"),
        ("wrong_length", "profiles/ctyun.yaml", "hops[1].minutes_per_node"),
        ("unclaimed_file", "releases.yml", "-"),
        ("syntax", "sources.yaml", "-"),
    ]


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"", "empty_file"), (b"\xff\xfe", "not_utf8"), (b"a: [", "syntax"), (b"- x\n", "not_a_mapping")],
)
def test_a_file_that_holds_no_records_is_refused(data: Path, content: bytes, kind: str) -> None:
    (data / "schema.yaml").write_bytes(content)
    assert problems(data) == [(kind, "schema.yaml", "-")]


@pytest.mark.parametrize("name", ["schema.yaml", "platform.yaml", "node_settings.yaml", "addons.yaml"])
def test_a_missing_file_is_named(data: Path, name: str) -> None:
    (data / name).unlink()
    assert problems(data) == [("missing_file", name, "-")]


def test_a_catalog_without_profiles_is_refused(data: Path) -> None:
    for file in (data / "profiles").iterdir():
        file.unlink()
    assert problems(data) == [("no_profile", "profiles", "-")]


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogError) as caught:
        load_catalog(tmp_path / "nowhere")
    assert caught.value.code == "catalog_missing"


def test_the_refusal_reads_as_a_sentence_in_both_languages(problems_of: ProblemsOf, data: Path) -> None:
    problems_of("profiles/ctyun.yaml", "start: ticket", "start: phone")
    with pytest.raises(CatalogError) as caught:
        load_catalog(data)
    assert 'profiles/ctyun.yaml hops[0].start: "phone" is none of console, ticket' in caught.value.message("en")
    assert "profiles/ctyun.yaml hops[0].start：“phone”不在可选值 console、ticket 之中" in caught.value.message("zh")


def test_versions_stay_the_text_that_was_written() -> None:
    assert "1.30" in [str(release.minor) for release in shipped_catalog().releases]


def test_the_digest_follows_bytes_and_names_and_nothing_else(data: Path, tmp_path: Path) -> None:
    before = load_catalog(data).digest
    assert before == shipped_catalog().digest
    (data / "api_removals/node.yaml").rename(data / "api_removals/nodes.yaml")
    renamed = load_catalog(data).digest
    with (data / "schema.yaml").open("a") as file:
        file.write("# a remark\n")
    assert len({before, renamed, load_catalog(data).digest}) == 3


def test_what_a_profile_says_of_all_hops_adds_up_with_each_hop() -> None:
    hop = shipped_catalog().profile("ctyun").hops[0]
    assert hop.preconditions == (
        "vm_nodes_only",
        "console_shows_upgradable",
        "nodes_at_least_coredns",
        "coredns_all_running",
        "coredns_newest_first",
        "spare_container_cidr",
    )

"""Facts in the words of a reader."""

from __future__ import annotations

import pytest

from migrator.locale import LANGS, Lang, catalogue
from migrator.render.facts import field_name, section_title, value_text
from migrator.snapshot import model
from migrator.snapshot.correctable import FIELDS, ValueType
from migrator.snapshot.identity import ROWS

# Parts of the name by which a fact is known, which no comparison shows as a field.
_NAMES = {"namespace", "ref", "address", "location", "node", "key"}
_COMPARED = (
    model.ClusterFacts,
    model.Node,
    model.NodePool,
    model.Namespace,
    model.Workload,
    model.Volume,
    model.Claim,
    model.StorageClass,
    model.Service,
    model.Ingress,
    model.ConfigEntry,
    model.AddOn,
    model.AddressUse,
    model.NodeSetting,
)


@pytest.mark.parametrize("fact", _COMPARED, ids=lambda fact: fact.__name__)
def test_every_field_has_a_name(fact: type[model.Fact]) -> None:
    missing = [f for f in fact.__struct_fields__ if f not in _NAMES and f"fact.field.{f}" not in catalogue()]
    assert missing == [], "write their names in migrator/locale/facts.yaml"


@pytest.mark.parametrize("lang", LANGS)
def test_every_section_has_a_title(lang: Lang) -> None:
    assert all(section_title(section, lang) for section in ROWS)


def test_choices_are_words_unless_they_are_names_of_the_platform() -> None:
    names = {"CCE", "Turbo", "VirtualMachine", "BareMetal", "ARM64", "overlay_l2", "vpc-router", "eni", "iptables"}
    names |= {"ipvs", "amd64", "arm64", "Retain", "Delete", "Recycle"}
    for fields in FIELDS.values():
        for field in fields.values():
            for choice in field.choices if field.type is ValueType.CHOICE else ():
                assert (choice in names) is (f"fact.value.{field.name}.{choice}" not in catalogue()), choice


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("version_source", ("cce_api", "server", "kubelet", "given", "corrected")),
        ("origin", ("dump", "form")),
        ("source", ("cce_api", "helm", "workload")),
    ],
)
def test_who_told_of_a_fact_is_said_in_words(field: str, values: tuple[str, ...]) -> None:
    assert [v for v in values if f"fact.value.{field}.{v}" not in catalogue()] == []


@pytest.mark.parametrize(
    ("field", "value", "zh", "en"),
    [
        ("shared", True, "是", "yes"),
        ("shared", None, "无", "none"),
        ("storage", "evs", "云硬盘", "EVS disk"),
        ("replicas", 0, "0", "0"),
        ("eips", ["203.0.113.7", "203.0.113.8"], "203.0.113.7、203.0.113.8", "203.0.113.7, 203.0.113.8"),
        ("ports", [{"port": 80, "name": "http"}], "port=80 name=http", "port=80 name=http"),
    ],
)
def test_values_are_written_as_a_person_would(field: str, value: object, zh: str, en: str) -> None:
    assert (value_text(field, value, "zh"), value_text(field, value, "en")) == (zh, en)


def test_keys_of_a_mapping_stand_behind_its_name() -> None:
    assert field_name("labels.app.kubernetes.io/name", "zh") == "标签 app.kubernetes.io/name"
    assert field_name("labels.app", "en") == "labels app"

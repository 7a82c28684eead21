"""Files of corrections: what is read, and what each mistake says."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from migrator.errors import InputError
from migrator.snapshot.correctionfile import parse_corrections, read_corrections
from migrator.snapshot.corrections import Correction

GOOD = """\
corrections:
- section: volumes
  key: pv-data
  field: storage
  value: nfs
  read: other
  reason: 客户自建
  by: 张工
  on: 2026-03-01
- {section: cluster, field: masters, value: 3, reason: console}
- {section: nodes, key: node-1, field: eips, value: [203.0.113.7], read: "", reason: console}
"""


def test_values_are_read_in_the_type_of_their_field() -> None:
    assert parse_corrections(GOOD.encode(), "c.yaml") == (
        Correction(
            section="volumes",
            key="pv-data",
            field="storage",
            value="nfs",
            read="other",
            reason="客户自建",
            by="张工",
            on="2026-03-01",
        ),
        Correction(section="cluster", field="masters", value=3, read=msgspec.UNSET, reason="console"),
        Correction(section="nodes", key="node-1", field="eips", value=["203.0.113.7"], read=[], reason="console"),
    )


def test_a_mere_list_and_json_are_read(tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    file.write_text('[{"section": "workloads", "key": "a/Job/b", "field": "exists", "value": "false", "reason": "x"}]')

    assert read_corrections(file)[0].value is False


@pytest.mark.parametrize(
    ("data", "code", "part"),
    [
        ("section: volumes", "correction_file_unreadable", "list"),
        ("- section: [", "correction_file_unreadable", "1"),
        ("- {section: volumes, key: pv, field: storage, value: nfs}", "correction_entry", "reason"),
        ("- {section: volumes, key: pv, field: storage, reason: x}", "correction_entry", "value"),
        ("- {section: volumes, key: pv, field: storage, value: tape, reason: x}", "correction_entry", "tape"),
        ("- {section: volumes, key: pv, field: size, value: nfs, reason: x}", "correction_entry", "size"),
        ("- {section: disks, key: pv, field: storage, value: nfs, reason: x}", "correction_entry", "disks"),
        ("- {section: volumes, field: storage, value: nfs, reason: x}", "correction_entry", "volumes"),
        ("- {section: volumes, key: [pv], field: storage, value: nfs, reason: x}", "correction_entry", "key"),
        ("- {section: volumes, key: pv, field: storage, value: {a: b}, reason: x}", "correction_entry", "value"),
        (
            "- {section: volumes, key: pv, field: storage, value: nfs, reason: x, on: today}",
            "correction_entry",
            "today",
        ),
        ("- {section: volumes, key: pv, field: storage, value: nfs, reason: x, who: me}", "correction_entry", "who"),
        (
            "- {section: addons, key: a, field: version, value: 1, reason: x}\n"
            "- {section: addons, key: a, field: version, value: 2, reason: x}",
            "correction_twice",
            "addons",
        ),
    ],
)
def test_a_mistake_is_named(data: str, code: str, part: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_corrections(data.encode(), "c.yaml")
    assert caught.value.code == code
    for lang in ("zh", "en"):
        message = caught.value.message(lang)
        assert part in message or lang == "zh"
        if code != "correction_twice":
            assert "c.yaml" in message

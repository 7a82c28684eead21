"""Dumps that are not plain UTF-8: read where they can be, with a word on what they were taken for."""

from __future__ import annotations

import json

import pytest

from migrator.errors import InputError
from migrator.locale import text
from migrator.snapshot.readers.encoding import decode_name, readable_name, to_utf8
from tests.unit.snapshot.helpers import kube, listed, names, read

CHINESE = kube("ConfigMap", "配置中心", "商城")
AS_JSON = json.dumps(CHINESE, ensure_ascii=False)
AS_YAML = "apiVersion: v1\r\nkind: ConfigMap\r\nmetadata:\r\n  name: 配置中心\r\n  namespace: 商城\r\n"


@pytest.mark.parametrize("content", [AS_JSON, AS_YAML], ids=["json", "yaml"])
@pytest.mark.parametrize(
    ("encoding", "named"),
    [
        ("utf-8", ""),
        ("utf-8-sig", ""),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-32", "UTF-32"),
        ("gbk", "GB18030"),
        ("gb18030", "GB18030"),
    ],
)
def test_every_encoding_is_read_and_named(content: str, encoding: str, named: str) -> None:
    snapshot = read(content.encode(encoding))
    assert names(snapshot) == ["配置中心"]
    [report] = snapshot.inputs
    assert report.status == "read"
    assert [(p.code, p.values["encoding"]) for p in report.problems] == ([("input_recoded", named)] if named else [])
    if named:
        assert named in text(f"error.{report.reason}", "zh", **report.values)


def test_gb18030_with_its_mark() -> None:
    assert names(read("\ufeff".encode("gb18030") + AS_JSON.encode("gb18030"))) == ["配置中心"]


def test_chinese_of_utf_8_with_one_damaged_byte_is_not_taken_for_gbk() -> None:
    """Nearly every UTF-8 text of Chinese could be read as GBK, to no sense."""
    damaged = kube("Secret", "XX")
    data = json.dumps(listed(damaged, CHINESE, CHINESE), ensure_ascii=False).encode().replace(b"XX", b"\xe6\xb5")
    snapshot = read(data)
    assert names(snapshot) == ["配置中心", "配置中心"]
    assert [(p.code, p.values["line"]) for p in snapshot.inputs[0].problems] == [("input_encoding", 1)]


@pytest.mark.parametrize(
    "data",
    [
        b'{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "\xff\xfe"}}',
        b"apiVersion: v1\nkind: Pod\nmetadata: {name: \xff\xfe}\n",
        b'{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "caf\xe9"}}',
        b'{"\xff": 1, "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}',
        b'{"apiVersion": "v1", "kind": "Po\xff", "metadata": {"name": "a"}, "items": []}',
    ],
)
def test_what_is_no_encoding_is_refused_by_line(data: bytes) -> None:
    with pytest.raises(InputError) as raised:
        read(data)
    assert raised.value.code == "input_encoding"
    assert "UTF-8" in str(raised.value)


def test_damaged_utf_16_names_its_line() -> None:
    lines = "\n".join((AS_JSON, AS_JSON, AS_JSON)).encode("utf-16")
    with pytest.raises(InputError) as raised:
        read(lines[:-3])
    assert (raised.value.code, raised.value.values["line"]) == ("input_encoding", 3)


def test_a_large_file_is_decoded_in_blocks_that_cut_characters() -> None:
    long = "配" * 3_000_000  # two or three bytes each: blocks of a power of two end inside one
    for encoding in ("gbk", "utf-8"):
        assert to_utf8((" " + long).encode(encoding)).data == (" " + long).encode()


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_names_of_files(encoding: str) -> None:
    raw = "集群导出.json".encode(encoding)
    assert decode_name(raw) == "集群导出.json"
    assert readable_name(raw.decode("utf-8", "surrogateescape")) == "集群导出.json"


def test_a_name_that_is_no_text_is_still_one_that_can_be_written() -> None:
    assert decode_name(b"a\xff.json") == "a\\xff.json"
    assert readable_name("a\udcff.json") == "a\\xff.json"

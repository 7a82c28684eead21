"""CSV files as spreadsheet programs write them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from migrator.errors import InputError
from migrator.snapshot.model import Section, Snapshot
from migrator.snapshot.read import read_paths, read_sources
from migrator.snapshot.readers import spreadsheet
from tests.unit.snapshot.helpers import kube, source

TEXT = "节点名称,操作系统,私有 IP\r\n节点一,麒麟,10.0.0.1\r\n"


def read(content: bytes | str, name: str = "a.csv") -> Snapshot:
    return read_sources([source(name, content)._replace(explicit=True)])


def code_of(content: bytes | str, name: str = "a.csv") -> tuple[str, dict[str, object]]:
    with pytest.raises(InputError) as caught:
        read(content, name)
    return caught.value.code, caught.value.values


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le"])
def test_every_encoding_of_a_spreadsheet_program(encoding: str) -> None:
    content = TEXT.encode(encoding)
    if encoding == "utf-16-le":
        content = b"\xff\xfe" + content
    snapshot = read(content)
    assert [(n.name, n.os_image, n.private_ips) for n in snapshot.nodes] == [("节点一", "麒麟", ("10.0.0.1",))]
    assert snapshot.covers(Section.NODES)
    assert [(r.format, r.objects) for r in snapshot.inputs] == [("csv", 1)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_every_delimiter_of_a_spreadsheet_program(delimiter: str) -> None:
    lines = [["name", "namespace", "ports"], ["web", "shop", '"80; 443"' if delimiter == ";" else "80"]]
    snapshot = read("\n".join(delimiter.join(line) for line in lines))
    assert [p.port for p in snapshot.services[0].ports] == ([80, 443] if delimiter == ";" else [80])


def test_a_cell_may_span_lines() -> None:
    snapshot = read('name,labels,zone\n"n1","a=1\nb=2",z\n')
    assert snapshot.nodes[0].labels == {"a": "1", "b": "2"}


def test_the_line_that_names_the_delimiter_is_passed_over() -> None:
    assert [n.name for n in read("sep=;\nname;zone\nn1;z1\n").nodes] == ["n1"]


def test_headings_that_fit_several_tables_are_told_apart_by_the_name_of_the_file() -> None:
    content = "namespace,name\nshop,a\n"
    assert [s.name for s in read(content, "dump/services.csv").services] == ["a"]
    assert [c.name for c in read(content, "存储声明.csv").claims] == ["a"]
    assert code_of(content)[0] == "input_not_a_dump"


def test_files_of_one_folder_make_one_cluster(tmp_path: Path) -> None:
    (tmp_path / "volumes.csv").write_text("name,storage,claim_namespace,claim_name\npv,evs,shop,data\n")
    (tmp_path / "claims.csv").write_text("namespace,name,volume,request\nshop,data,pv,5Gi\n")
    (tmp_path / "workloads.csv").write_text("namespace,kind,name,mounts\nshop,StatefulSet,db,data\n")
    (tmp_path / "phones.csv").write_text("who,phone\nme,1\n")
    (tmp_path / "dump.json").write_text(json.dumps(kube("Namespace", "shop")))
    snapshot = read_paths([tmp_path])
    assert [(c.name, c.request, c.mounted_by) for c in snapshot.claims] == [("data", "5Gi", ("shop/StatefulSet/db",))]
    assert {r.file: r.status for r in snapshot.inputs}["phones.csv"] == "not_recognised"


def test_claims_of_volumes_alone_count_as_looked_at() -> None:
    snapshot = read("name,storage,claim_namespace,claim_name,claim_exists\np1,nfs,a,x,\np2,nfs,a,gone,no\n")
    assert [c.name for c in snapshot.claims] == ["x"]
    assert snapshot.covers(Section.CLAIMS)


@pytest.mark.parametrize(
    ("content", "code", "values"),
    [
        (b"name,zone\nn1,\x81\xff\xff\n", "sheet_encoding", {"line": 2}),
        ('name,zone\n"n1,z\n', "sheet_csv", {"row": 2}),
        ("name,zone\n" + "x" * 200_000 + ",z\n", "sheet_csv", {"row": 2}),
        ("name,zone\nn1" + "," * 600 + "\n", "sheet_too_large", {}),
        ("name,zone\nn1,1.23457E+17\n", "sheet_cell", {"row": 2}),
    ],
)
def test_what_is_wrong_is_said_with_its_line(content: bytes | str, code: str, values: dict[str, object]) -> None:
    found, told = code_of(content)
    assert found == code
    assert values.items() <= told.items()


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "MAX_ROWS", 30)
    assert code_of("name,zone\n" + "n,z\n" * 40)[0] == "sheet_too_large"


@pytest.mark.parametrize(
    "content", [b"name: x\nzone: y\n", b'{"name,zone": 1}', b"\0\0name,zone\n", b"name zone\n", b"# name,zone\n"]
)
def test_other_files_are_left_to_other_readers(content: bytes) -> None:
    assert not spreadsheet.recognises_csv(content, "a.csv")

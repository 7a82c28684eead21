"""Uploads that do harm or make no sense, with what must become of them. One table for every door of the service.

Each is a file name, its bytes, and the outcome when it comes alone: the status of the file, and the code of its reason
(empty where nothing was wrong). An import whose only file is unreadable fails with that code.
"""

from __future__ import annotations

import gzip
import io
import json
import struct
import tarfile
import zipfile
from collections.abc import Callable
from typing import NamedTuple

from tests.unit.snapshot.sheets.books import book, changed, member

MIB = 1 << 20
DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "shop", "annotations": {"note": "生产环境"}},
    "spec": {"replicas": 1, "selector": {}, "template": {"metadata": {}, "spec": {"containers": []}}},
}
PLAIN = json.dumps(DEPLOYMENT, ensure_ascii=False)


class Bad(NamedTuple):
    name: str
    content: Callable[[], bytes]
    status: str
    reason: str = ""


def _alias_bomb() -> bytes:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    return ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bomb}\n" + "\n".join(lines) + "\n").encode()


def _zip(members: dict[str, bytes], **options: int) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content, **options)
    return packed.getvalue()


def _tar(*members: tarfile.TarInfo, mode: str = "w") -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as archive:  # type: ignore[call-overload]
        for member in members:
            content = PLAIN.encode() if member.isfile() else b""
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def _member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, link
    return member


def _locked_zip() -> bytes:
    """The flag of encryption set by hand in both headers: the standard library cannot write such a file."""
    packed = bytearray(_zip({"all.json": PLAIN.encode()}))
    packed[6] |= 1
    packed[packed.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(packed)


def _locked_xlsx() -> bytes:
    """What an office program makes of a workbook with a password: a compound file that holds ``EncryptedPackage``."""
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    return (head + bytes(512 - len(head)) + "EncryptedPackage".encode("utf-16-le")).ljust(4096, b"\0")


NODES = {"nodes": [["name", "private_ips"], ["n1", "10.0.0.1"]]}
_SHEET = "xl/worksheets/sheet1.xml"


def _damaged_xlsx() -> bytes:
    return changed(book(NODES), {_SHEET: b"<worksheet><sheetData><row r='1'><c r='A1'"})


def _xlsx_bomb() -> bytes:
    """A sheet of few bytes that unpacks to 400 MiB of blanks."""
    return changed(book(NODES), {_SHEET: member(book(NODES), _SHEET).replace(b"</sheetData>", bytes(400 * MIB))})


def _endless_xlsx() -> bytes:
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    return changed(book(NODES), {_SHEET: member(book(NODES), _SHEET).replace(b"</sheetData>", far)})


def _old_xls() -> bytes:
    return (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504) + "Workbook".encode("utf-16-le")).ljust(4096, b"\0")


def _cut(packed: bytes) -> bytes:
    return packed[: len(packed) * 2 // 3]


def _many() -> bytes:
    return "\n---\n".join(PLAIN.replace("web", f"web-{n}") for n in range(2000)).encode()


TABLE = {
    "alias bomb": Bad("bomb.yaml", _alias_bomb, "unreadable", "input_alias_bomb"),
    "deep JSON": Bad("deep.json", lambda: b'{"kind":' + b"[" * 500_000, "unreadable", "input_too_deep"),
    "deep YAML": Bad("deep.yaml", lambda: b"kind: " + b"[" * 100_000, "unreadable", "input_too_deep"),
    "huge text": Bad(
        "huge.json",
        lambda: json.dumps({**DEPLOYMENT, "data": "x" * (30 * MIB)}).encode(),
        "unreadable",
        "input_object_too_large",
    ),
    "zip bomb": Bad("bomb.zip", lambda: _zip({"all.json": bytes(400 * MIB)}), "unreadable", "input_archive_bomb"),
    "gzip bomb": Bad("bomb.json.gz", lambda: gzip.compress(bytes(400 * MIB), 9), "unreadable", "input_archive_bomb"),
    "cut off tar.gz": Bad(
        "dump.tar.gz",
        lambda: _cut(gzip.compress(_tar(*(_member(f"{n}.json") for n in range(200))), 9)),
        "unreadable",
        "input_archive_damaged",
    ),
    "cut off zip": Bad("dump.zip", lambda: _cut(_zip({"all.json": _many()})), "unreadable", "input_archive_damaged"),
    "zip with a password": Bad("locked.zip", _locked_zip, "unreadable", "input_archive_encrypted"),
    "workbook with a password": Bad("locked.xlsx", _locked_xlsx, "unreadable", "input_document_encrypted"),
    "damaged workbook": Bad("damaged.xlsx", _damaged_xlsx, "unreadable", "sheet_damaged"),
    "cut off workbook": Bad("cut.xlsx", lambda: _cut(book(NODES)), "unreadable", "input_archive_damaged"),
    "workbook bomb": Bad("bomb.xlsx", _xlsx_bomb, "unreadable", "sheet_too_large"),
    "endless sheet": Bad("endless.xlsx", _endless_xlsx, "unreadable", "sheet_too_large"),
    "workbook of an old form": Bad("old.xls", _old_xls, "unreadable", "sheet_old_form"),
    "workbook without our tables": Bad(
        "strange.xlsx", lambda: book({"x": [["a"], [1]]}), "unreadable", "input_document"
    ),
    "wrong cell in a workbook": Bad(
        "cell.xlsx", lambda: book({"nodes": [["name", "ready"], ["n1", "perhaps"]]}), "unreadable", "sheet_cell"
    ),
    "wrong heading in a workbook": Bad(
        "heading.xlsx", lambda: book({"nodes": [["name", "colour"], ["n1", "red"]]}), "unreadable", "sheet_heading"
    ),
    "wrong cell in a table": Bad("nodes.csv", lambda: b"name,ready\nn1,yes\nn2,perhaps\n", "unreadable", "sheet_cell"),
    "wrong heading in a table": Bad(
        "nodes2.csv", lambda: b"name,ready,colour\nn1,yes,red\n", "unreadable", "sheet_heading"
    ),
    "GBK table": Bad("uses.csv", lambda: "地址,引用位置\n10.0.0.1,生产白名单\n".encode("gbk"), "read", "input_recoded"),
    "empty zip": Bad("empty.zip", lambda: _zip({}), "unreadable", "input_archive_empty"),
    "7-Zip": Bad("dump.7z", lambda: b"7z\xbc\xaf\x27\x1c" + bytes(100), "unreadable", "input_archive_form"),
    "way out": Bad("up.tar", lambda: _tar(_member("../all.json")), "unreadable", "input_archive_unsafe"),
    "absolute path": Bad("root.tar", lambda: _tar(_member("/all.json")), "unreadable", "input_archive_unsafe"),
    "link": Bad(
        "link.tar",
        lambda: _tar(_member("all.json", tarfile.SYMTYPE, "/etc/passwd")),
        "unreadable",
        "input_archive_unsafe",
    ),
    "device": Bad(
        "device.tar", lambda: _tar(_member("all.json", tarfile.CHRTYPE)), "unreadable", "input_archive_unsafe"
    ),
    "no dump": Bad("letter.txt", lambda: b"Dear colleague,\nthe dump follows.\n", "unreadable", "input_not_a_dump"),
    "noise": Bad("noise.bin", lambda: bytes(range(256)) * 400, "unreadable", "input_not_a_dump"),
    "empty": Bad("empty.yaml", lambda: b"", "unreadable", "input_file_empty"),
    "blank": Bad("blank.yaml", lambda: b"\n \n", "unreadable", "input_file_empty"),
    "damaged YAML": Bad(
        "a.yaml", lambda: b"kind: Pod\napiVersion: v1\nmetadata: [\n", "unreadable", "input_yaml_broken"
    ),
    "kubeconfig": Bad(
        "config",
        lambda: b"apiVersion: v1\nkind: Config\nclusters: []\nusers: [{name: a, user: {token: marker-3b1d}}]\n",
        "unreadable",
        "input_kubeconfig",
    ),
    "GBK": Bad("gbk.json", lambda: PLAIN.encode("gbk"), "read", "input_recoded"),
    "UTF-16 with BOM": Bad("utf16.json", lambda: PLAIN.encode("utf-16"), "read", "input_recoded"),
    "UTF-16 without BOM": Bad("utf16le.json", lambda: PLAIN.encode("utf-16-le"), "read", "input_recoded"),
    "broken UTF-8": Bad(
        "utf8.json", lambda: PLAIN.encode().replace("产".encode(), b"\xe4\xba"), "unreadable", "input_encoding"
    ),
    "NaN": Bad(
        "nan.json",
        lambda: PLAIN.replace('"replicas": 1', '"replicas": NaN').encode(),
        "read",
        "input_not_a_number",
    ),
    "key twice": Bad(
        "twice.json",
        lambda: PLAIN.replace('"kind"', '"kind": "Pod", "kind"').encode(),
        "read",
        "input_duplicate_key",
    ),
}

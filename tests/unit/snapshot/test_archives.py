"""Archives: what is in them is read, two levels deep; what is unsafe, endless, damaged or locked is refused by name."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from migrator.errors import InputError
from migrator.locale import text
from migrator.snapshot import archives
from migrator.snapshot.codec import encode
from migrator.snapshot.model import Snapshot
from migrator.snapshot.read import read_paths, read_sources
from migrator.snapshot.sources import Source
from tests.unit.snapshot.helpers import kube, names, opener

Members = Mapping[str, bytes]
WEB = json.dumps(kube("ConfigMap", "web", "shop")).encode()
API = json.dumps(kube("ConfigMap", "api", "shop")).encode()


def tarred(members: Members, mode: str = "w") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def zipped(members: Members, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return out.getvalue()


def targz(members: Members) -> bytes:
    return tarred(members, "w:gz")


FORMS: dict[str, Callable[[Members], bytes]] = {"tar": tarred, "tar.gz": targz, "zip": zipped}


def read(content: bytes, name: str = "dump.bin") -> Snapshot:
    return read_sources([Source(f"in/{name}", opener(content), explicit=True)])


def refused(content: bytes, name: str = "dump.bin") -> InputError:
    """The error of an input that is this one archive; its sentences name the archive, as it is named in the input."""
    with pytest.raises(InputError) as raised:
        read(content, name)
    for lang in ("zh", "en"):
        message = raised.value.message(lang)  # type: ignore[arg-type]
        assert name in message
        assert f"in/{name}" not in message
    return raised.value


def reasons(snapshot: Snapshot) -> dict[str, str]:
    """Error code of each file, empty for one that was read; every sentence names its file."""
    for i in snapshot.inputs:
        assert not i.reason or i.file in text(f"error.{i.reason}", "zh", **i.values)
    return {i.file: i.reason for i in snapshot.inputs}


# --- archives in archives ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("outer", FORMS)
@pytest.mark.parametrize("inner", FORMS)
def test_an_archive_in_an_archive_is_read(outer: str, inner: str) -> None:
    packed = FORMS[inner]({"shop/web.json": WEB, "shop/api.json": API})
    snapshot = read(FORMS[outer]({"backup": packed, "beside.json.gz": gzip.compress(WEB)}))
    assert names(snapshot) == ["api", "web", "web"]
    assert reasons(snapshot) == {"backup/shop/api.json": "", "backup/shop/web.json": "", "beside.json": ""}


def test_archives_lie_in_a_folder_with_plain_files(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(WEB)
    (tmp_path / "b.data").write_bytes(zipped({"c.tgz": targz({"c.json": API})}))
    assert reasons(read_paths([tmp_path])) == {"a.json": "", "b.data/c.tgz/c.json": ""}


@pytest.mark.parametrize("form", FORMS)
def test_the_third_level_is_named_and_the_rest_is_read(form: str) -> None:
    deep = FORMS[form]({"deep": FORMS[form]({"deeper": FORMS[form]({"x.json": WEB}), "api.json": API})})
    snapshot = read(deep)
    assert names(snapshot) == ["api"]
    assert reasons(snapshot) == {"api.json": "", "deeper": "input_archive_nested"}


def test_gzip_over_gzip_counts_as_a_level() -> None:
    assert names(read(gzip.compress(gzip.compress(WEB)))) == ["web"]
    content = WEB
    for _ in range(3):
        content = gzip.compress(content)
    assert refused(content).code == "input_archive_nested"


def test_a_broken_archive_in_an_archive_does_not_lose_its_neighbours() -> None:
    inner = zipped({"x.json": API})
    snapshot = read(tarred({"bad.zip": inner[:-10], "bad.tgz": targz({"x.json": API})[:-20], "web.json": WEB}))
    assert names(snapshot) == ["web"]
    assert reasons(snapshot) == {
        "bad.tgz": "input_archive_damaged",
        "bad.zip": "input_archive_damaged",
        "web.json": "",
    }


def test_of_two_members_with_one_name_the_last_counts() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for content in (WEB, API):
            member = tarfile.TarInfo("a.json")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    assert names(read(out.getvalue())) == ["api"]


# --- names ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["../x.json", "a/../../x.json", "/etc/passwd", "..\\x.json", "C:\\x.json", "c:/x.json", "\\\\host\\x"]
)
def test_unsafe_names_are_refused(name: str) -> None:
    for form in (tarred, zipped):
        error = refused(form({"good.json": WEB, name: WEB}))
        assert (error.code, error.values["member"]) == ("input_archive_unsafe", name)


def test_an_unsafe_archive_in_an_archive_is_refused_alone() -> None:
    snapshot = read(zipped({"bad.tar": tarred({"../x.json": API}), "web.json": WEB}))
    assert reasons(snapshot) == {"bad.tar": "input_archive_unsafe", "web.json": ""}


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE])
def test_links_and_devices_are_refused(kind: bytes) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        member = tarfile.TarInfo("a.json")
        member.type, member.linkname = kind, "/etc/passwd"
        archive.addfile(member)
    assert refused(out.getvalue()).code == "input_archive_unsafe"


def test_a_link_in_a_zip_file_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        entry = zipfile.ZipInfo("a.json")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    assert refused(out.getvalue()).code == "input_archive_unsafe"


@pytest.mark.parametrize("form", FORMS)
def test_colons_and_chinese_in_names(form: str) -> None:
    """Backups name their files after objects, and roles of Kubernetes have colons in their names."""
    members = {"a:b.json": WEB, "resources/system:node.json": WEB, "集群 导出/配置：一.json": API}
    snapshot = read(FORMS[form](members))
    assert reasons(snapshot) == dict.fromkeys(sorted(members), "")
    assert encode(snapshot)


def test_chinese_names_that_windows_wrote_in_gbk() -> None:
    name = "导出/工作负载.json"
    raw = name.encode("gbk")
    packed = zipped({"x" * len(raw): WEB, "café.json": API}).replace(b"x" * len(raw), raw)
    assert list(reasons(read(packed))) == ["café.json", name]
    tar = _with_checksum(tarred({"x" * len(raw): WEB, "y": API}).replace(b"x" * len(raw), raw))
    snapshot = read(tar)
    assert list(reasons(snapshot)) == ["y", name]
    assert encode(snapshot)


def _with_checksum(tar: bytes) -> bytes:
    """The checksum of the first header, which its changed name has made wrong."""
    header = tar[:148] + b" " * 8 + tar[156:512]
    return tar[:148] + b"%06o\0 " % sum(header) + tar[156:]


# --- limits -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["gz", "tar.gz", "zip"])
def test_what_unpacks_to_too_much_is_refused(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_UNPACKED", 2 << 20)
    much = b" " * (3 << 20)
    content = gzip.compress(much) if form == "gz" else FORMS[form]({"a.json": much})
    error = refused(content)
    assert (error.code, error.values["limit"]) == ("input_archive_too_large", 2)


def test_the_limits_are_of_the_whole_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_UNPACKED", 2 << 20)
    for name in ("a.gz", "b.gz", "c.gz"):
        (tmp_path / name).write_bytes(gzip.compress(WEB + b" " * (900 << 10)))
    assert reasons(read_paths([tmp_path])) == {"a": "", "b": "", "c.gz": "input_archive_too_large"}
    inner = {f"{n}.zip": zipped({"a.json": WEB + b" " * (900 << 10)}) for n in range(3)}
    snapshot = read(zipped(inner))
    assert reasons(snapshot) == {"0.zip/a.json": "", "1.zip/a.json": "", "2.zip": "input_archive_too_large"}


@pytest.mark.parametrize("form", FORMS)
def test_too_many_members_are_refused(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_MEMBERS", 2)
    assert refused(FORMS[form]({"a": WEB, "b": WEB, "c": WEB})).code == "input_archive_too_large"


@pytest.mark.parametrize("form", ["gz", "tar.gz", "zip"])
def test_what_shrinks_as_no_dump_does_is_refused(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "RATIO_COUNTS_FROM", 4 << 20)
    bomb = b"0" * (8 << 20)
    error = refused(gzip.compress(bomb) if form == "gz" else FORMS[form]({"a.json": bomb}))
    assert error.code == "input_archive_bomb"
    assert error.values["ratio"] > archives.MAX_RATIO  # type: ignore[operator]


# --- damaged, locked, empty -------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_truncated_archive_is_named(share: float) -> None:
    many = {f"{n}.json": json.dumps(kube("ConfigMap", f"c{n}", data={"a": "b" * n})).encode() for n in range(300)}
    for form in FORMS.values():
        whole = form(many)
        assert refused(whole[: int(len(whole) * share)]).code == "input_archive_damaged"
    one = gzip.compress(many["299.json"])
    assert refused(one[: int(len(one) * share)]).code == "input_archive_damaged"


def test_a_damaged_member_does_not_lose_the_others() -> None:
    packed = bytearray(zipped({"a.json": WEB, "b.json": API}))
    packed[60:80] = bytes(20)
    assert reasons(read(bytes(packed))) == {"a.json": "input_member_damaged", "b.json": ""}


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, zipfile.ZIP_STORED])
def test_other_methods_of_zip_are_read_or_named_when_damaged(method: int) -> None:
    packed = bytearray(zipped({"a.json": WEB, "b.json": API}, method))
    assert names(read(bytes(packed))) == ["api", "web"]
    packed[50:70] = b"\xff" * 20
    assert reasons(read(bytes(packed)))["a.json"] == "input_member_damaged"


def test_a_method_that_is_not_known_is_named() -> None:
    packed = zipped({"a.json": WEB}).replace(b"\x08\0", b"\x09\0")  # Deflate64
    assert refused(packed, "a.json").code == "input_member_method"


def locked(packed: bytes, members: int) -> bytes:
    """The flag of a password set for the first members, in their own headers and in the directory."""
    for mark, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        position = -1
        for _ in range(members):
            position = packed.index(mark, position + 1)
            packed = packed[: position + offset] + b"\1" + packed[position + offset + 1 :]
    return packed


def test_a_zip_file_with_a_password_is_named_once() -> None:
    packed = zipped({"a.json": WEB, "b.json": API})
    assert refused(locked(packed, 2)).code == "input_archive_encrypted"
    assert reasons(read(locked(packed, 1))) == {"a.json": "input_member_encrypted", "b.json": ""}


def test_an_archive_without_files_is_named() -> None:
    for content in (zipped({}), zipped({".hidden": WEB, "__MACOSX/a.json": WEB}), tarred({".x": WEB})):
        assert refused(content).code == "input_archive_empty"


@pytest.mark.parametrize(
    "head", [b"BZh91AY", b"\xfd7zXZ\0\0", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\7", b"\x28\xb5\x2f\xfd\4"]
)
def test_forms_that_are_not_read_are_named(head: bytes) -> None:
    assert refused(head + bytes(range(256))).code == "input_archive_form"


# --- documents --------------------------------------------------------------------------------------------------


def test_a_document_of_office_is_no_archive_of_dumps() -> None:
    document = zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>", "embedded.json": WEB})
    assert refused(document, "plan.docx").code == "input_document"
    snapshot = read(tarred({"plan.docx": document, "web.json": WEB}))
    assert {i.file: (i.status, i.reason) for i in snapshot.inputs} == {
        "plan.docx": ("not_recognised", "input_document"),
        "web.json": ("read", ""),
    }


def test_a_document_behind_a_password_is_named() -> None:
    compound = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    locked = compound + "EncryptedPackage".encode("utf-16-le") + bytes(96)
    assert refused(locked, "nodes.xlsx").code == "input_document_encrypted"
    assert refused(compound + "Workbook".encode("utf-16-le"), "nodes.xls").code == "sheet_old_form"
    snapshot = read(tarred({"nodes.xlsx": locked, "web.json": WEB}))
    assert {i.file: i.status for i in snapshot.inputs} == {"nodes.xlsx": "unreadable", "web.json": "read"}

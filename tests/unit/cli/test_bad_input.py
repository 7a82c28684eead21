"""Every kind of bad input on the command line: one sentence in each language that names the file and what to do."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.run import Done
from tests.unit.snapshot.helpers import kube, listed
from tests.unit.snapshot.test_archives import locked, targz, tarred, zipped

Call = Callable[..., Done]

GOOD = json.dumps(listed(*(kube("ConfigMap", name, "shop") for name in "abc")), indent=2)
ONE = json.dumps(kube("ConfigMap", "a", "shop"))
BOMB = "apiVersion: v1\nkind: ConfigMap\na: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(8)
)
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)

# File, content, words of the Chinese and of the English sentence.
REFUSED: list[tuple[str, bytes | str, str, str]] = [
    ("bytes.json", ONE.encode().replace(b'"a"', b'"\xff\xfe"'), "UTF-8", "UTF-8"),
    ("bomb.yaml", BOMB, "别名", "aliases"),
    (
        "deep.json",
        '{"kind": "ConfigMap", "apiVersion": "v1", "x": ' + "[" * 3000 + "]" * 3000 + "}",
        "嵌套过深",
        "too deeply",
    ),
    ("huge.json", json.dumps(kube("ConfigMap", "h", data={"a": "x" * (9 << 20)})), "8 MiB", "8 MiB"),
    ("digits.json", ONE.replace('"a"', "9" * 5000), "位数过多", "too many digits"),
    ("broken.yaml", "apiVersion: v1\nkind: [ConfigMap\n", "语法错误", "broken"),
    ("template.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: {{ .x }}}\n", "占位符", "placeholder"),
    ("kind.yaml", "apiVersion: v1\nkind: 'Pod; rm'\n", "不允许的字符", "allows none"),
    ("internal.json", '{"Items": [{"Name": "x"}]}', "重新导出", "Export again"),
    ("empty.json", "", "重新导出", "Export it again"),
    ("kubeconfig", "apiVersion: v1\nkind: Config\nclusters: []\n", "访问凭据", "access credentials"),
    ("password.zip", locked(zipped({"a.json": ONE.encode()}), 1), "设有密码", "password"),
    ("slip.tar", tarred({"../a.json": ONE.encode()}), "不安全的成员“../a.json”", 'unsafe member "../a.json"'),
    ("cut.tar.gz", targz({"a.json": ONE.encode() * 99})[:-30], "不完整", "incomplete"),
    ("cut.json.gz", gzip.compress(GOOD.encode())[:-30], "不完整", "incomplete"),
    ("hollow.zip", zipped({}), "没有文件", "no files"),
    ("deep.zip", zipped({"b.zip": zipped({"deep-3.zip": zipped({"d.json": ONE.encode()})})}), "第三层", "two levels"),
    ("dump.7z", b"7z\xbc\xaf\x27\x1c" + bytes(99), "7z", "7z"),
    ("plan.docx", zipped({"[Content_Types].xml": b"<x/>"}), "Office", "Office"),
    ("nodes.xlsx", COMPOUND + "EncryptedPackage".encode("utf-16-le"), "取消密码", "Remove the password"),
]

# The same for what is read all the same.
REMARKED: list[tuple[str, bytes | str, str, str]] = [
    ("gbk.json", json.dumps(kube("ConfigMap", "配置"), ensure_ascii=False).encode("gbk"), "GB18030", "GB18030"),
    ("utf16.json", ONE.encode("utf-16"), "UTF-16", "UTF-16"),
    ("comments.json", ONE.replace('"v1",', '"v1", // old\n'), "第 1 行", "near line 1"),
    ("commas.json", ONE.replace("}}", ",},}"), "多余的逗号", "superfluous comma"),
    ("nan.json", ONE.replace('"metadata"', '"x": NaN, "metadata"'), "NaN", "NaN"),
    ("twice.json", ONE.replace('"metadata"', '"kind": "ConfigMap", "metadata"'), "“kind”重复", '"kind" is given more'),
    ("twice.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nmetadata: {name: b}\n", "第 4 行", "line 4"),
]


def write(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(("name", "content", "chinese", "english"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_cannot_be_read(
    call: Call, tmp_path: Path, name: str, content: bytes | str, chinese: str, english: str
) -> None:
    path = write(tmp_path, name, content)
    for lang, words in (("zh", chinese), ("en", english)):
        done = call("inspect", path, lang=lang)
        assert (done.code, done.out) == (3, "")
        [sentence] = done.err.splitlines()
        assert name.partition(".")[0] in sentence
        assert words in sentence


@pytest.mark.parametrize(("name", "content", "chinese", "english"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_cannot_be_read_does_not_lose_its_neighbours(
    call: Call, tmp_path: Path, name: str, content: bytes | str, chinese: str, english: str
) -> None:
    write(tmp_path, name, content)
    write(tmp_path, "good.json", GOOD)
    done = call("inspect", tmp_path, "--format", "json")
    told = json.loads(done.out)
    assert told["kinds"] == {"v1 ConfigMap": 3}
    [bad] = [i for i in told["inputs"] if i["file"] != "good.json"]
    assert (bad["objects"], bad["status"] in ("unreadable", "not_recognised")) == (0, True)
    assert english in bad["message"]
    assert english in done.err
    assert str(tmp_path) not in bad["message"]
    assert done.code == (3 if bad["status"] == "unreadable" else 0)


@pytest.mark.parametrize(("name", "content", "chinese", "english"), REMARKED, ids=[row[0] for row in REMARKED])
def test_what_is_read_with_a_word(
    call: Call, tmp_path: Path, name: str, content: bytes | str, chinese: str, english: str
) -> None:
    path = write(tmp_path, name, content)
    for lang, words in (("zh", chinese), ("en", english)):
        done = call("inspect", path, "--format", "json", lang=lang)
        told: dict[str, Any] = json.loads(done.out)
        assert (done.code, told["objects"], told["inputs"][0]["status"]) == (0, 1, "read")
        [sentence] = done.err.splitlines()
        assert name in sentence
        assert words in sentence

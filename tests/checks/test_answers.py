"""Files of answers: what is read, and what each mistake says."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.checks.answers import parse_answers, read_answers
from migrator.checks.spec import Attestation, Outcome, Waiver
from migrator.errors import InputError

GOOD = """\
- check: CLU001
  answer: yes
  evidence: 白名单登记表
  by: 张工
  on: 2026-03-01
- {check: node-private-configuration, answer: FAIL}
"""


def test_yaml_is_read_with_codes_instead_of_slugs() -> None:
    assert parse_answers(GOOD.encode(), "answers.yaml").answers == (
        Attestation(check="CLU001", answer=Outcome.PASS, evidence="白名单登记表", by="张工", on="2026-03-01"),
        Attestation(check="OPS001", answer=Outcome.FAIL),
    )


def test_json_and_an_object_around_the_list_are_read() -> None:
    data = b'\xef\xbb\xbf{"answers": [{"check": "clu001", "answer": "no", "on": ""}]}'
    assert parse_answers(data, "a.json").answers == (Attestation(check="CLU001", answer=Outcome.FAIL),)


def test_waivers_stand_beside_the_answers() -> None:
    data = """\
answers:
  - {check: CLU001, answer: yes, valid_until: 2026-06-30}
waivers:
  - {check: sto004, namespace: shop, name: web-*, reason: 可接受, approver: 李经理, until: 2026-06-30}
"""
    given = parse_answers(data.encode(), "answers.yaml")
    assert given.answers[0].valid_until == "2026-06-30"
    assert given.waivers == (
        Waiver(check="STO004", namespace="shop", name="web-*", reason="可接受", approver="李经理", until="2026-06-30"),
    )


def test_an_empty_list_holds_no_answers(tmp_path: Path) -> None:
    file = tmp_path / "answers.yaml"
    file.write_text("[]", "utf-8")
    assert read_answers(file) == ((), ())


@pytest.mark.parametrize(
    ("data", "code", "part"),
    [
        ("- check: CLU001\n  answer: [", "answer_file_unreadable", "2"),
        ("- check: CLU001\n  check: CLU002\n  answer: yes", "answer_file_unreadable", "check"),
        ("- !!python/object:os.system {}", "answer_entry", "check"),
        ("check: CLU001", "answer_file_unreadable", "check"),
        ("", "answer_file_unreadable", "check"),
        ("- CLU001", "answer_entry", "1"),
        ("- {check: CLU001, answer: yes}\n- {check: OPS001}", "answer_entry", "answer"),
        ("- {check: '', answer: yes}", "answer_entry", "check"),
        ("- {check: CLU001, answer: maybe}", "answer_entry", "maybe"),
        ("- {check: CLU001, answer: yes, author: Li}", "answer_entry", "author"),
        ("- {check: CLU001, answer: yes, evidence: [a]}", "answer_entry", "evidence"),
        ("- {check: CLU001, answer: yes, on: 1.3.2026}", "answer_entry", "1.3.2026"),
        ("- {check: CLU001, answer: yes, on: 2026-02-30}", "answer_entry", "2026-02-30"),
        ("- {check: CLU001, answer: yes, valid_until: soon}", "answer_entry", "valid_until"),
        ("waivers: [{check: CLU001, kind: Node, reason: r, approver: a}]", "answer_entry", "until"),
        ("waivers: [{check: CLU001, reason: r, approver: a, until: 2026-01-01}]", "answer_entry", "namespace"),
        ("waivers: [{check: X, kind: Node, reason: r, approver: a, until: 2026-01-01}]", "answer_unknown_check", "X"),
        ("waivers: {check: CLU001}", "answer_file_unreadable", "check"),
        ("- {check: CLU999, answer: yes}", "answer_unknown_check", "CLU999"),
        ("- {check: CLU001, answer: yes}\n- {check: clu001, answer: no}", "answer_twice", "CLU001"),
    ],
)
def test_a_mistake_is_named(data: str, code: str, part: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_answers(data.encode(), "answers.yaml")
    assert caught.value.code == code
    for lang in ("zh", "en"):
        message = caught.value.message(lang)
        assert part in message
        if code in ("answer_entry", "answer_file_unreadable"):
            assert "answers.yaml" in message


def test_bytes_that_are_no_utf8_are_refused() -> None:
    with pytest.raises(InputError) as caught:
        parse_answers("- check: 白名单".encode("gbk"), "answers.yaml")
    assert "UTF-8" in caught.value.message("en")


def test_a_file_that_is_missing_or_too_large(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_answers(tmp_path / "none.yaml")
    assert (caught.value.code, caught.value.values["file"]) == ("answer_file_unreadable", "none.yaml")
    large = tmp_path / "large.yaml"
    large.write_bytes(b"#" * 1_000_001)
    with pytest.raises(InputError) as caught:
        read_answers(large)
    assert "1000000" in caught.value.message("en")

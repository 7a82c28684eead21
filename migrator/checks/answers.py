"""Reads what people decided from a file of ``migrator.entries``, or their answers from a filled-in checklist.

    answers:
      - check: CLU001            # code or slug
        answer: yes              # yes or pass: in order; no or fail: not in order
        evidence: 白名单登记表 2026-03-01
        by: 张工
        on: 2026-03-01
        valid_until: 2026-06-30  # afterwards the check asks again
    waivers:
      - check: WKL005
        kind: Deployment         # at least one of kind, namespace and name; patterns such as web-* are understood
        namespace: shop
        name: web
        reason: 已与业务方确认
        approver: 李经理
        until: 2026-06-30

A mere list holds answers. Of an answer ``check`` and ``answer`` must be there, of a waiver all but two parts of its
scope. All scalars are read as text. A workbook is one of ``answersheet``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from migrator.checks.answersheet import parse_answer_sheet, wrong
from migrator.checks.registry import code_of
from migrator.checks.spec import Attestation, Outcome, Waiver
from migrator.entries import Entries
from migrator.errors import InputError
from migrator.snapshot.readers.workbook import is_workbook

_ANSWERS = {"pass": Outcome.PASS, "yes": Outcome.PASS, "fail": Outcome.FAIL, "no": Outcome.FAIL}
_ANSWER_KEYS = ("check", "answer", "evidence", "by", "on", "valid_until")
_SCOPE = ("kind", "namespace", "name")
_WAIVER_KEYS = ("check", *_SCOPE, "reason", "approver", "until")
_FILE = Entries("answer_file_unreadable", "answer_entry")


class Given(NamedTuple):
    """What people decided."""

    answers: tuple[Attestation, ...] = ()
    waivers: tuple[Waiver, ...] = ()


def read_answers(path: Path) -> Given:
    """The answers and waivers in the file.

    Raises:
        InputError: ``answer_file_unreadable`` (file), ``answer_entry`` (one entry), ``answer_unknown_check``,
            ``answer_twice``; of a workbook as ``parse_answer_sheet`` and ``checklist_wrong``.
    """
    content = _FILE.content(path)
    if not is_workbook(content):
        return parse_answers(content, path.name)
    found = parse_answer_sheet(content, path.name)
    if found.faults:
        raise wrong(found.faults, path.name)
    return Given(tuple(row.answer for row in found.rows))


def parse_answers(data: bytes, name: str) -> Given:
    """What ``data`` holds; ``name`` is the file that errors speak of. Raises as ``read_answers``."""
    document = _FILE.document(data, name)
    lists = document if isinstance(document, dict) and document.keys() <= {"answers", "waivers"} else None
    if lists is None:
        lists = {"answers": document}
    entries = {key: lists.get(key, []) for key in ("answers", "waivers")}
    if not lists or not all(isinstance(listed, list) for listed in entries.values()):
        raise _FILE.unreadable(name, "check.answers.no_list")
    answers = tuple(_answer(entry, name, number) for number, entry in enumerate(entries["answers"], start=1))
    seen: set[str] = set()
    for answer in answers:
        if answer.check in seen:
            raise InputError("answer_twice", check=answer.check)
        seen.add(answer.check)
    return Given(answers, tuple(_waiver(e, name, number) for number, e in enumerate(entries["waivers"], start=1)))


def _answer(entry: Any, name: str, number: int) -> Attestation:
    given = _FILE.texts(entry, name, number, keys=_ANSWER_KEYS, required=("check", "answer"))
    answer = _ANSWERS.get(given["answer"].lower())
    if answer is None:
        raise _FILE.wrong(name, number, "check.answers.answer", answer=given["answer"][:60], answers=list(_ANSWERS))
    return Attestation(
        check=_code(given["check"]),
        answer=answer,
        evidence=given.get("evidence", ""),
        by=given.get("by", ""),
        on=_FILE.day(given, "on", name, number),
        valid_until=_FILE.day(given, "valid_until", name, number),
    )


def _waiver(entry: Any, name: str, number: int) -> Waiver:
    given = _FILE.texts(entry, name, number, keys=_WAIVER_KEYS, required=("check", "reason", "approver", "until"))
    if not any(key in given for key in _SCOPE):
        raise _FILE.wrong(name, number, "check.answers.no_scope", keys=list(_SCOPE))
    return Waiver(
        check=_code(given["check"]),
        reason=given["reason"],
        approver=given["approver"],
        until=_FILE.day(given, "until", name, number),
        kind=given.get("kind", "*"),
        namespace=given.get("namespace", "*"),
        name=given.get("name", "*"),
    )


def _code(check: str) -> str:
    code = code_of(check)
    if code is None:
        raise InputError("answer_unknown_check", check=check[:60])
    return code

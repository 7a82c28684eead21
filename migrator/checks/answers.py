"""Reads what people decided from a file of YAML or JSON, every mistake named with file and entry.

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
scope. All scalars are read as text.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from migrator.checks.registry import find_check
from migrator.checks.spec import Attestation, Outcome, Waiver
from migrator.errors import InputError
from migrator.locale import msg

_ANSWERS = {"pass": Outcome.PASS, "yes": Outcome.PASS, "fail": Outcome.FAIL, "no": Outcome.FAIL}
_ANSWER_KEYS = ("check", "answer", "evidence", "by", "on", "valid_until")
_SCOPE = ("kind", "namespace", "name")
_WAIVER_KEYS = ("check", *_SCOPE, "reason", "approver", "until")
_MOST_BYTES = 1_000_000


class Given(NamedTuple):
    """What people decided."""

    answers: tuple[Attestation, ...] = ()
    waivers: tuple[Waiver, ...] = ()


def read_answers(path: Path) -> Given:
    """The answers and waivers in the file.

    Raises:
        InputError: ``answer_file_unreadable`` (file), ``answer_entry`` (one entry), ``answer_unknown_check``,
            ``answer_twice``.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise _unreadable(path.name, "os", detail=error.strerror or type(error).__name__) from error
    if len(data) > _MOST_BYTES:
        raise _unreadable(path.name, "too_large", most=_MOST_BYTES)
    return parse_answers(data, path.name)


def parse_answers(data: bytes, name: str) -> Given:
    """What ``data`` holds; ``name`` is the file that errors speak of. Raises as ``read_answers``."""
    document = _document(data, name)
    lists = document if isinstance(document, dict) and document.keys() <= {"answers", "waivers"} else None
    if lists is None:
        lists = {"answers": document}
    entries = {key: lists.get(key, []) for key in ("answers", "waivers")}
    if not lists or not all(isinstance(listed, list) for listed in entries.values()):
        raise _unreadable(name, "no_list")
    answers = tuple(_answer(entry, name, number) for number, entry in enumerate(entries["answers"], start=1))
    seen: set[str] = set()
    for answer in answers:
        if answer.check in seen:
            raise InputError("answer_twice", check=answer.check)
        seen.add(answer.check)
    return Given(answers, tuple(_waiver(e, name, number) for number, e in enumerate(entries["waivers"], start=1)))


class _Loader(yaml.BaseLoader):
    """Text only, and no key twice: PyYAML would keep the last one silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"key twice: {twice[0]}", node.start_mark)
        return super().construct_mapping(node, deep)


def _document(data: bytes, name: str) -> Any:
    try:
        return yaml.load(data.decode("utf-8-sig"), Loader=_Loader)  # noqa: S506 - builds text only
    except UnicodeDecodeError as error:
        raise _unreadable(name, "encoding") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or type(error).__name__
        raise _unreadable(name, "syntax", line=mark.line + 1 if mark else 1, detail=problem) from error


def _answer(entry: Any, name: str, number: int) -> Attestation:
    given = _texts(entry, name, number, _ANSWER_KEYS, required=("check", "answer"))
    answer = _ANSWERS.get(given["answer"].lower())
    if answer is None:
        raise _bad(name, number, "answer", answer=given["answer"][:60], answers=list(_ANSWERS))
    return Attestation(
        check=_code(given["check"]),
        answer=answer,
        evidence=given.get("evidence", ""),
        by=given.get("by", ""),
        on=_date(given, "on", name, number),
        valid_until=_date(given, "valid_until", name, number),
    )


def _waiver(entry: Any, name: str, number: int) -> Waiver:
    given = _texts(entry, name, number, _WAIVER_KEYS, required=("check", "reason", "approver", "until"))
    if not any(key in given for key in _SCOPE):
        raise _bad(name, number, "no_scope", keys=list(_SCOPE))
    return Waiver(
        check=_code(given["check"]),
        reason=given["reason"],
        approver=given["approver"],
        until=_date(given, "until", name, number),
        kind=given.get("kind", "*"),
        namespace=given.get("namespace", "*"),
        name=given.get("name", "*"),
    )


def _texts(entry: Any, name: str, number: int, keys: tuple[str, ...], required: tuple[str, ...]) -> dict[str, str]:
    """The entry as text by key, without what is empty."""
    if not isinstance(entry, dict):
        raise _bad(name, number, "no_mapping")
    for key, value in entry.items():
        if key not in keys:
            raise _bad(name, number, "unknown_key", key=str(key), keys=list(keys))
        if not isinstance(value, str):
            raise _bad(name, number, "no_text", key=key)
    given = {key: value.strip() for key, value in entry.items() if value.strip()}
    for key in required:
        if key not in given:
            raise _bad(name, number, "missing_key", key=key)
    return given


def _code(check: str) -> str:
    found = find_check(check)
    if found is None:
        raise InputError("answer_unknown_check", check=check[:60])
    return found.spec.code


def _date(given: dict[str, str], key: str, name: str, number: int) -> str:
    """The value of ``key`` if it is a day written as YYYY-MM-DD, or empty."""
    value = given.get(key, "")
    try:
        if value and (len(value) != 10 or not date.fromisoformat(value)):
            raise ValueError
    except ValueError:
        raise _bad(name, number, "date", key=key, value=value[:40]) from None
    return value


def _unreadable(name: str, problem: str, **values: object) -> InputError:
    return InputError("answer_file_unreadable", file=name, problem=msg(f"check.answers.{problem}", **values))


def _bad(name: str, number: int, problem: str, **values: object) -> InputError:
    return InputError("answer_entry", file=name, entry=number, problem=msg(f"check.answers.{problem}", **values))

"""Reads a person's answers from a file: a YAML or JSON list of entries (or an object with the list under
``answers``), every mistake named with file and entry.

    - check: CLU001            # code or slug
      answer: yes              # yes or pass: in order; no or fail: not in order
      evidence: 白名单登记表 2026-03-01
      by: 张工
      on: 2026-03-01

``check`` and ``answer`` must be there, the others may be left out. All scalars are read as text.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import yaml

from migrator.checks.registry import find_check
from migrator.checks.spec import Attestation, Outcome
from migrator.errors import InputError
from migrator.locale import msg

_ANSWERS = {"pass": Outcome.PASS, "yes": Outcome.PASS, "fail": Outcome.FAIL, "no": Outcome.FAIL}
_REQUIRED = ("check", "answer")
_KEYS = (*_REQUIRED, "evidence", "by", "on")
_MOST_BYTES = 1_000_000


def read_answers(path: Path) -> tuple[Attestation, ...]:
    """The answers in the file.

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


def parse_answers(data: bytes, name: str) -> tuple[Attestation, ...]:
    """The answers in ``data``; ``name`` is the file that errors speak of. Raises as ``read_answers``."""
    document = _document(data, name)
    if isinstance(document, dict) and set(document) == {"answers"}:
        document = document["answers"]
    if not isinstance(document, list):
        raise _unreadable(name, "no_list")
    answers = tuple(_entry(entry, name, number) for number, entry in enumerate(document, start=1))
    seen: set[str] = set()
    for answer in answers:
        if answer.check in seen:
            raise InputError("answer_twice", check=answer.check)
        seen.add(answer.check)
    return answers


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


def _entry(entry: Any, name: str, number: int) -> Attestation:
    if not isinstance(entry, dict):
        raise _bad(name, number, "no_mapping")
    for key, value in entry.items():
        if key not in _KEYS:
            raise _bad(name, number, "unknown_key", key=str(key), keys=list(_KEYS))
        if not isinstance(value, str):
            raise _bad(name, number, "no_text", key=key)
    for key in _REQUIRED:
        if not entry.get(key, "").strip():
            raise _bad(name, number, "missing_key", key=key)
    answer = _ANSWERS.get(entry["answer"].strip().lower())
    if answer is None:
        raise _bad(name, number, "answer", answer=entry["answer"][:60], answers=list(_ANSWERS))
    check = find_check(entry["check"].strip())
    if check is None:
        raise InputError("answer_unknown_check", check=entry["check"][:60])
    return Attestation(
        check=check.spec.code,
        answer=answer,
        evidence=entry.get("evidence", "").strip(),
        by=entry.get("by", "").strip(),
        on=_date(entry.get("on", "").strip(), name, number),
    )


def _date(value: str, name: str, number: int) -> str:
    """``value`` if it is a day written as YYYY-MM-DD, or empty."""
    try:
        if value and (len(value) != 10 or not date.fromisoformat(value)):
            raise ValueError
    except ValueError:
        raise _bad(name, number, "date", value=value[:40]) from None
    return value


def _unreadable(name: str, problem: str, **values: object) -> InputError:
    return InputError("answer_file_unreadable", file=name, problem=msg(f"check.answers.{problem}", **values))


def _bad(name: str, number: int, problem: str, **values: object) -> InputError:
    return InputError("answer_entry", file=name, entry=number, problem=msg(f"check.answers.{problem}", **values))

"""Checks of a person's own out of a YAML or JSON file: a list with one check in each entry.

- code: USR001
  slug: image-without-tag
  title: {zh: 镜像没有固定版本, en: Image without a fixed tag}
  message: {zh: 请使用固定的镜像版本。, en: Use a fixed tag.}
  kinds: [Deployment, StatefulSet]
  severity: warning
  expression: object.spec.template.spec.containers.all(c, c.image.contains(':') && !c.image.endsWith(':latest'))
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import yaml

from migrator.checks.custom.language import check_expression
from migrator.checks.custom.model import CustomCheck
from migrator.checks.registry import OWN_CODE, find_check
from migrator.errors import InputError, MigratorError
from migrator.locale import msg
from migrator.paths.model import Strategy
from migrator.versions import VersionRange

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
MOST_BYTES = 1 << 20
_KIND = re.compile(r"[A-Z][A-Za-z0-9]{0,62}")


def read_checks(path: Path) -> tuple[CustomCheck, ...]:
    """The checks in the file; raises ``InputError`` as ``parse_checks``."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise InputError("custom_file_unreadable", file=path.name, problem=error.strerror or "error") from None
    return parse_checks(data, path.name)


def parse_checks(data: bytes, name: str) -> tuple[CustomCheck, ...]:
    """The checks in the content of a file; ``name`` is the file that errors speak of.

    Raises:
        InputError: ``custom_file_unreadable``, ``custom_entry`` (which, and what is wrong), ``custom_twice``.
    """
    if len(data) > MOST_BYTES:
        raise InputError("custom_file_unreadable", file=name, problem="> 1 MB")
    try:
        document = yaml.load(data, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        problem = " ".join(str(error).split())[:120]
        raise InputError("custom_file_unreadable", file=name, problem=problem) from None
    if not isinstance(document, list) or not document:
        raise InputError("custom_file_unreadable", file=name, problem="no list")
    checks = tuple(_check(entry, name, number) for number, entry in enumerate(document, start=1))
    refuse_repeats(checks)
    return checks


def write_checks(checks: Sequence[CustomCheck]) -> bytes:
    """The file from which ``parse_checks`` reads the same checks."""
    entries = msgspec.to_builtins(list(checks))
    content: bytes = yaml.dump(
        entries, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False, width=120, encoding="utf-8"
    )
    return content


def refuse_repeats(checks: Sequence[CustomCheck]) -> None:
    """Raises ``InputError`` ``custom_twice`` for a code or slug that stands twice or is a built-in check's."""
    seen: set[str] = set()
    for check in checks:
        for name in (check.code, check.slug):
            if name in seen or find_check(name) is not None:
                raise InputError("custom_twice", name=name)
            seen.add(name)


def _check(entry: Any, file: str, number: int) -> CustomCheck:
    try:
        check = msgspec.convert(entry, CustomCheck)
        VersionRange.parse(check.applies)
        check_expression(check.expression)
    except msgspec.ValidationError as error:
        raise InputError("custom_entry", file=file, number=number, problem=str(error)) from None
    except MigratorError as error:
        problem = msg(f"error.{error.code}", **error.values)
        raise InputError("custom_entry", file=file, number=number, problem=problem) from None
    if (form := problem_of(check)) is not None:
        raise InputError("custom_entry", file=file, number=number, problem=": ".join(form))
    return check


def problem_of(check: CustomCheck) -> tuple[str, str] | None:
    """The first field that is not as it must be, and its form; None where all are."""
    if not OWN_CODE.fullmatch(check.code):
        return "code", "USR001 ... USR999"
    if not SLUG.fullmatch(check.slug):
        return "slug", "a-z, 0-9, -"
    if not check.kinds or not all(_KIND.fullmatch(kind) for kind in check.kinds):
        return "kinds", "Deployment, ..."
    for field, texts in (("title", check.title), ("message", check.message)):
        if not any(texts.values()):
            return field, "zh / en"
    if not check.strategies:
        return "strategies", ", ".join(Strategy)
    return None

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
from migrator.checks.registry import find_check
from migrator.errors import InputError, MigratorError
from migrator.versions import VersionRange

CODE = re.compile(r"USR\d{3}")
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LARGEST = 1 << 20


def read_checks(path: Path) -> tuple[CustomCheck, ...]:
    """The checks in the file.

    Raises:
        InputError: ``custom_file_unreadable``, ``custom_entry`` (which, and what is wrong), ``custom_twice``.
    """
    try:
        data = path.read_bytes()[: _LARGEST + 1]
        if len(data) > _LARGEST:
            raise InputError("custom_file_unreadable", file=path.name, problem="> 1 MB")
        document = yaml.load(data, Loader=yaml.CSafeLoader)
    except OSError as error:
        raise InputError("custom_file_unreadable", file=path.name, problem=error.strerror or "error") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        problem = " ".join(str(error).split())[:120]
        raise InputError("custom_file_unreadable", file=path.name, problem=problem) from None
    if not isinstance(document, list) or not document:
        raise InputError("custom_file_unreadable", file=path.name, problem="no list")
    checks = tuple(_check(entry, path.name, number) for number, entry in enumerate(document, start=1))
    refuse_repeats(checks)
    return checks


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
    except (msgspec.ValidationError, MigratorError) as error:
        raise InputError("custom_entry", file=file, number=number, problem=str(error)) from None
    problem = problem_of(check)
    if problem:
        raise InputError("custom_entry", file=file, number=number, problem=problem)
    return check


def problem_of(check: CustomCheck) -> str:
    """The field that is not as it must be, with its form; empty where all are."""
    if not CODE.fullmatch(check.code):
        return "code: USR001 ... USR999"
    if not SLUG.fullmatch(check.slug):
        return "slug: a-z, 0-9, -"
    if not check.kinds:
        return "kinds: Deployment, ..."
    if not any(check.title.values()) or not any(check.message.values()):
        return "title, message: zh / en"
    return ""

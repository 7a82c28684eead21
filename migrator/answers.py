"""Answers of people to the checks that ask, from a file of YAML or JSON.

A list, or an object with the list under ``answers``::

    - check: CLU001            # code or slug
      answer: pass             # or fail
      evidence: "核对了三个白名单"
      by: 王工
      on: 2024-05-01
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import yaml

from migrator.checks.spec import Attestation
from migrator.errors import InputError

_LARGEST = 1 << 20  # bytes; a file of answers is written by hand


def read_answers(file: Path) -> tuple[Attestation, ...]:
    """The answers in ``file``, in its order.

    Raises:
        InputError: ``answers_unreadable`` (file, problem) or ``answers_too_large``. Whether a check of that name
            exists is for ``run_checks`` to say.
    """
    try:
        if file.stat().st_size > _LARGEST:
            raise InputError("answers_too_large", file=str(file), largest=_LARGEST)
        # The base loader keeps every scalar as text: a bare ``on`` stays a key and a date stays as it was written.
        document = yaml.load(file.read_text("utf-8-sig"), Loader=yaml.CBaseLoader)  # noqa: S506 - builds text only
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError("answers_unreadable", file=str(file), problem=_first_line(error)) from error
    entries = document.get("answers") if isinstance(document, dict) else document
    try:
        return msgspec.convert(entries, tuple[Attestation, ...])
    except msgspec.ValidationError as error:
        raise InputError("answers_unreadable", file=str(file), problem=str(error)) from error


def _first_line(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return " ".join(str(error).split())[:200]

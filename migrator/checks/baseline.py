"""An earlier assessment, read back from the JSON that ``migrator assess --format json`` prints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from migrator.checks.compare import Side
from migrator.checks.spec import Finding, Outcome, Severity
from migrator.errors import InputError, unquoted
from migrator.snapshot.model import ObjectRef

_MOST_BYTES = 512 << 20


class _Result(msgspec.Struct):
    check: str
    outcome: Outcome


class _Finding(msgspec.Struct):
    check: str
    severity: Severity
    subject: ObjectRef
    message_key: str
    file: str = ""
    values: dict[str, Any] = {}


class _Choice(msgspec.Struct):
    strategy: str


class _Document(msgspec.Struct):
    source: str
    target: str
    strategy: _Choice
    results: list[_Result]
    findings: list[_Finding]


def read_baseline(path: Path) -> Side:
    """The side that a new assessment is compared with.

    Raises:
        InputError: ``baseline_unreadable``: the file is missing, too large, or was not written by this command.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError("baseline_unreadable", file=path.name, problem=f"> {_MOST_BYTES >> 20} MiB")
        document = msgspec.json.decode(path.read_bytes(), type=_Document)
    except OSError as error:
        raise InputError("baseline_unreadable", file=path.name, problem=error.strerror or "error") from error
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise InputError("baseline_unreadable", file=path.name, problem=unquoted(str(error))) from error
    return Side(
        source=document.source,
        target=document.target,
        strategy=document.strategy.strategy,
        outcomes={r.check: r.outcome for r in document.results},
        findings=tuple(
            Finding(
                check=f.check,
                severity=f.severity,
                subject=f.subject,
                message=f.message_key,
                values=f.values,
                file=f.file,
            )
            for f in document.findings
        ),
    )

"""One line for each event: JSON for machines, plain for a terminal. Extra fields (``extra={...}``) are kept."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

from migrator.errors import places_of

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


def extras(record: logging.LogRecord) -> dict[str, Any]:
    """The fields that were given with the event; objects of the framework (the request) are left out."""
    return {
        key: value
        for key, value in sorted(record.__dict__.items())
        if key not in _STANDARD and isinstance(value, str | int | float | bool | list | dict | None)
    }


class _WithoutMessages(logging.Formatter):
    """Exceptions by type and place only: what they say may quote a dump, a form or a row."""

    def format(self, record: logging.LogRecord) -> str:
        record.exc_text = None  # another handler may have written it out
        return super().format(record)

    def formatException(self, ei: Any) -> str:
        return " > ".join(places_of(ei[1])) if ei[1] is not None else ""


class JsonLines(_WithoutMessages):
    """``{"time", "level", "logger", "event", ...}``; an exception as one field."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **extras(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class PlainLines(_WithoutMessages):
    """``12:30:01 INFO apps.operations claimed kind=inventory.import``."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:
        fields = "".join(f" {key}={value}" for key, value in extras(record).items())
        return super().formatMessage(record) + fields

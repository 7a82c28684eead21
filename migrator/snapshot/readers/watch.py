"""Watch events: the states of objects one after the other, as ``kubectl get -w -o json --output-watch-events`` and the
API's ``?watch=1`` print them. A cluster holds the last state of each object, and none of what was deleted.

Within a file an object is told by version, kind and uid, where it has no uid by its name. Its states are held until the
file ends, since only then it is known which was the last.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from migrator.snapshot.readers import Changed, Event, Found, Looked, Problem
from migrator.snapshot.values import Body, dig, text

_CHANGES = frozenset(("ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"))


def is_event(value: Body) -> bool:
    """Whether a mapping without kind of its own is an event around an object."""
    body = value.get("object")
    return text(value.get("type")) in _CHANGES and isinstance(body, dict) and isinstance(body.get("kind"), str)


class States:
    """The changes of one file; iterated over once they all are taken, it gives what came of them, and a remark."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, ...], Found] = {}
        self._kinds: dict[Looked, None] = {}
        self._counts = {"events": 0, "removed": 0, "passed": 0}

    def take(self, change: Changed) -> None:
        """Note one change; later ones of an object take the place of earlier ones."""
        self._counts["events"] += 1
        if change.found is None:
            self._counts["passed"] += 1
            return
        key = _key(change.found)
        self._kinds[Looked(change.found.api_version, change.found.kind)] = None
        if change.change == "DELETED":
            self._last.pop(key, None)
            self._counts["removed"] += 1
        else:
            self._last[key] = change.found

    def __iter__(self) -> Iterator[Event]:
        yield from self._kinds
        yield from self._last.values()
        if self._counts["events"]:
            values: dict[str, Any] = {"objects": len(self._last), **self._counts}
            yield Problem("input_watch", values)


def _key(found: Found) -> tuple[str, ...]:
    uid = text(dig(found.body, "metadata", "uid"))
    names = (uid,) if uid else (text(dig(found.body, "metadata", n)) for n in ("namespace", "name"))
    return (found.api_version, found.kind, *names)

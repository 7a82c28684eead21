"""What every conversion of an object can ask, and where it says what it did."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import orjson

from migrator.catalog.model import Catalog
from migrator.conversion.apis import Served, is_builtin
from migrator.conversion.model import Note, Options
from migrator.locale import Msg, msg
from migrator.snapshot.model import Manifest as Kept
from migrator.snapshot.model import ObjectRef, Snapshot
from migrator.versions import Version

Manifest = dict[str, Any]


class LeaveOutError(Exception):
    """Raised by a conversion: the new cluster does not get the object. ``notes`` are of what is to be done for it."""

    def __init__(self, reason: Msg, notes: Sequence[Note] = ()) -> None:
        super().__init__(reason.key)
        self.reason, self.notes = reason, notes


class Context:
    """Of one conversion of a whole snapshot; ``ref`` is the object at hand."""

    def __init__(self, snapshot: Snapshot, target: Version, catalog: Catalog, options: Options) -> None:
        self.snapshot, self.target, self.catalog, self.options = snapshot, target, catalog, options
        self.minor = target.minor
        self.served = Served(catalog, target)
        self.ref = ObjectRef(api_version="", kind="")
        self.notes: list[Note] = []
        self.by_kind: dict[str, list[Kept]] = defaultdict(list)
        for manifest in snapshot.manifests:
            self.by_kind[manifest.ref.kind].append(manifest)

    def bodies(self, *kinds: str) -> list[Manifest]:
        """All objects of these kinds of Kubernetes' own, as dumped."""
        kept = (m for kind in kinds for m in self.by_kind.get(kind, ()) if is_builtin(m.ref))
        return [orjson.loads(memoryview(m.body)) for m in kept]

    def note(self, sentence: str, /, *, open: bool = False, **values: Any) -> None:
        """Say something of the object at hand, by the sentence ``conversion.note.<sentence>``."""
        self.notes.append(Note(ref=self.ref, text=msg(f"conversion.note.{sentence}", **values), open=open))


def leave_out(sentence: str, /, **values: Any) -> LeaveOutError:
    """The exception that leaves the object at hand out, for the reason ``conversion.left.<sentence>``."""
    return LeaveOutError(msg(f"conversion.left.{sentence}", **values))

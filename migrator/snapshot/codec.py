"""A snapshot as bytes and back, and its digest.

The bytes are canonical JSON (sorted keys, defaults left out): equal snapshots give equal bytes on every machine.
"""

from __future__ import annotations

import hashlib

import msgspec

from migrator.errors import InputError, unquoted
from migrator.snapshot.model import SCHEMA_VERSION, Snapshot

_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODER = msgspec.json.Decoder(Snapshot)


def encode(snapshot: Snapshot) -> bytes:
    return _ENCODER.encode(snapshot)


def decode(data: bytes) -> Snapshot:
    """The snapshot of ``encode``'s bytes.

    Raises:
        InputError: ``snapshot_schema`` where the bytes were written by another schema version or are damaged.
    """
    try:
        snapshot = _DECODER.decode(data)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise InputError("snapshot_schema", problem=unquoted(str(error)), supported=SCHEMA_VERSION) from error
    if snapshot.schema_version != SCHEMA_VERSION:
        problem = f"schema_version {snapshot.schema_version}"
        raise InputError("snapshot_schema", problem=problem, supported=SCHEMA_VERSION)
    return snapshot


def digest(snapshot: Snapshot) -> str:
    """``sha256:<hex>`` over the facts alone: the names and the order of the files they came from take no part."""
    placeless = tuple(msgspec.structs.replace(o, file="", document=0) for o in snapshot.objects)
    uses = tuple(msgspec.structs.replace(u, file="") for u in snapshot.api_uses)
    facts = msgspec.structs.replace(snapshot, objects=placeless, api_uses=uses, inputs=())
    return "sha256:" + hashlib.sha256(encode(facts)).hexdigest()

"""A snapshot as bytes and back, and its digest.

The bytes are canonical JSON (fields in their order, keys sorted, defaults left out): equal snapshots give equal bytes
on every machine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial
from typing import Any

import msgspec

from migrator.errors import InputError, unquoted
from migrator.snapshot.model import SCHEMA_VERSION, Snapshot

_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODER = msgspec.json.Decoder(Snapshot)
_PLACELESS = {"objects": ("file", "document"), "api_uses": ("file",)}
_NOWHERE: dict[str, Any] = {"file": "", "document": 0}
_PIECE = 250  # facts that are encoded at a time


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
    """``sha256:<hex>`` over the facts alone: the names and the order of the files they came from take no part.

    It is the hash of what ``encode`` gives for those facts, taken piece by piece: the whole of a large cluster is never
    held a second time.
    """
    hashed = hashlib.sha256()
    for piece in _facts(snapshot):
        hashed.update(piece)
    return "sha256:" + hashed.hexdigest()


def _facts(snapshot: Snapshot) -> Iterator[bytes | bytearray]:
    """The bytes of ``encode`` without names of files, each piece for as long as the next one is not asked for."""
    begin = b"{"
    for field in msgspec.structs.fields(snapshot):
        value = getattr(snapshot, field.name)
        if field.name == "inputs" or value is field.default:  # an encoder asks the same
            continue
        yield begin + _ENCODER.encode(field.encode_name) + b":"
        begin = b","
        yield from _encoded(value, _PLACELESS.get(field.name, ()))
    yield b"}" if begin == b"," else b"{}"


def _encoded(value: Any, places: tuple[str, ...]) -> Iterator[bytes | bytearray]:
    if not isinstance(value, tuple) or len(value) <= _PIECE:
        yield _ENCODER.encode(_without(value, places))
        return
    piece = bytearray()  # one for all: most of the time would go into fresh memory
    begin = b"["
    for start in range(0, len(value), _PIECE):
        _ENCODER.encode_into(_without(value[start : start + _PIECE], places), piece)
        piece[:1] = begin
        del piece[-1:]
        yield piece
        begin = b","
    yield b"]"


def _without(value: Any, places: tuple[str, ...]) -> Any:
    if not places:
        return value
    return list(map(partial(msgspec.structs.replace, **{name: _NOWHERE[name] for name in places}), value))

"""Marks: values that stand for a credential, and the search for them in whatever a program has written.

A mark is twice the same beginning with letters of its own behind it, so that half of one (a text that was cut) is found
as well, and one look for the beginning finds all of them.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from urllib.parse import quote

BEGINNING = "Zq7Kx"
_OWN = 8  # letters of a mark's own behind each beginning
_DEEPEST = 6
_ZLIB = (b"x\x01", b"x\x5e", b"x\x9c", b"x\xda")  # by level
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{24,}")

_places: dict[str, str] = {}  # half of a mark -> the place it was made for


def mark(place: str) -> str:
    """The mark of a place: always the same, and of no other."""
    digits = re.sub(r"\W|_", "", base64.b64encode(hashlib.sha512(place.encode()).digest()).decode())
    halves = [BEGINNING + digits[:_OWN], BEGINNING + digits[_OWN : 2 * _OWN]]
    for half in halves:
        assert _places.setdefault(half, place) == place
    return "".join(halves)


def encoded(value: str) -> str:
    """Base64, as in a Secret's data."""
    return base64.b64encode(value.encode()).decode()


def found_in(data: bytes) -> set[str]:
    """The places whose marks are in ``data``, in whatever form and however packed; "?" for one cut too short."""
    return {place for layer in _layers(data, 0) for place in _in_layer(layer)}


def _in_layer(data: bytes) -> Iterator[str]:
    for written, read in _FORMS:
        position = data.find(written)
        while position >= 0:
            yield _places.get(read(data[position : position + 200]), "?")
            position = data.find(written, position + 1)
    yield from _in_base64(data)


_HALF = len(BEGINNING) + _OWN
# How the beginning looks in an encoding, and how to read half a mark from there.
_FORMS = (
    (BEGINNING.encode(), lambda d: d[:_HALF].decode("latin-1")),
    (BEGINNING.encode("utf-16-le"), lambda d: d[: 2 * _HALF].decode("utf-16-le", "replace")),
    (BEGINNING.encode("utf-16-be"), lambda d: d[: 2 * _HALF].decode("utf-16-be", "replace")),
    (BEGINNING.encode().hex().encode(), lambda d: _unhex(d[: 2 * _HALF])),
    (BEGINNING.encode().hex().upper().encode(), lambda d: _unhex(d[: 2 * _HALF])),
    (BEGINNING[::-1].encode(), lambda d: BEGINNING),
)


def _unhex(digits: bytes) -> str:
    try:
        return bytes.fromhex(digits.decode("latin-1")).decode("latin-1")
    except ValueError:
        return ""


def _middle_of_base64(offset: int) -> bytes:
    """What base64 makes of the beginning alone where it stands ``offset`` bytes behind a group of three."""
    whole = base64.b64encode(b"\0" * offset + BEGINNING.encode()).rstrip(b"=")
    return whole[-(-8 * offset // 6) : (offset + len(BEGINNING)) * 8 // 6]


_IN_BASE64 = tuple(_middle_of_base64(offset) for offset in range(3))


def _in_base64(data: bytes) -> Iterator[str]:
    for fragment in _IN_BASE64:
        position = data.find(fragment)
        while position >= 0:
            yield _read_base64(data[max(0, position - 3) : position + 40])
            position = data.find(fragment, position + 1)


def _read_base64(window: bytes) -> str:
    for start in range(8):
        group = window[start : start + 32].translate(bytes.maketrans(b"-_", b"+/"))
        try:
            plain = base64.b64decode(group[: len(group) // 4 * 4])
        except ValueError:
            continue
        position = plain.find(BEGINNING.encode())
        if position >= 0 and (place := _places.get(plain[position : position + _HALF].decode("latin-1"))):
            return place
    return "?"


def _layers(data: bytes, depth: int) -> Iterator[bytes]:
    """``data`` and everything packed inside it."""
    yield data
    if depth >= _DEEPEST:
        return
    for inner in (*_unpacked(data), *_embedded(data)):
        yield from _layers(inner, depth + 1)


def _embedded(data: bytes) -> Iterator[bytes]:
    """Stretches of base64 that hold something packed, or base64 once more."""
    for stretch in _BASE64.finditer(data):
        digits = stretch[0].translate(bytes.maketrans(b"-_", b"+/"))
        try:
            plain = base64.b64decode(digits + b"=" * (-len(digits) % 4))
        except ValueError:
            continue
        if plain.startswith((b"\x1f\x8b", *_ZLIB, b"PK")) or _BASE64.fullmatch(plain.strip(b"=\n")):
            yield plain


def _unpacked(data: bytes) -> Iterator[bytes]:
    try:
        if data.startswith(b"\x1f\x8b"):
            yield gzip.decompress(data)
        elif data.startswith(_ZLIB):
            yield zlib.decompress(data)
        elif data.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                yield from (archive.read(name) for name in archive.namelist())
        elif data[257:262] == b"ustar":
            with tarfile.open(fileobj=io.BytesIO(data)) as tar:
                yield from (file.read() for member in tar if (file := tar.extractfile(member)))
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, tarfile.TarError, RuntimeError):
        return


def disguises(value: str) -> dict[str, bytes]:
    """A value in every form that the search must see through."""
    plain = value.encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", plain)
    once = base64.b64encode(plain)
    return {
        "plain": b"before " + plain + b" after",
        "cut": b"password is " + plain[: _HALF + 2] + "…".encode(),
        "second half": plain[_HALF:],
        "JSON": json.dumps({"a": f'"{value}\n'}).encode(),
        "URL": quote(f"a/{value}?").encode(),
        "base64": once,
        "base64 behind one byte": base64.b64encode(b"x" + plain),
        "base64 behind two bytes": base64.b64encode(b"xy" + plain),
        "base64 of an URL": base64.urlsafe_b64encode(b"\xff\xfe" + plain),
        "base64 twice": base64.b64encode(once),
        "hexadecimal": plain.hex().encode(),
        "UTF-16": b"\xff\xfe" + value.encode("utf-16-le"),
        "UTF-16, the other way": value.encode("utf-16-be"),
        "backwards": plain[::-1],
        "gzip": gzip.compress(plain),
        **{f"zlib {level}": zlib.compress(plain, level) for level in (1, 4, 6, 9)},
        "zip": packed.getvalue(),
        "a Helm record": base64.b64encode(base64.b64encode(gzip.compress(plain * 3))),
    }

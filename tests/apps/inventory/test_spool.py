"""Uploads at rest: read back as written, seekable, and worthless without the key or when touched."""

from __future__ import annotations

import io
import os
import random
import time

import pytest

from apps.core.errors import ServiceError
from apps.inventory import spool
from apps.inventory.spool import PIECE, SpoolWriter, open_spooled, spool_stream


def opened(written, **changed):
    return open_spooled(
        **{"spool": written.spool, "key": written.key, "size": written.size, "name": "a.yaml", **changed}
    )


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 17])
def test_what_was_written_is_read(data_folder, size):
    content = random.Random(size).randbytes(size)
    written = spool_stream(io.BytesIO(content))
    assert written.size == size
    with opened(written) as stream:
        assert stream.read() == content


def test_pieces_of_any_length_give_the_same_file(data_folder):
    content = random.Random(1).randbytes(2 * PIECE + 5)
    writer = SpoolWriter()
    for start in range(0, len(content), 70_001):
        writer.write(content[start : start + 70_001])
    with opened(writer.finish()) as stream:
        assert stream.read() == content


def test_it_can_be_read_from_any_place(data_folder):
    content = random.Random(2).randbytes(2 * PIECE + 100)
    with opened(spool_stream(io.BytesIO(content))) as stream:
        for place in (0, PIECE - 3, PIECE, 2 * PIECE - 1, len(content) - 1, len(content), len(content) + 9):
            stream.seek(place)
            assert stream.read(7) == content[place : place + 7]
        stream.seek(-4, io.SEEK_END)
        assert stream.read() == content[-4:]


def test_the_file_does_not_hold_the_plaintext_nor_the_key(data_folder, settings):
    written = spool_stream(io.BytesIO(b"plain-marker-7f3a" * 1000))
    path = settings.SPOOL_DIR / written.spool
    sealed = path.read_bytes()
    assert b"plain-marker-7f3a" not in sealed
    assert written.key not in sealed
    assert path.stat().st_mode & 0o077 == 0
    assert settings.SPOOL_DIR.stat().st_mode & 0o077 == 0


def test_equal_files_look_different(data_folder, settings):
    first, second = (spool_stream(io.BytesIO(b"same")) for _ in range(2))
    assert (settings.SPOOL_DIR / first.spool).read_bytes() != (settings.SPOOL_DIR / second.spool).read_bytes()


@pytest.mark.parametrize("damage", ["cut", "piece_cut_off", "longer", "changed", "exchanged", "gone"])
def test_a_touched_file_is_refused(data_folder, settings, damage):
    written = spool_stream(io.BytesIO(random.Random(3).randbytes(3 * PIECE)))
    path, sealed_piece = settings.SPOOL_DIR / written.spool, PIECE + spool.TAG
    sealed = bytearray(path.read_bytes())
    size = written.size
    if damage == "cut":
        sealed = sealed[:-1]
    elif damage == "piece_cut_off":
        sealed, size = sealed[: 2 * sealed_piece], 2 * PIECE
    elif damage == "longer":
        sealed += b"x"
    elif damage == "changed":
        sealed[sealed_piece + 10] ^= 1
    elif damage == "exchanged":
        first, second = sealed[:sealed_piece], sealed[sealed_piece : 2 * sealed_piece]
        sealed[: 2 * sealed_piece] = second + first
    path.write_bytes(sealed)
    if damage == "gone":
        path.unlink()
    with pytest.raises(ServiceError) as caught, opened(written, size=size) as stream:
        stream.read()
    assert caught.value.code == "upload_lost"


def test_another_key_is_refused(data_folder):
    written = spool_stream(io.BytesIO(b"abc"))
    other = spool_stream(io.BytesIO(b"abc"))
    with pytest.raises(ServiceError), opened(written, key=other.key) as stream:
        stream.read()


def test_an_interrupted_writing_leaves_nothing(data_folder, settings):
    class Breaking(io.BytesIO):
        def read(self, size=-1):
            raise OSError("network")

    with pytest.raises(OSError, match="network"):
        spool_stream(Breaking())
    assert list(settings.SPOOL_DIR.iterdir()) == []


def test_old_files_that_nobody_knows_are_removed(data_folder, settings):
    known, forgotten, fresh = (spool_stream(io.BytesIO(b"abc")) for _ in range(3))
    for written in (known, forgotten):
        os.utime(settings.SPOOL_DIR / written.spool, (time.time() - 7200,) * 2)
    assert spool.remove_orphans([known.spool]) == 1
    assert {p.name for p in settings.SPOOL_DIR.iterdir()} == {known.spool, fresh.spool}

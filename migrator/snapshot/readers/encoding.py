"""The bytes of a file as UTF-8 without a byte order mark.

PowerShell's ``>`` writes UTF-16, Windows editors put a mark before UTF-8: both are dumps like any other.
"""

from __future__ import annotations

import codecs

from migrator.errors import InputError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def to_utf8(data: bytes) -> bytes:
    """``data`` as UTF-8; bytes that claim to be UTF-8 are not checked here, the parsers do that piece by piece.

    Raises:
        InputError: ``input_encoding`` for damaged UTF-16 or UTF-32, ``input_not_a_dump`` for binary data.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :] if name == "utf-8" else _recode(data[len(mark) :], name)
    head = data[:4096]
    if b"\0" not in head:
        return data
    # UTF-16 without a mark: the ASCII that every dump begins with leaves a zero in every other byte.
    if len(head) % 2 == 0 and head[1::2].count(0) > len(head) // 3:
        return _recode(data, "utf-16-le")
    if len(head) % 2 == 0 and head[::2].count(0) > len(head) // 3:
        return _recode(data, "utf-16-be")
    raise InputError("input_not_a_dump")


def _recode(data: bytes, name: str) -> bytes:
    try:
        return data.decode(name).encode()
    except UnicodeError:
        raise InputError("input_encoding", document=1, line=1) from None

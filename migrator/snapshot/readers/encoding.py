"""The bytes of a file as UTF-8 without a byte order mark, and the names of files as text.

PowerShell's ``>`` writes UTF-16, editors of Windows put a mark before UTF-8 or write the Chinese code page: all of them
are dumps like any other. What was not UTF-8 is told, since a guess can be wrong.
"""

from __future__ import annotations

import codecs
import io
from typing import NamedTuple

from migrator.errors import InputError

_MARKS = (
    (codecs.BOM_UTF8, "UTF-8"),
    (codecs.BOM_UTF32_LE, "UTF-32-LE"),
    (codecs.BOM_UTF32_BE, "UTF-32-BE"),
    (codecs.BOM_UTF16_LE, "UTF-16-LE"),
    (codecs.BOM_UTF16_BE, "UTF-16-BE"),
    (b"\x84\x31\x95\x33", "GB18030"),
)
_HEAD = 4096
_ENOUGH = 1000
_BLOCK = 1 << 20  # what is decoded at once, so that a large file is never held as text as well


class Decoded(NamedTuple):
    """``data`` as UTF-8; ``encoding`` is what it was written in, empty for UTF-8 itself."""

    data: bytes
    encoding: str = ""


def to_utf8(data: bytes) -> Decoded:
    """``data`` as UTF-8, whatever it was: UTF-8, UTF-16 and UTF-32 with or without a mark, GBK and GB18030.

    Text that is neither is given back as it is: the parsers say piece by piece where it is damaged.

    Raises:
        InputError: ``input_encoding`` for damaged UTF-16 or UTF-32, ``input_not_a_dump`` for binary data.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return Decoded(data[len(mark) :]) if name == "UTF-8" else _recoded(data, len(mark), name)
    if (name := _without_mark(data[:_HEAD])) != "":
        return _recoded(data, 0, name)
    if not _is_utf8(data) and _is_rather_chinese(data):
        try:
            return _recoded(data, 0, "GB18030")
        except InputError:
            pass  # neither: damaged UTF-8
    return Decoded(data)


def _without_mark(head: bytes) -> str:
    """UTF-16 told by the zero that the ASCII every dump begins with leaves in every other byte; empty for no UTF-16."""
    if b"\0" not in head:
        return ""
    if len(head) % 2 == 0 and head[1::2].count(0) > len(head) // 3:
        return "UTF-16-LE"
    if len(head) % 2 == 0 and head[::2].count(0) > len(head) // 3:
        return "UTF-16-BE"
    raise InputError("input_not_a_dump")


def _is_utf8(data: bytes) -> bool:
    """Whether what is not ASCII is UTF-8 as far as it was looked at: so many characters are not right by chance."""
    if data.isascii():
        return True
    decoder = codecs.getincrementaldecoder("utf-8")()
    right = 0
    try:
        for start in range(0, len(data), _BLOCK):
            block = data[start : start + _BLOCK]
            if block.isascii() and not decoder.getstate()[0]:
                continue
            text = decoder.decode(block, start + _BLOCK >= len(data))
            right += len(text) - len(text.encode("ascii", "ignore"))
            if right > _ENOUGH:
                break
    except UnicodeDecodeError:
        return False
    return True


def _is_rather_chinese(data: bytes) -> bool:
    """Whether more bytes are wrong as UTF-8 than characters are right: a damaged file of UTF-8 has few wrong ones, and
    its Chinese characters would nearly all pass for others of GB18030."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    wrong = right = 0
    for start in range(0, len(data), _BLOCK):
        text = decoder.decode(data[start : start + _BLOCK], start + _BLOCK >= len(data))
        missing = text.count("\ufffd")
        wrong += missing
        right += len(text) - len(text.encode("ascii", "ignore")) - missing
    return wrong > right


def _recoded(data: bytes, start: int, name: str) -> Decoded:
    decoder = codecs.getincrementaldecoder(name)()
    out = io.BytesIO()
    for position in range(start, len(data), _BLOCK):
        block = data[position : position + _BLOCK]
        try:
            out.write(decoder.decode(block, position + _BLOCK >= len(data)).encode())
        except UnicodeDecodeError as error:
            good = error.object[: error.start].decode(name, "replace")
            line = out.getvalue().count(b"\n") + good.count("\n") + 1
            raise InputError("input_encoding", document=1, line=line) from None
    return Decoded(out.getvalue(), name.removesuffix("-LE").removesuffix("-BE"))


def readable_name(name: str) -> str:
    """A file's name as the system gave it, as text that can be written: where it is no UTF-8, read as GB18030."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return decode_name(name.encode("utf-8", "surrogateescape"))
    return name


def decode_name(raw: bytes) -> str:
    """The bytes of a file's name as text: UTF-8 or GB18030; of others, what is no ASCII is written as ``\\xNN``."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("ascii", "backslashreplace")

"""Every sentence a person reads, in Chinese (``zh``, written as zh-Hans) and English (``en``).

The sentences live in the YAML files beside this module: one mapping per key, ``{zh: ..., en: ...}``, with
``str.format`` placeholders. Code holds keys and values only. A missing key, language or placeholder is a defect and
raises; tests compare the two languages key by key.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal

import msgspec

_ryaml = importlib.import_module("ryaml")  # publishes no types; takes a quarter of PyYAML's time

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = ("zh", "en")
DEFAULT_LANG: Lang = "zh"

_JOIN = {"zh": "、", "en": ", "}


class Msg(msgspec.Struct, frozen=True, omit_defaults=True):
    """A sentence that is not yet written: its key and the values of its placeholders.

    Values are text, numbers, lists of text (joined in the way of the language) or again a ``Msg``.
    """

    key: str
    values: dict[str, str | int | float | list[str] | Msg] = {}


def msg(key: str, /, **values: Any) -> Msg:
    """``Msg`` with keyword values; tuples become lists."""
    return Msg(key, {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()})


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """All sentences: key -> language -> template. A key that stands in two files raises ``ValueError``."""
    merged: dict[str, dict[str, str]] = {}
    for file in sorted(files(__package__).iterdir(), key=lambda f: f.name):
        if not file.name.endswith(".yaml"):
            continue
        part = _ryaml.loads(file.read_text("utf-8")) or {}
        if clash := merged.keys() & part.keys():
            raise ValueError(f"{file.name}: keys defined twice: {sorted(clash)}")
        merged.update(part)
    return merged


Sentences = Mapping[str, Mapping[str, str]]  # key -> language -> template

# Of the thread or task that learned them: two documents with other words for the same check can be read at once.
_LEARNED: ContextVar[Sentences] = ContextVar("learned", default=MappingProxyType({}))


def learn(sentences: Sentences) -> None:
    """Take in sentences that no file holds: of checks that a person wrote. One that a file holds is left alone."""
    if sentences:
        _LEARNED.set({**_LEARNED.get(), **sentences})


@contextmanager
def speaking(sentences: Sentences) -> Iterator[None]:
    """Know ``sentences`` before all that were learned, and nothing of what is learned meanwhile afterwards."""
    before = _LEARNED.set({**_LEARNED.get(), **sentences})
    try:
        yield
    finally:
        _LEARNED.reset(before)


# As a document said them on its day; they come before those of the files, which may have changed since.
_KEPT: ContextVar[Sentences] = ContextVar("kept", default=MappingProxyType({}))


@contextmanager
def worded(sentences: Sentences) -> Iterator[None]:
    """Say what stands in ``sentences`` in those words, and only what they lack in the words of today."""
    before = _KEPT.set({**_KEPT.get(), **sentences})
    try:
        yield
    finally:
        _KEPT.reset(before)


_KEY = re.compile(rb'"([a-z][a-z0-9_]*(?:[.][a-z0-9_-]+)+)"')
_SLUG = re.compile(rb'"slug":"([a-z0-9-]+)"')


def sentences_in(*documents: bytes) -> Sentences:
    """The sentences of the files that documents name, with all of those of the checks that they hold.

    Args:
        documents: JSON as msgspec writes it, without blanks; a check stands with its ``slug``.
    """
    named = {found.decode() for document in documents for found in _KEY.findall(document)}
    checks = {found.decode() for document in documents for found in _SLUG.findall(document)}
    return {
        key: said
        for key, said in catalogue().items()
        if key in named or (key.startswith("check.") and key.split(".")[1] in checks)
    }


def is_known(key: str) -> bool:
    """Whether there is a sentence of that key."""
    return key in catalogue() or key in _LEARNED.get() or key in _KEPT.get()


def text(key: str, lang: Lang = DEFAULT_LANG, /, **values: Any) -> str:
    """The sentence for ``key`` in ``lang`` with its placeholders filled.

    Raises ``KeyError`` for an unknown key or a missing value: a half-written sentence must never reach a reader.
    """
    template = (_KEPT.get().get(key) or catalogue().get(key) or _LEARNED.get()[key])[lang]
    return template.format(**{k: _shown(v, lang) for k, v in values.items()})


def say(message: Msg, lang: Lang = DEFAULT_LANG) -> str:
    """The sentence of ``message`` in ``lang``."""
    return text(message.key, lang, **message.values)


def joint(lang: Lang) -> str:
    """What stands between the parts of a list."""
    return _JOIN[lang]


def _shown(value: Any, lang: Lang) -> Any:
    if isinstance(value, Msg):
        return say(value, lang)
    if isinstance(value, dict) and "key" in value:  # a sentence that was stored
        return text(value["key"], lang, **value.get("values", {}))
    if isinstance(value, list | tuple):
        return _JOIN[lang].join(str(_shown(v, lang)) for v in value)
    return value

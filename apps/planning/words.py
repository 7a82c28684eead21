"""The core's own words as labels of the database's choices, so that form, API and document use the same ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.functional import lazy

from apps.core.language import request_lang
from migrator.locale import text

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


def _word(key: str) -> str:
    return text(key, request_lang())


_lazy_word = lazy(_word, str)


def word(key: str) -> _StrPromise:
    """The sentence of that key in the language in which it is shown."""
    return _lazy_word(key)  # type: ignore[return-value]


class WordChoices(models.TextChoices):
    """Choices whose labels are words of the core: ``choices=X.words`` keeps the words out of the migrations."""

    @classmethod
    def words(cls) -> list[tuple[str, str]]:
        return cls.choices

"""The language of the running request, as the core names it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language

from migrator.locale import DEFAULT_LANG, Lang, text


def request_lang() -> Lang:
    """``zh`` or ``en``: what ``LocaleMiddleware`` has chosen by cookie or ``Accept-Language``."""
    active = get_language()
    if active is None:
        return DEFAULT_LANG
    return "en" if active.lower().startswith("en") else "zh"


def reason_text(code: str, values: Mapping[str, Any]) -> str:
    """The sentence of a stored error code for the reader of the running request; empty for no code."""
    return text(f"error.{code}", request_lang(), **values) if code else ""

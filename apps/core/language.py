"""The language of the running request, as the core names it."""

from __future__ import annotations

from django.utils.translation import get_language

from migrator.locale import DEFAULT_LANG, Lang


def request_lang() -> Lang:
    """``zh`` or ``en``: what ``LocaleMiddleware`` has chosen by cookie or ``Accept-Language``."""
    active = get_language()
    if active is None:
        return DEFAULT_LANG
    return "en" if active.lower().startswith("en") else "zh"

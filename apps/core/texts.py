"""Texts that people type: kept as they are, unless they seem to hold a credential."""

from __future__ import annotations

from apps.core.errors import ServiceError, about
from migrator.snapshot.redaction import holds_secret


def check_texts(*given: str) -> None:
    """Raises ``ServiceError`` ``text_secret`` where one of the texts seems to hold a credential."""
    if any(map(holds_secret, given)):
        raise ServiceError("text_secret")


def check_fields(**given: str) -> None:
    """The same of the fields of a form or request; the error says which."""
    for field, text in given.items():
        with about(field):
            check_texts(text)

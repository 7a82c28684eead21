"""Texts that people type: kept as they are, unless they seem to hold a credential."""

from __future__ import annotations

from apps.core.errors import ServiceError
from migrator.snapshot.redaction import holds_secret


def check_texts(*given: str) -> None:
    """Raises ``ServiceError`` ``text_secret`` where one of the texts seems to hold a credential."""
    if any(map(holds_secret, given)):
        raise ServiceError("text_secret")

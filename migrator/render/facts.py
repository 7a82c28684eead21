"""Sections, fields of facts and their values in the words of a reader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from migrator.locale import Lang, catalogue, text


def section_title(section: str, lang: Lang) -> str:
    """The name of a section of a snapshot, or of a comparison, which has some more."""
    key = f"compare.section.{section}"
    return text(key if key in catalogue() else f"check.section.{section}", lang)


def field_name(field: str, lang: Lang) -> str:
    """The name of a field; of one key of a mapping both: ``labels.app`` is "labels app".

    The keys of a cluster's mappings are its own and stay as they are.
    """
    head, _, key = field.partition(".")
    known = f"fact.field.{head}"
    name = text(known, lang) if known in catalogue() else head
    return f"{name} {key}" if key else name


def value_text(field: str, value: Any, lang: Lang) -> str:
    """A value as JSON knows it, in one line; values that are words of this product are translated."""
    if value is None or value in ("", [], {}):
        return text("fact.value.none", lang)
    if isinstance(value, bool):
        return text("fact.value.true" if value else "fact.value.false", lang)
    if isinstance(value, list | tuple):
        return text("render.listed", lang, names=[value_text(field, item, lang) for item in value])
    if isinstance(value, Mapping):
        return " ".join(f"{name}={item}" for name, item in value.items())
    key = f"fact.value.{field}.{value}"
    return text(key, lang) if key in catalogue() else str(value)

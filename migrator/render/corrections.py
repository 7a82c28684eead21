"""What became of corrections, in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from migrator.locale import Lang, text
from migrator.render.facts import field_name, section_title, value_text
from migrator.snapshot.corrections import Correction, CorrectionUse


def correction_text(use: CorrectionUse, lang: Lang) -> str:
    """One sentence: what was read, what holds, and what a person should do about it."""
    correction = use.correction
    before = None if correction.read is msgspec.UNSET else correction.read
    values = {"read": use.read, "before": before, "value": correction.value}
    return text(
        f"correction.told.{use.state.value}",
        lang,
        subject=subject_text(correction, lang),
        field=field_name(correction.field, lang),
        **{name: value_text(correction.field, value, lang) for name, value in values.items()},
    )


def subject_text(correction: Correction, lang: Lang) -> str:
    return f"{section_title(correction.section, lang)} {correction.key}".rstrip()


def corrections_plain(uses: Iterable[CorrectionUse], lang: Lang) -> list[dict[str, Any]]:
    """The same for programs."""
    return [
        {
            **{name: value for name, value in msgspec.structs.asdict(use.correction).items() if name != "read"},
            "read": use.read,
            "state": use.state.value,
            "message": correction_text(use, lang),
        }
        for use in uses
    ]

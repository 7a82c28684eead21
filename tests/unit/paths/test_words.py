"""Every value that a path or a strategy can have is a sentence in both languages."""

from __future__ import annotations

import pytest

from migrator.catalog.model import Mode, Rollback, Start
from migrator.locale import LANGS, Lang, text
from migrator.paths.model import Strategy
from migrator.paths.planner import _FILTERS

KEYS = [
    *(f"path.mode.{mode}" for mode in Mode),
    *(f"path.start.{start}" for start in Start),
    *(f"path.rollback.{rollback}" for rollback in Rollback),
    *(f"strategy.{strategy}" for strategy in Strategy),
    *(f"path.precondition.{name}" for name in _FILTERS),
]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("key", KEYS)
def test_the_value_can_be_said(key: str, lang: Lang) -> None:
    assert text(key, lang).strip()


def test_the_modes_are_said_in_the_course_s_words() -> None:
    assert [text(f"path.mode.{mode}", "zh") for mode in Mode] == ["滚动升级", "重置升级", "原地升级", "平滑升级"]

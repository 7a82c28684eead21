"""What a file of a node is: one ``Form`` for each, and the settings that it gives."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from migrator.catalog.model import SettingCategory

COMMENTS = ("#", ";")
_NOTHING = re.compile(r"(?!)")


class Given(NamedTuple):
    """One setting as a file gives it, already without credentials.

    ``listed``: one of several of the same key, such as the lines of a crontab; they are numbered later.
    ``always``: nobody but a person sets this, so it counts even where nothing is known of its default.
    """

    category: SettingCategory
    key: str
    value: str
    secret: bool = False  # a credential was masked in it
    listed: bool = False
    always: bool = False


class BadNodeFileError(Exception):
    """The file is of this form, and broken at ``line`` (0 where the parser tells none)."""

    def __init__(self, line: int = 0) -> None:
        self.line = line
        super().__init__(line)


class Form(NamedTuple):
    """One kind of node file.

    Args:
        name: as the coverage shows it.
        lines: whether these lines, without blanks and comments, are of this form; at least one is given.
        settings: the settings in a text; may raise ``BadNodeFileError``. The second argument is its path or name.
        hint: of a file that holds comments only, words in them that tell the form.
        paths: full paths on a node where such a file stands, used only where the path is told with the content.
        rank: of two forms that tell the same setting, the higher one says what holds.
        by_hand: a person writes this file, so a setting of unknown default counts; otherwise it tells the whole
            state of the node, and only settings of a known default can be judged.
    """

    name: str
    category: SettingCategory
    lines: Callable[[Sequence[str]], bool]
    settings: Callable[[str, str], Iterator[Given]]
    hint: re.Pattern[str] = _NOTHING
    paths: re.Pattern[str] = _NOTHING
    rank: int = 1
    by_hand: bool = True


def plain_lines(text: str) -> list[str]:
    """The lines that say something: without blanks around, without empty ones and comments."""
    stripped = (line.strip() for line in text.splitlines())
    return [line for line in stripped if line and not line.startswith(COMMENTS)]


def all_match(lines: Sequence[str], pattern: re.Pattern[str]) -> bool:
    return all(pattern.fullmatch(line) for line in lines)

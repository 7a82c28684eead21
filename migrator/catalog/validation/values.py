"""What is asked of values wherever they stand: written once, readable, with a sentence, in every language."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable

from migrator.catalog.reading import Place, Problems
from migrator.errors import VersionError
from migrator.locale import LANGS, catalogue
from migrator.versions import VersionRange

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)


def unique(items: Iterable[tuple[Place, Hashable]], field: str, problems: Problems) -> None:
    listed = list(items)
    counts = Counter(value for _, value in listed)
    seen: set[Hashable] = set()
    for place, value in listed:
        if counts[value] > 1 and value in seen:
            problems.add("not_unique", place.key(field) if field else place, value=str(value))
        seen.add(value)


def matching(items: Iterable[tuple[Place, str]], test: Callable[[str], object], kind: str, problems: Problems) -> None:
    for place, value in items:
        if not test(value):
            problems.add(kind, place, value=value)


def check_url(url: str, place: Place, problems: Problems) -> None:
    if not re.fullmatch(r"https://[A-Za-z0-9.-]+\.[a-z]{2,}(/\S*)?", url):
        problems.add("not_https", place, value=url)


def check_sentence(key: str, place: Place, problems: Problems) -> None:
    if key not in catalogue():
        problems.add("no_sentence", place, sentence=key)


def check_languages(texts: dict[str, str], place: Place, problems: Problems) -> None:
    for lang in sorted(set(LANGS) ^ texts.keys()):
        problems.add("title_languages", place, value=lang)


def is_range(text: str) -> bool:
    try:
        VersionRange.parse(text)
    except VersionError:
        return False
    return True


def is_expression(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True

"""Credentials in free text: everything is masked, nothing else is, and no text takes long."""

from __future__ import annotations

import re
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Iterator
from typing import Any

import pytest

from migrator.snapshot.redaction import MASK, assigned, holds_secret, kept, mask_corefile, mask_text, names, texts
from tests.unit.redaction.texts import HARMFUL, HARMFUL_ENDS, HARMFUL_LINES, HARMLESS, MARK


@pytest.mark.parametrize("text", HARMFUL, ids=range(len(HARMFUL)))
@pytest.mark.parametrize("around", ["{}", "before {}", "a: 1\n{}\nb: 2\n", "{} after"])
def test_a_credential_is_masked_wherever_its_text_stands(text: str, around: str) -> None:
    whole = around.replace("{}", text)
    assert MARK.lower() not in mask_text(whole).lower(), mask_text(whole)
    assert holds_secret(whole)


@pytest.mark.parametrize("text", HARMFUL_LINES, ids=range(len(HARMFUL_LINES)))
@pytest.mark.parametrize("around", ["{}", "a: 1\n{}\nb: 2\n", "\r\n{}\r\n"])
def test_a_line_that_sets_a_credential_is_masked(text: str, around: str) -> None:
    whole = around.replace("{}", text)
    assert MARK.lower() not in mask_text(whole).lower(), mask_text(whole)
    assert holds_secret(whole)


@pytest.mark.parametrize("text", HARMFUL_ENDS)
def test_a_login_that_was_cut_off_is_masked(text: str) -> None:
    assert MARK not in mask_text(text)


@pytest.mark.parametrize("text", HARMLESS, ids=range(len(HARMLESS)))
def test_a_text_without_a_credential_stays_as_it_is(text: str) -> None:
    assert mask_text(text) == text
    assert not holds_secret(text)


def test_every_step_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any one of them a text of the table keeps its credential."""
    steps, unneeded = texts._STEPS, []
    for left_out in steps:
        monkeypatch.setattr(texts, "_STEPS", tuple(step for step in steps if step is not left_out))
        if not any(MARK.lower() in mask_text(text).lower() for text in (*HARMFUL, *HARMFUL_LINES, *HARMFUL_ENDS)):
            unneeded.append(left_out.needles)
    assert unneeded == []


def every_pattern() -> Iterator[tuple[str, re.Pattern[str]]]:
    for module in (assigned, kept, names, texts):
        for name, value in vars(module).items():
            several = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
            for position, pattern in enumerate(several):
                if isinstance(pattern, re.Pattern):
                    yield f"{module.__name__}.{name}[{position}]", pattern


def going_back(parsed: Any, allowed: int = 100_000) -> Iterator[str]:
    """The repeats of a pattern that can make it look at a text again and again: without a limit, or multiplied."""
    for operation, argument in parsed:
        if operation in (parser.MAX_REPEAT, parser.MIN_REPEAT):
            _, most, inner = argument
            if most == parser.MAXREPEAT or most > allowed:
                yield f"{operation} up to {most}"
            else:
                yield from going_back(inner, allowed // max(most, 1))
        elif operation is parser.POSSESSIVE_REPEAT:
            yield from going_back(argument[2], allowed)
        elif operation is parser.SUBPATTERN:
            yield from going_back(argument[-1], allowed)
        elif operation is parser.BRANCH:
            for branch in argument[1]:
                yield from going_back(branch, allowed)
        elif operation in (parser.ASSERT, parser.ASSERT_NOT):
            yield from going_back(argument[1], allowed)


def test_no_pattern_goes_back_without_a_limit() -> None:
    """A repeat is bounded or gives nothing back: so the time for a text grows with its length alone."""
    patterns = dict(every_pattern())
    assert len(patterns) > 60
    found = {name: list(going_back(parser.parse(p.pattern, p.flags))) for name, p in patterns.items()}
    assert {name: repeats for name, repeats in found.items() if repeats} == {}


MEGABYTE = 1 << 20


@pytest.mark.parametrize(
    "unit", ["@", " ", "'", "\\", "//a:b", "eyJ-", "eyJa.", "-----BEGIN ", "--password ", "password", "$1$"]
)
def test_a_megabyte_of_beginnings_holds_nothing(unit: str) -> None:
    text = unit * (MEGABYTE // len(unit))
    assert mask_text(text) == text
    assert mask_corefile(text) == text


@pytest.mark.parametrize("unit", ["password='", "-----BEGIN PRIVATE KEY-----", "token: ", "密码：a"])
def test_a_megabyte_of_credentials_is_masked(unit: str) -> None:
    masked = mask_text(unit * (MEGABYTE // len(unit)))
    assert MASK in masked
    assert len(masked) < MEGABYTE * 2

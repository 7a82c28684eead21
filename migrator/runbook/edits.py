"""What a person changes in a compiled runbook: order, own steps, words, steps left out; and what is allowed in it.

Edits are kept apart from the compiled revision and laid over it by ``migrator.runbook.edited``; so they can be carried
to the next compilation, where each says by ``base`` what it was written against.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any

import msgspec

from migrator.errors import InputError
from migrator.locale import Msg, msg
from migrator.runbook.model import Action, Role, Step, StepKind, Where
from migrator.snapshot.redaction import mask_text

OWN = "text.own"  # a sentence of a person's: the same in both languages
MOST_TEXT = 20_000  # characters of one field
MOST_ACTIONS = 50
MOST_MINUTES = 60 * 24 * 90
_OWN_KEY = re.compile(r"own:[a-z0-9-]{1,60}")


class Place(StrEnum):
    BEFORE = "before"
    AFTER = "after"


class Typed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An action as a person typed it: a command or words, one of the two."""

    where: Where
    command: str = ""
    text: str = ""


class Words(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a person says in place of the compiled words; what is empty stays as compiled.

    ``rollback`` as an empty tuple takes the way back away, and then ``no_rollback_reason`` says why there is none.
    """

    title: str = ""
    why: str = ""
    expected: str = ""
    outage: str = ""
    no_rollback_reason: str = ""
    actions: tuple[Typed, ...] | None = None
    verify: tuple[Typed, ...] | None = None
    rollback: tuple[Typed, ...] | None = None
    minutes: tuple[int, int] | None = None
    role: Role | None = None


class Edit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="act"):
    """One thing that a person changed at the step of key ``step``."""

    step: str


class Move(Edit, frozen=True, kw_only=True, tag="move"):
    """Put the step before or after another; it takes the phase of that one."""

    anchor: str
    place: Place = Place.AFTER


class Add(Edit, frozen=True, kw_only=True, tag="add"):
    """A step of one's own, of key ``own:...``, beside another: what waits for that one waits for this one too."""

    anchor: str
    place: Place = Place.AFTER
    kind: StepKind = StepKind.MANUAL
    words: Words
    interrupts: bool = False
    destructive: bool = False  # deletes something of the old cluster: only after all gates


class Change(Edit, frozen=True, kw_only=True, tag="change"):
    """Other words for the step."""

    words: Words
    base: dict[str, str] = {}  # ``base_of`` the step that the words were written against


class Exclude(Edit, frozen=True, kw_only=True, tag="exclude"):
    """Leave the step out; it stays in the documents with the reason."""

    reason: str
    base: dict[str, str] = {}


class Restore(Edit, frozen=True, kw_only=True, tag="restore"):
    """Take a step that was left out in again."""


AnyEdit = Move | Add | Change | Exclude | Restore
EXCLUDED_ON = ("title", "subjects")  # what a person read who left a step out
TEXTS = ("title", "why", "expected", "outage", "no_rollback_reason")
ACTIONS = ("actions", "verify", "rollback")
FIELDS = (*TEXTS, *ACTIONS, "minutes", "role")


def changed_fields(words: Words) -> tuple[str, ...]:
    """The fields of a step that the words replace."""
    return tuple(f for f in FIELDS if getattr(words, f) not in ("", None))


def base_of(step: Step, fields: Iterable[str]) -> dict[str, str]:
    """Field -> digest of what the step says there; of a step whose references are still keys, see ``keyed``."""
    return {f: hashlib.sha256(_ENCODER.encode(getattr(step, f))).hexdigest()[:16] for f in fields}


_ENCODER = msgspec.json.Encoder(order="sorted")


def own(value: str) -> Msg:
    """A sentence of a person's."""
    return msg(OWN, text=value)


def actions_of(typed: Iterable[Typed]) -> tuple[Action, ...]:
    return tuple(Action(where=t.where, command=t.command, text=own(t.text) if t.text else None) for t in typed)


def checked(edit: AnyEdit) -> AnyEdit:
    """The edit, once nothing is wrong with it by itself.

    Raises:
        InputError: ``edit_field`` with the ``field`` and the ``problem``; ``edit_secret`` where it holds a credential.
    """
    if isinstance(edit, Exclude) and not edit.reason.strip():
        raise _wrong("reason", "missing")
    if isinstance(edit, Move | Add) and edit.anchor == edit.step:
        raise _wrong("anchor", "itself")
    if isinstance(edit, Add):
        _check_own(edit)
    if isinstance(edit, Change):
        _check_change(edit.words)
    if isinstance(edit, Add | Change):
        _check_words(edit.words)
    for field, value in _texts_of(edit):
        if len(value) > MOST_TEXT:
            raise _wrong(field, "too_long", most=MOST_TEXT)
        if mask_text(value) != value:
            raise InputError("edit_secret", field=msg(f"edit.field.{field}"))
    return edit


def _check_own(edit: Add) -> None:
    words = edit.words
    if not _OWN_KEY.fullmatch(edit.step):
        raise _wrong("step", "own_key")
    for field in ("title", "why", "expected"):
        if not getattr(words, field).strip():
            raise _wrong(field, "missing")
    if not words.actions:
        raise _wrong("actions", "missing")
    if not words.verify:
        raise _wrong("verify", "missing")
    if bool(words.rollback) is bool(words.no_rollback_reason.strip()):
        raise _wrong("no_rollback_reason", "with_rollback" if words.rollback else "missing")
    if words.minutes is None:
        raise _wrong("minutes", "missing")
    if edit.interrupts is not bool(words.outage.strip()):
        raise _wrong("outage", "missing" if edit.interrupts else "without_interruption")


def _check_change(words: Words) -> None:
    if not changed_fields(words):
        raise _wrong("words", "missing")
    if words.rollback == () and not words.no_rollback_reason.strip():
        raise _wrong("no_rollback_reason", "missing")
    if words.rollback and words.no_rollback_reason:
        raise _wrong("no_rollback_reason", "with_rollback")


def _check_words(words: Words) -> None:
    if words.minutes is not None:
        low, high = words.minutes
        if not 0 <= low <= high <= MOST_MINUTES:
            raise _wrong("minutes", "range", most=MOST_MINUTES)
    for field in ACTIONS:
        given: tuple[Typed, ...] | None = getattr(words, field)
        if given is None:
            continue
        if len(given) > MOST_ACTIONS:
            raise _wrong(field, "too_many", most=MOST_ACTIONS)
        if given == () and field != "rollback":
            raise _wrong(field, "missing")
        if any(bool(t.command.strip()) is bool(t.text.strip()) for t in given):
            raise _wrong(field, "command_or_text")


def _texts_of(edit: AnyEdit) -> Iterator[tuple[str, str]]:
    """Every text that a person typed, with the field it stands in."""
    if isinstance(edit, Exclude):
        yield "reason", edit.reason
    if isinstance(edit, Add | Change):
        for field in TEXTS:
            yield field, getattr(edit.words, field)
        for field in ACTIONS:
            for typed in getattr(edit.words, field) or ():
                yield field, typed.command or typed.text


def _wrong(field: str, problem: str, **values: Any) -> InputError:
    return InputError("edit_field", field=msg(f"edit.field.{field}"), problem=msg(f"edit.problem.{problem}", **values))

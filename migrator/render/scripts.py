"""Commands that are longer than people read on paper, as files to run: what documents show is their beginning.

A script holds one long command, or many commands that stand in a row without a word between them. It is named by step,
part and number of the first command, in every language alike, and runs by ``sh`` as it is: no command of a runbook
depends on the shell that it is typed into.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Literal

import msgspec

from migrator.render.document import text_width
from migrator.render.escape import one_line
from migrator.runbook.kubectl import WORK
from migrator.runbook.model import Action, Runbook, Step, Where

Part = Literal["do", "check", "back"]

FOLDER = "scripts"
SUMS = f"{FOLDER}/SHA256SUMS"
PLACE = f"{WORK}/{FOLDER}"  # where the runbook says that they are to be put
_COLUMNS = 112  # of code in one line of a page
MANY_STEPS = 150  # beyond these a document has hundreds of pages unless each step is short
_DIGITS = 12  # of a script's SHA-256 that documents show
_AT_THE_BASTION = (Where.BASTION, Where.CLUSTER, Where.OLD_CLUSTER, Where.NEW_CLUSTER)


class Measure(msgspec.Struct, frozen=True):
    """What documents show of commands: longer ones, and more than ``commands`` in a row that are longer together,
    are scripts, of which ``shown`` lines stand in the document. ``lines`` are those of a page."""

    lines: int
    commands: int
    shown: int


_FEW = Measure(lines=30, commands=8, shown=8)  # less than half a page: as much as anybody types or compares by eye
_MANY = Measure(lines=8, commands=2, shown=1)


class Script(msgspec.Struct, frozen=True, dict=True):
    """Some commands of a step that stand in a file of their own."""

    step: str  # its number
    key: str  # of the step
    part: Part
    number: int  # of the first command in its part
    commands: tuple[str, ...]
    shown: int  # lines in documents
    beside: bool  # whether it runs at the bastion host, where the folder of scripts is

    @property
    def name(self) -> str:
        return f"{self.step}-{self.part}-{self.number}.sh"

    @property
    def path(self) -> str:
        return f"{FOLDER}/{self.name}"

    @cached_property
    def text(self) -> str:
        """The file. Its head holds no sentence, so that it is the same in every language."""
        body = "\n\n".join(command.rstrip("\n") for command in self.commands)
        return f"#!/bin/sh\n# {self.step} {self.part} {self.number}: {one_line(self.key)}\n\n{body}\n"

    @cached_property
    def digest(self) -> str:
        """The beginning of the file's SHA-256: enough to see that document and file belong together."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:_DIGITS]

    @property
    def lines(self) -> int:
        return sum(command.rstrip("\n").count("\n") + 1 for command in self.commands)

    @property
    def call(self) -> str:
        """What a person types. It stops at the first command that fails; what only looks goes on to the end."""
        shell = "sh" if self.part == "check" else "sh -e"
        return f'{shell} "{PLACE}/{self.name}"' if self.beside else f"{shell} {self.name}"

    @property
    def beginning(self) -> str:
        """The first lines, none longer than a line of a page."""
        lines = "\n".join(self.commands[: self.shown]).split("\n", self.shown)[: self.shown]
        return "\n".join(line if len(line) <= _COLUMNS else line[: _COLUMNS - 1].rstrip() + "…" for line in lines)


class Unit(msgspec.Struct, frozen=True):
    """What stands as one in a document: one action, or several whose commands a script holds."""

    number: int  # of the first action
    actions: tuple[Action, ...]
    script: Script | None = None


def measure_of(runbook: Runbook) -> Measure:
    return _MANY if sum(len(phase.steps) for phase in runbook.phases) > MANY_STEPS else _FEW


def units(step: Step, part: Part, measure: Measure) -> list[Unit]:
    """The actions of a part of a step, in their order."""
    found: list[Unit] = []
    number = 1
    for run in _runs(_PARTS[part](step)):
        sizes = [_printed(action.command) for action in run]
        if len(run) > measure.commands and sum(sizes) > measure.lines:
            found.append(Unit(number, run, _script(step, part, number, run, measure)))
        else:
            for at, (action, size) in enumerate(zip(run, sizes, strict=True), start=number):
                made = _script(step, part, at, (action,), measure) if size > measure.lines else None
                found.append(Unit(at, (action,), made))
        number += len(run)
    return found


def files_of(runbook: Runbook) -> dict[str, bytes]:
    """The files by path; empty where no command is long."""
    return {script.path: script.text.encode() for script in _scripts(runbook)}


def packed(runbook: Runbook) -> dict[str, bytes]:
    """The same with the list of their checksums, so that the folder can be checked by itself."""
    files = files_of(runbook)
    if not files:
        return {}
    sums = (f"{hashlib.sha256(files[path]).hexdigest()}  {path.rpartition('/')[2]}\n" for path in sorted(files))
    return {**files, SUMS: "".join(sums).encode()}


def has_scripts(runbook: Runbook) -> bool:
    return next(_scripts(runbook), None) is not None


def _scripts(runbook: Runbook) -> Iterator[Script]:
    measure = measure_of(runbook)
    for phase in runbook.phases:
        for step in phase.steps:
            if not step.excluded:
                yield from (unit.script for part in _PARTS for unit in units(step, part, measure) if unit.script)


_PARTS: dict[Part, Callable[[Step], Sequence[Action]]] = {
    "do": lambda step: step.actions,
    "check": lambda step: step.verify,
    "back": lambda step: step.rollback,
}


def _runs(actions: Sequence[Action]) -> Iterator[tuple[Action, ...]]:
    """Actions in a row that are commands at the same place and nothing else; every other action alone."""
    run: list[Action] = []
    for action in actions:
        bare = bool(action.command) and action.text is None and not action.manifest
        if run and not (bare and action.where is run[-1].where):
            yield tuple(run)
            run = []
        if bare:
            run.append(action)
        else:
            yield (action,)
    if run:
        yield tuple(run)


def _script(step: Step, part: Part, number: int, actions: tuple[Action, ...], measure: Measure) -> Script:
    commands = tuple(action.command for action in actions)
    beside = actions[0].where in _AT_THE_BASTION
    return Script(step.number, step.key, part, number, commands, measure.shown, beside)


def _printed(command: str) -> int:
    """Lines that a command takes on a page."""
    return sum(max(1, math.ceil(text_width(line) / _COLUMNS)) for line in command.rstrip("\n").split("\n"))

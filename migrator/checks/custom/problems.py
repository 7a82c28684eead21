"""What the CEL engine says in its own English words, as a sentence of the product; its own text stands beside it."""

from __future__ import annotations

import re

from migrator.locale import Msg, msg

_CONDITION = ("<jump_condition>", "!_", "_&&_", "_||_")
# What the engine says of one object, by the first that fits.
_OF_OBJECTS = (
    ("field", re.compile(r'Key not found in map : "?(?P<name>[^"]+)"?')),
    ("index", re.compile(r"Index error: index=(?P<index>-?\d+) size=(?P<size>\d+)")),
    ("no_list", re.compile(r"No matching overloads found : <iter_range>")),
    ("types", re.compile(r"No matching overloads found : (?P<call>.+)")),
    ("no_object", re.compile(r"Applying SELECT to non-message type")),
    ("budget", re.compile(r"Iteration budget exceeded")),
    ("zero", re.compile(r"(divide|modulus) by zero")),
    ("overflow", re.compile(r"overflow|out of (int64|range)", re.IGNORECASE)),
    ("regex", re.compile(r"invalid regular expression")),
    ("conversion", re.compile(r"cannot convert|conversion failed")),
)
# What it says of the expression itself.
_OF_EXPRESSIONS = (
    ("name", re.compile(r"undeclared reference to '(?P<name>[^']+)'")),
    ("types", re.compile(r"found no matching overload for '(?P<call>[^']+)' applied to '(?P<types>[^']+)'")),
    ("end", re.compile(r"Syntax error: .*'<EOF>'")),
    ("syntax", re.compile(r"Syntax error: ")),
    ("deep", re.compile(r"nested too deeply")),
)
_OF_THE_ENGINE = re.compile(r"[A-Z_]+: ")


def of_object(problem: str) -> Msg:
    """Why the expression could not tell of an object; ``problem`` as ``sandbox`` gives it."""
    if not _OF_THE_ENGINE.match(problem):  # no error at all, but a result that is neither true nor false
        return msg("custom.problem.result", given=problem)
    for cause, pattern in _OF_OBJECTS:
        if found := pattern.search(problem):
            values = found.groupdict()
            if values.get("call") in _CONDITION:
                return msg("custom.problem.no_condition", engine=problem)
            return msg(f"custom.problem.{cause}", engine=problem, **values)
    return msg("custom.problem.other", engine=problem)


def of_expression(problem: str) -> Msg:
    """What is wrong with an expression that does not compile; its place is told beside it."""
    for cause, pattern in _OF_EXPRESSIONS:
        if found := pattern.search(problem):
            return msg(f"custom.broken.{cause}", engine=problem, **found.groupdict())
    return msg("custom.broken.other", engine=problem)

"""Whether an expression is understood: the one place of the core that knows which library speaks CEL."""

from __future__ import annotations

import re
from functools import cache

from cel_expr_python import cel

from migrator.checks.custom.problems import of_expression
from migrator.errors import MigratorError

LONGEST = 2048  # characters; longer ones could double texts until no memory is left
_PLACE = re.compile(r"ERROR: <input>:(?P<line>\d+):(?P<column>\d+): (?P<problem>[^\n]{1,300})")


def check_expression(expression: str) -> None:
    """Compile ``expression`` and look at what it gives.

    Raises:
        MigratorError: ``custom_expression_long``; ``custom_expression_broken`` with line, column, problem and cause;
            ``custom_expression_type`` where it gives anything but true or false.
    """
    if len(expression) > LONGEST:
        raise MigratorError("custom_expression_long", limit=LONGEST, length=len(expression))
    try:
        compiled = _environment().compile(expression)
    except RuntimeError as error:
        place = _PLACE.search(str(error))
        if place is None:
            raise _broken(1, 1, "nested too deeply") from None
        raise _broken(int(place["line"]), int(place["column"]), place["problem"].strip()) from None
    given = str(compiled.return_type().name()).lower()
    if given not in ("bool", "dyn"):
        raise MigratorError("custom_expression_type", given=given)


def _broken(line: int, column: int, problem: str) -> MigratorError:
    """``problem`` in the engine's words for programs, ``cause`` in those of the product for people."""
    cause = of_expression(problem)
    return MigratorError("custom_expression_broken", line=line, column=column, problem=problem, cause=cause)


@cache
def _environment() -> cel.Env:
    types = cel.Type
    return cel.NewEnv(variables={"object": types.DYN, "source": types.STRING, "target": types.STRING})

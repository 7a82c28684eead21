"""Whether an expression is understood: the one place of the core that knows which library speaks CEL."""

from __future__ import annotations

import re
from functools import cache

from cel_expr_python import cel

from migrator.errors import MigratorError

LONGEST = 2048  # characters; longer ones could double texts until no memory is left
_PLACE = re.compile(r"ERROR: <input>:(?P<line>\d+):(?P<column>\d+): (?P<problem>[^\n]{1,300})")


def check_expression(expression: str) -> None:
    """Compile ``expression`` and look at what it gives.

    Raises:
        MigratorError: ``custom_expression_long``; ``custom_expression_broken`` with line, column and the problem;
            ``custom_expression_type`` where it gives anything but true or false.
    """
    if len(expression) > LONGEST:
        raise MigratorError("custom_expression_long", limit=LONGEST, length=len(expression))
    try:
        compiled = _environment().compile(expression)
    except RuntimeError as error:
        place = _PLACE.search(str(error))
        if place is None:
            raise MigratorError("custom_expression_broken", line=1, column=1, problem="nested too deeply") from None
        raise MigratorError(
            "custom_expression_broken",
            line=int(place["line"]),
            column=int(place["column"]),
            problem=place["problem"].strip(),
        ) from None
    given = str(compiled.return_type().name()).lower()
    if given not in ("bool", "dyn"):
        raise MigratorError("custom_expression_type", given=given)


@cache
def _environment() -> cel.Env:
    types = cel.Type
    return cel.NewEnv(variables={"object": types.DYN, "source": types.STRING, "target": types.STRING})

"""The process in which an expression that somebody wrote runs: bounded in memory and time, with nothing to reach.

Run by its file, isolated from everything else of the product. From standard input: a line with expression and
variables as JSON, then an object as JSON on each line. To standard output: for each object a line, ``1`` for true,
``0`` for false, ``E`` and the problem for an error.
"""

from __future__ import annotations

import json
import resource
import sys

MEMORY = 1 << 30  # bytes of address space; the interpreter and the library take a third of it
SECONDS = 20  # of processor time
_LONGEST_PROBLEM = 200


def main() -> int:
    from cel_expr_python import cel  # before the limits: it maps files

    order = json.loads(sys.stdin.buffer.readline())
    types = cel.Type
    env = cel.NewEnv(variables={"object": types.DYN, "source": types.STRING, "target": types.STRING})
    program = env.compile(order["expression"])
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin.buffer:
        data = {"object": json.loads(line), "source": order["source"], "target": order["target"]}
        try:
            told = program.eval(data=data).value()
        except RuntimeError as error:  # more steps than one evaluation may take
            told = error
        sys.stdout.write(_line(told) + "\n")
    return 0


def _line(told: object) -> str:
    if isinstance(told, bool):
        return "1" if told else "0"
    return "E" + " ".join(str(told).split())[:_LONGEST_PROBLEM]


if __name__ == "__main__":
    sys.exit(main())

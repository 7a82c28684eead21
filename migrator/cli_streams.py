"""The streams of the command line: documents and pages to stdout, remarks to stderr, each of which may be closed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from migrator.errors import MigratorError
from migrator.render.escape import one_line


def write_document(document: bytes) -> None:
    with writing():
        sys.stdout.flush()
        sys.stdout.buffer.write(document)
        sys.stdout.buffer.flush()


def write_page(page: str) -> None:
    with writing():
        sys.stdout.write(page)


@contextmanager
def writing() -> Iterator[None]:
    """A full disk under stdout is no defect of the program; a reader that went away is left to ``main``."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        let_go_of_output()
        raise MigratorError("output_unwritable", problem=error.strerror or "error") from None


def let_go_of_output() -> None:
    """The interpreter flushes stdout once more at exit: give it somewhere to go."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def remark(sentence: str) -> None:
    if sys.stderr is not None:  # closed: print would turn to stdout
        with suppress(OSError):
            print(f"migrator: {one_line(sentence)}", file=sys.stderr)


def in_colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

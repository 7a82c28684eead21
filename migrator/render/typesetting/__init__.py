"""Typst, in a process of its own for each document: it keeps what it has set for good, some hundred megabytes a time.

The process gets data, our template and our fonts: no system font, no network, no clock, an empty environment.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from migrator.render import fonts
from migrator.render.typesetting import child

_SECONDS = 600  # beyond any document; a process that hangs must not hold a worker for ever


def typeset(
    template: Path, inputs: Mapping[str, str], form: Literal["pdf", "png"] = "pdf", *, ppi: float = 144.0
) -> bytes:
    """What the template makes of ``inputs`` (``sys.inputs`` in it): a PDF, or its only page as PNG.

    The same template and inputs give the same bytes.

    Raises:
        RuntimeError: the template is at fault, or the process was killed; with what the process said.
    """
    order = {"template": str(template), "fonts": str(fonts.FOLDER), "format": form, "ppi": ppi, "inputs": dict(inputs)}
    done = subprocess.run(  # noqa: S603 - our own file, in an empty environment
        [sys.executable, "-I", str(Path(child.__file__))],
        input=msgspec.json.encode(order),
        capture_output=True,
        timeout=_SECONDS,
        check=False,
        env={},
    )
    if done.returncode:
        raise RuntimeError(f"typesetting ended with {done.returncode}: {done.stderr.decode(errors='replace')[-2000:]}")
    return done.stdout

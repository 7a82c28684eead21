"""Runs the command line as a user does: its own process, real files, real exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[3]


class Done(NamedTuple):
    code: int
    out: str
    err: str


def run(*arguments: str | Path, lang: str = "en", stdin: bytes = b"", cwd: Path = ROOT) -> Done:
    """``python -m migrator`` with these arguments in a process whose locale speaks ``lang``."""
    done = subprocess.run(
        [sys.executable, "-m", "migrator", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        cwd=cwd,
        env=environment(lang),
        timeout=120,
        check=False,
    )
    return Done(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))


def environment(lang: str) -> dict[str, str]:
    locale = {"zh": "zh_CN.UTF-8", "en": "C.UTF-8"}[lang]
    return {"PATH": os.environ["PATH"], "LC_ALL": locale, "PYTHONUTF8": "1", "PYTHONPATH": str(ROOT)}

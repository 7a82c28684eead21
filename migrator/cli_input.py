"""What the command line reads: inputs as a snapshot, corrected by people, with a remark on whatever was not read."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from migrator.cli_streams import remark
from migrator.locale import Lang, text
from migrator.render.corrections import correction_text
from migrator.snapshot.correctionfile import read_corrections
from migrator.snapshot.corrections import CorrectionState, CorrectionUse, apply
from migrator.snapshot.model import InputReport, Snapshot
from migrator.snapshot.read import read_paths, require_objects

BAD_INPUT = 3


def read_corrected(given: Namespace, lang: Lang) -> tuple[Snapshot, tuple[CorrectionUse, ...]]:
    """The snapshot of the inputs as people have corrected it; a correction that calls for a person is told on stderr.

    Raises:
        InputError: as ``read_inputs`` and ``read_corrections``.
    """
    corrections = read_corrections(Path(given.corrections)) if given.corrections else ()
    corrected = apply(read_inputs(given.inputs, lang), corrections)
    for use in corrected.uses:
        if use.state is not CorrectionState.APPLIED:
            remark(correction_text(use, lang))
    return corrected.snapshot, corrected.uses


def read_inputs(inputs: Sequence[str], lang: Lang) -> Snapshot:
    """The snapshot of the inputs; what could not be read is told on stderr, one line each.

    Raises:
        InputError: nothing could be read, or ``input_no_objects``: every file was read and none holds an object.
    """
    stdin = None if sys.stdin is None else sys.stdin.buffer
    snapshot = read_paths([name if name == "-" else Path(name) for name in inputs], stdin=stdin)
    for report in snapshot.inputs:
        if report.status != "not_recognised" or report.reason != "input_not_a_dump":
            for code, values in _sentences(report):
                remark(text(f"error.{code}", lang, **values))
            if (more := int(report.values.get("problems", 0)) - len(report.problems)) > 0:
                remark(text("cli.more_problems", lang, file=report.file, count=more))
    require_objects(snapshot)
    if passed_over := sum(r.status == "not_recognised" for r in snapshot.inputs):
        remark(text("cli.passed_over", lang, count=passed_over))
    return snapshot


def _sentences(report: InputReport) -> list[tuple[str, dict[str, Any]]]:
    """Code and values of every sentence that is to be said of one input."""
    if report.problems:
        return [(problem.code, problem.values) for problem in report.problems]
    return [(report.reason, report.values)] if report.reason else []


def _broken(snapshot: Snapshot) -> list[InputReport]:
    """The inputs that were not read, or only in part; what lies in a folder and is no dump is not among them."""
    return [report for report in snapshot.inputs if report.status in ("partial", "unreadable")]


def worst(code: int, snapshot: Snapshot) -> int:
    return BAD_INPUT if _broken(snapshot) else code

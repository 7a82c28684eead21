"""The ``migrator`` command: collect, inspect and assess a dump, write its runbook, compare two, list what is known;
write the tables that people fill in, empty or with what a dump holds.

Exit codes: 0 ready, or no difference; 1 blocked; 2 incomplete, warnings, or differences; 3 bad usage or input that
could not be read, wholly or in part; 70 a defect of the program; 130 interrupted; 141 the reader of the output went
away.
What a program reads goes to stdout; every remark goes to stderr.
"""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Any

from migrator.catalog.loader import shipped_catalog
from migrator.checks.answers import Given, read_answers
from migrator.checks.assessment import Assessment
from migrator.checks.baseline import read_baseline
from migrator.checks.compare import compare, side_of
from migrator.checks.custom.files import read_checks
from migrator.checks.custom.judging import trial
from migrator.checks.dates import answers_as_of, waivers_as_of
from migrator.checks.spec import Readiness
from migrator.cli_compare import compared, is_migration
from migrator.cli_usage import parse, wanted_language
from migrator.collector.script import collect_script
from migrator.engine import Request, assess, compile_application, compile_runbook
from migrator.errors import MigratorError, places_of
from migrator.locale import Lang, say, text
from migrator.output import check_folder, write_files
from migrator.paths.planner import check_source, find_path, profile_of, resolve_target
from migrator.render import format_named, render_all
from migrator.render.catalogdoc import catalog_json, catalog_text, up_to
from migrator.render.checklist import checklist_workbook
from migrator.render.corrections import correction_text
from migrator.render.escape import one_line
from migrator.render.jsondoc import assessment_json, inspect_json
from migrator.render.junit import junit
from migrator.render.pathgraph import path_svg
from migrator.render.sarif import sarif
from migrator.render.text import Page, assess_text, inspect_text, way
from migrator.render.trials import trials_json, trials_text
from migrator.runbook.application.compiler import application_files
from migrator.runbook.application.form import application_form, read_form
from migrator.runbook.model import Playbook, Runbook
from migrator.snapshot.correctionfile import read_corrections
from migrator.snapshot.corrections import CorrectionState, CorrectionUse, apply
from migrator.snapshot.model import InputReport, Snapshot
from migrator.snapshot.read import read_paths, require_objects
from migrator.snapshot.sheets import files
from migrator.snapshot.sheets.rows import Sheet, sheets_of
from migrator.versions import Version

READY, BLOCKED, INCOMPLETE, BAD_INPUT = 0, 1, 2, 3
DEFECT, INTERRUPTED, PIPE_CLOSED = 70, 130, 141  # 70 is EX_SOFTWARE; a bare traceback would exit 1, which means blocked

_EXIT_CODES = {
    Readiness.READY: READY,
    Readiness.READY_WITH_WARNINGS: INCOMPLETE,
    Readiness.INCOMPLETE: INCOMPLETE,
    Readiness.BLOCKED: BLOCKED,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that lacks a character shows its number instead of failing
            stream.reconfigure(errors="backslashreplace")
    lang = wanted_language(arguments, os.environ)
    if sys.stdout is None:  # started with its output closed
        _remark(text("error.output_closed", lang))
        return BAD_INPUT
    try:
        return _run(arguments, lang)
    except MigratorError as error:
        _remark(error.message(lang))
        return BAD_INPUT
    except BrokenPipeError:
        _let_go_of_output()
        return PIPE_CLOSED
    except KeyboardInterrupt:
        _remark(text("cli.interrupted", lang))
        return INTERRUPTED
    except Exception as error:
        _remark(text("cli.defect", lang, error=type(error).__name__))
        for place in places_of(error):
            _remark(place)
        return DEFECT


def _run(arguments: list[str], lang: Lang) -> int:
    given = parse(arguments, lang)
    if given is None:
        code = READY
    else:
        command: Callable[[Namespace, Lang], int] = _COMMANDS[given.command]
        code = command(given, lang)
    with _writing():
        sys.stdout.flush()
    return code


def _collect_script(given: Namespace, lang: Lang) -> int:
    script = collect_script(given.lang or lang)
    if not given.out:
        _write(script)
        return READY
    place = Path(given.out)
    check_folder(place.parent)
    for path in write_files(place.parent, {place.name: script}):
        path.chmod(0o755)
        _print(text("cli.script_written", lang, file=str(path)) + "\n")
    return READY


def _inspect(given: Namespace, lang: Lang) -> int:
    snapshot, corrections = _corrected(given, lang)
    if given.format == "json":
        _write(inspect_json(snapshot, lang, corrections))
    else:
        _print(inspect_text(snapshot, lang, corrections, colour=_colour()))
    return _worst(READY, snapshot)


def _assess(given: Namespace, lang: Lang) -> int:
    if given.checklist:
        _check_workbook(Path(given.checklist))
    snapshot, corrections = _corrected(given, lang)
    baseline = read_baseline(Path(given.baseline)) if given.baseline else None
    assessment = assess(snapshot, _request(given))
    comparison = None if baseline is None else compare(baseline, side_of(assessment))
    if given.checklist:
        place = Path(given.checklist)
        write_files(place.parent, {place.name: checklist_workbook(assessment, given.lang or lang)})
    if given.format == "json":
        _write(assessment_json(snapshot, assessment, lang, comparison, corrections))
    elif given.format == "sarif":
        _write(sarif(assessment, lang, comparison))
    elif given.format == "junit":
        _write(junit(assessment, lang))
    else:
        _print(assess_text(snapshot, assessment, lang, comparison, corrections, colour=_colour()))
    return _worst(_EXIT_CODES[assessment.readiness], snapshot)


def _plan(given: Namespace, lang: Lang) -> int:
    formats = [format_named(name) for name in dict.fromkeys(map(str.strip, given.formats.split(",")))]
    folder = Path(given.out)
    check_folder(folder)
    document_lang: Lang = given.lang or "zh"
    snapshot, _ = _corrected(given, lang)
    assessment = assess(snapshot, _request(given))
    runbook = compile_runbook(snapshot, assessment, playbook=Playbook(given.playbook) if given.playbook else None)
    written = write_files(folder, render_all(runbook, [(form, document_lang) for form in formats]))
    _print(_plan_text(written, assessment, runbook, lang))
    return _worst(_EXIT_CODES[runbook.readiness], snapshot)


def _compare(given: Namespace, lang: Lang) -> int:
    old, new = (_read([side], lang) for side in (given.old, given.new))
    if given.how == "auto" and is_migration(given, old, new):
        _remark(text("cli.compared_as.migration", lang))
    document, code = compared(given, old, new, lang, colour=_colour())
    if isinstance(document, bytes):
        _write(document)
    else:
        _print(document)
    return max(_worst(code, old), _worst(code, new))


def _template(given: Namespace, lang: Lang) -> int:
    _write_tables(files.template(), given, lang)
    return READY


def _export(given: Namespace, lang: Lang) -> int:
    check_folder(_tables_folder(Path(given.out)))
    snapshot = _read(given.inputs, lang)
    _write_tables(sheets_of(snapshot), given, lang)
    return _worst(READY, snapshot)


def _write_tables(sheets: Sequence[Sheet], given: Namespace, lang: Lang) -> None:
    """One workbook where the name ends in ``.xlsx``, otherwise a folder of CSV files."""
    out = Path(given.out)
    document_lang: Lang = given.lang or "zh"
    folder = _tables_folder(out)
    if folder != out:
        written = write_files(folder, {out.name: files.workbook(sheets, document_lang)})
    else:
        written = write_files(folder, files.csv_files(sheets, document_lang))
    page = Page(lang, _colour())
    page.rows([(page.word("cli.plan.written"), str(path)) for path in written], indent=0)
    _print(page.finish())


def _tables_folder(out: Path) -> Path:
    """Raises ``MigratorError`` ``out_no_tables`` for the name of another kind of file."""
    if out.suffix.lower() == ".xlsx":
        return out.parent
    if out.suffix and not out.is_dir():
        raise MigratorError("out_no_tables", out=str(out))
    return out


def _check_workbook(out: Path) -> None:
    """Raises ``MigratorError``: ``out_no_workbook`` for the name of another kind of file; as ``check_folder``."""
    if out.suffix.lower() != ".xlsx":
        raise MigratorError("out_no_workbook", out=str(out))
    check_folder(out.parent)


def _catalog(given: Namespace, lang: Lang) -> int:
    catalog = shipped_catalog()
    if given.format == "svg":
        _print(_graph(given, lang))
        return READY
    if given.target:
        catalog = up_to(catalog, Version.parse(given.target))
    if given.format == "json":
        _write(catalog_json(given.topic, catalog, lang))
    else:
        _print(catalog_text(given.topic, catalog, lang, colour=_colour()))
    return READY


def _graph(given: Namespace, lang: Lang) -> str:
    """The path table, with the way between two versions where both are given."""
    catalog = shipped_catalog()
    profile = profile_of(catalog, given.profile)
    if not (given.source and given.target):
        return path_svg(profile, lang)
    source = check_source(Version.parse(given.source), catalog)
    target = resolve_target(Version.parse(given.target), source, catalog, profile.name)
    return path_svg(profile, lang, find_path(source, target, catalog, profile.name, Snapshot()))


def _try_checks(given: Namespace, lang: Lang) -> int:
    """What checks of a person's own say of an input, without an assessment."""
    checks = read_checks(Path(given.checks))
    snapshot = _corrected(given, lang)[0]
    source = str(snapshot.cluster.version.as_minor) if snapshot.cluster.version else ""
    target = str(Version.parse(given.target).as_minor)
    trials = [trial(c, snapshot, source, target, shipped_catalog().system_namespaces) for c in checks]
    if given.format == "json":
        _write(trials_json(trials, lang))
    else:
        _print(trials_text(trials, lang, colour=_colour()))
    if any(t.found for t in trials):
        return BLOCKED
    return INCOMPLETE if any(t.problems or t.is_cut for t in trials) else READY


def _containerise(given: Namespace, lang: Lang) -> int:
    """Dockerfile, manifests and runbook of an application's form; or, with ``--template``, the form to fill in."""
    if given.template:
        _print(application_form())
        return READY
    formats = [format_named(name) for name in dict.fromkeys(map(str.strip, given.formats.split(",")))]
    folder = Path(given.out)
    check_folder(folder)
    document_lang: Lang = given.lang or "zh"
    form = read_form(Path(given.form))
    runbook = compile_application(form, given.target)
    made = application_files(form, runbook.target)
    files = {path: text.encode() for path, text in made.items()}
    files |= render_all(runbook, [(wanted, document_lang) for wanted in formats], beside=made)
    page = Page(lang, _colour())
    page.rows([(page.word("cli.plan.written"), str(path)) for path in write_files(folder, files)], indent=0)
    page.rows([(f"{count:>6}", one_line(say(what, lang))) for what, count in runbook.summary])
    _print(page.finish())
    return READY


_COMMANDS: dict[str, Callable[[Namespace, Lang], int]] = {
    "collect-script": _collect_script,
    "inspect": _inspect,
    "assess": _assess,
    "plan": _plan,
    "compare": _compare,
    "template": _template,
    "export": _export,
    "catalog": _catalog,
    "try-checks": _try_checks,
    "containerise": _containerise,
}


def _request(given: Namespace) -> Request:
    decided = read_answers(Path(given.answers)) if given.answers else Given()
    today = date.fromisoformat(given.on) if given.on else date.today()  # noqa: DTZ011 - the day where the person sits
    return Request(
        target=given.target,
        source=given.source or "",
        profile=given.profile,
        strategy=given.strategy,
        strategy_reason=given.strategy_reason or "",
        modes=tuple(filter(None, (mode.strip() for mode in (given.modes or "").split(",")))),
        tickets=not given.no_tickets,
        answers=answers_as_of(decided.answers, today),
        waivers=waivers_as_of(decided.waivers, today),
        custom_checks=read_checks(Path(given.checks)) if given.checks else (),
    )


def _corrected(given: Namespace, lang: Lang) -> tuple[Snapshot, tuple[CorrectionUse, ...]]:
    """The snapshot of the inputs as people have corrected it; a correction that calls for a person is told on stderr.

    Raises:
        InputError: as ``_read`` and ``read_corrections``.
    """
    corrections = read_corrections(Path(given.corrections)) if given.corrections else ()
    corrected = apply(_read(given.inputs, lang), corrections)
    for use in corrected.uses:
        if use.state is not CorrectionState.APPLIED:
            _remark(correction_text(use, lang))
    return corrected.snapshot, corrected.uses


def _read(inputs: Sequence[str], lang: Lang) -> Snapshot:
    """The snapshot of the inputs; what could not be read is told on stderr, one line each.

    Raises:
        InputError: nothing could be read, or ``input_no_objects``: every file was read and none holds an object.
    """
    stdin = None if sys.stdin is None else sys.stdin.buffer
    snapshot = read_paths([name if name == "-" else Path(name) for name in inputs], stdin=stdin)
    for report in snapshot.inputs:
        if report.status != "not_recognised" or report.reason != "input_not_a_dump":
            for code, values in _told(report):
                _remark(text(f"error.{code}", lang, **values))
            if (more := int(report.values.get("problems", 0)) - len(report.problems)) > 0:
                _remark(text("cli.more_problems", lang, file=report.file, count=more))
    require_objects(snapshot)
    if passed_over := sum(r.status == "not_recognised" for r in snapshot.inputs):
        _remark(text("cli.passed_over", lang, count=passed_over))
    return snapshot


def _told(report: InputReport) -> list[tuple[str, dict[str, Any]]]:
    """Code and values of every sentence that is to be said of one input."""
    if report.problems:
        return [(problem.code, problem.values) for problem in report.problems]
    return [(report.reason, report.values)] if report.reason else []


def _broken(snapshot: Snapshot) -> list[InputReport]:
    """The inputs that were not read, or only in part; what lies in a folder and is no dump is not among them."""
    return [report for report in snapshot.inputs if report.status in ("partial", "unreadable")]


def _worst(code: int, snapshot: Snapshot) -> int:
    return BAD_INPUT if _broken(snapshot) else code


def _plan_text(written: list[Path], assessment: Assessment, runbook: Runbook, lang: Lang) -> str:
    page = Page(lang, _colour())
    page.rows([(page.word("cli.plan.written"), str(path)) for path in written], indent=0)
    readiness = runbook.readiness
    versions = page.word("render.arrow", source=str(runbook.source), target=str(runbook.target))
    way_there = [
        (page.word("render.text.strategy"), page.word(f"strategy.{assessment.choice.strategy.value}")),
        (page.word("render.text.path"), way(assessment.path, page)),
    ]
    beside = [(page.word("cli.plan.playbook"), page.word(f"playbook.{runbook.playbook.value}"))]
    steps = sum(len(phase.steps) for phase in runbook.phases)
    page.rows(
        [
            (
                page.word("render.text.readiness"),
                page.paint(page.word(f"readiness.{readiness.value}"), readiness),
            ),
            (page.word("render.text.versions"), versions),
            *(way_there if runbook.choice else beside),
            (page.word("cli.plan.counts"), page.word("cli.plan.figures", steps=steps, phases=len(runbook.phases))),
        ],
        indent=0,
    )
    page.rows([(f"{count:>6}", one_line(say(what, lang))) for what, count in runbook.summary])
    return page.finish()


def _write(document: bytes) -> None:
    with _writing():
        sys.stdout.flush()
        sys.stdout.buffer.write(document)
        sys.stdout.buffer.flush()


def _print(page: str) -> None:
    with _writing():
        sys.stdout.write(page)


@contextmanager
def _writing() -> Iterator[None]:
    """A full disk under stdout is no defect of the program; a reader that went away is left to ``main``."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        _let_go_of_output()
        raise MigratorError("output_unwritable", problem=error.strerror or "error") from None


def _let_go_of_output() -> None:
    """The interpreter flushes stdout once more at exit: give it somewhere to go."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _remark(sentence: str) -> None:
    if sys.stderr is not None:  # closed: print would turn to stdout
        with suppress(OSError):
            print(f"migrator: {one_line(sentence)}", file=sys.stderr)


def _colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

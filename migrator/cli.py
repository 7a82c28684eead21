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
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

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
from migrator.cli_input import BAD_INPUT, read_corrected, read_inputs, worst
from migrator.cli_manifests import MANIFESTS, bundle_for, files_of, formats_of, write_with_folders
from migrator.cli_streams import in_colour, let_go_of_output, remark, write_document, write_page, writing
from migrator.cli_usage import parse, wanted_language
from migrator.collector.script import collect_script
from migrator.engine import Request, assess, compile_application, compile_runbook
from migrator.errors import MigratorError, places_of
from migrator.locale import Lang, say, text
from migrator.output import check_folder, write_files
from migrator.paths.planner import check_source, find_path, profile_of, resolve_target
from migrator.render import format_named, render_all, scripts
from migrator.render.catalogdoc import catalog_json, catalog_text, up_to
from migrator.render.checklist import checklist_workbook
from migrator.render.escape import one_line
from migrator.render.jsondoc import assessment_json, inspect_json
from migrator.render.junit import junit
from migrator.render.pathgraph import path_svg
from migrator.render.sarif import sarif
from migrator.render.text import Page, assess_text, inspect_text, way
from migrator.render.trials import trials_json, trials_text
from migrator.runbook.application.compiler import application_files
from migrator.runbook.application.form import application_form, read_form
from migrator.runbook.compiler import STAYING
from migrator.runbook.model import Playbook, Runbook
from migrator.snapshot.model import Snapshot
from migrator.snapshot.sheets import files
from migrator.snapshot.sheets.rows import Sheet, sheets_of
from migrator.versions import Version

READY, BLOCKED, INCOMPLETE = 0, 1, 2
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
        remark(text("error.output_closed", lang))
        return BAD_INPUT
    try:
        return _run(arguments, lang)
    except MigratorError as error:
        for wrong in (error, *getattr(error, "further", ())):
            remark(wrong.message(lang))
        return BAD_INPUT
    except BrokenPipeError:
        let_go_of_output()
        return PIPE_CLOSED
    except KeyboardInterrupt:
        remark(text("cli.interrupted", lang))
        return INTERRUPTED
    except Exception as error:
        remark(text("cli.defect", lang, error=type(error).__name__))
        for place in places_of(error):
            remark(place)
        return DEFECT


def _run(arguments: list[str], lang: Lang) -> int:
    given = parse(arguments, lang)
    if given is None:
        code = READY
    else:
        command: Callable[[Namespace, Lang], int] = _COMMANDS[given.command]
        code = command(given, lang)
    with writing():
        sys.stdout.flush()
    return code


def _collect_script(given: Namespace, lang: Lang) -> int:
    script = collect_script(given.lang or lang)
    if not given.out:
        write_document(script)
        return READY
    place = Path(given.out)
    check_folder(place.parent)
    for path in write_files(place.parent, {place.name: script}):
        path.chmod(0o755)
        write_page(text("cli.script_written", lang, file=str(path)) + "\n")
    return READY


def _inspect(given: Namespace, lang: Lang) -> int:
    snapshot, corrections = read_corrected(given, lang)
    if given.format == "json":
        write_document(inspect_json(snapshot, lang, corrections))
    else:
        write_page(inspect_text(snapshot, lang, corrections, colour=in_colour()))
    return worst(READY, snapshot)


def _assess(given: Namespace, lang: Lang) -> int:
    if given.checklist:
        _check_workbook(Path(given.checklist))
    snapshot, corrections = read_corrected(given, lang)
    baseline = read_baseline(Path(given.baseline)) if given.baseline else None
    assessment = assess(snapshot, _request(given))
    comparison = None if baseline is None else compare(baseline, side_of(assessment))
    if given.checklist:
        place = Path(given.checklist)
        write_files(place.parent, {place.name: checklist_workbook(assessment, given.lang or lang)})
    if given.format == "json":
        write_document(assessment_json(snapshot, assessment, lang, comparison, corrections))
    elif given.format == "sarif":
        write_document(sarif(assessment, lang, baseline))
    elif given.format == "junit":
        write_document(junit(assessment, lang))
    else:
        write_page(assess_text(snapshot, assessment, lang, comparison, corrections, colour=in_colour()))
    return worst(_EXIT_CODES[assessment.readiness], snapshot)


def _plan(given: Namespace, lang: Lang) -> int:
    formats = [format_named(name) for name in formats_of(given) if name != MANIFESTS]
    folder = Path(given.out)
    check_folder(folder)
    document_lang: Lang = given.lang or "zh"
    snapshot, _ = read_corrected(given, lang)
    assessment = assess(snapshot, _request(given))
    bundle = bundle_for(given, snapshot, assessment)
    playbook = Playbook(given.playbook) if given.playbook else None
    runbook = compile_runbook(snapshot, assessment, playbook=playbook, bundle=bundle)
    manifests = files_of(bundle, document_lang) if bundle else {}
    beside = {path: content.decode() for path, content in manifests.items()}
    files = render_all(runbook, [(form, document_lang) for form in formats], beside=beside)
    beside_them: dict[str, Mapping[str, bytes]] = {}
    if manifests and MANIFESTS in formats_of(given):
        beside_them[MANIFESTS] = manifests
    if any(form.refers for form in formats):
        beside_them[scripts.FOLDER] = scripts.files_of(runbook)
    written = write_with_folders(folder, files, beside_them, force=given.force)
    written += [folder / name for name, content in beside_them.items() if content]
    write_page(_plan_text(written, assessment, runbook, lang))
    return worst(_EXIT_CODES[runbook.readiness], snapshot)


def _compare(given: Namespace, lang: Lang) -> int:
    old, new = (read_inputs([side], lang) for side in (given.old, given.new))
    if given.how == "auto" and is_migration(given, old, new):
        remark(text("cli.compared_as.migration", lang))
    document, code = compared(given, old, new, lang, colour=in_colour())
    if isinstance(document, bytes):
        write_document(document)
    else:
        write_page(document)
    return max(worst(code, old), worst(code, new))


def _template(given: Namespace, lang: Lang) -> int:
    _write_tables(files.template(), given, lang)
    return READY


def _export(given: Namespace, lang: Lang) -> int:
    check_folder(_tables_folder(Path(given.out)))
    snapshot = read_inputs(given.inputs, lang)
    _write_tables(sheets_of(snapshot), given, lang)
    return worst(READY, snapshot)


def _write_tables(sheets: Sequence[Sheet], given: Namespace, lang: Lang) -> None:
    """One workbook where the name ends in ``.xlsx``, otherwise a folder of CSV files."""
    out = Path(given.out)
    document_lang: Lang = given.lang or "zh"
    folder = _tables_folder(out)
    if folder != out:
        written = write_files(folder, {out.name: files.workbook(sheets, document_lang)})
    else:
        written = write_files(folder, files.csv_files(sheets, document_lang))
    page = Page(lang, in_colour())
    page.rows([(page.word("cli.plan.written"), str(path)) for path in written], indent=0)
    write_page(page.finish())


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
        write_page(_graph(given, lang))
        return READY
    if given.target:
        catalog = up_to(catalog, Version.parse(given.target))
    if given.format == "json":
        write_document(catalog_json(given.topic, catalog, lang))
    else:
        write_page(catalog_text(given.topic, catalog, lang, colour=in_colour()))
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
    snapshot = read_corrected(given, lang)[0]
    source = str(snapshot.cluster.version.as_minor) if snapshot.cluster.version else ""
    target = str(Version.parse(given.target).as_minor)
    trials = [trial(c, snapshot, source, target, shipped_catalog().system_namespaces) for c in checks]
    if given.format == "json":
        write_document(trials_json(trials, lang))
    else:
        write_page(trials_text(trials, lang, colour=in_colour()))
    if any(t.found for t in trials):
        return BLOCKED
    return INCOMPLETE if any(t.problems or t.is_cut for t in trials) else READY


def _containerise(given: Namespace, lang: Lang) -> int:
    """Dockerfile, manifests and runbook of an application's form; or, with ``--template``, the form to fill in."""
    if given.template:
        write_page(application_form())
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
    page = Page(lang, in_colour())
    called = scripts.files_of(runbook) if any(wanted.refers for wanted in formats) else {}
    written = write_with_folders(folder, files, {scripts.FOLDER: called}, force=True)
    page.rows([(page.word("cli.plan.written"), str(path)) for path in written], indent=0)
    page.rows([(f"{count:>6}", one_line(say(what, lang))) for what, count in runbook.summary])
    write_page(page.finish())
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
        only_offered=False,
        stays=getattr(given, "playbook", None) in STAYING,
    )


def _plan_text(written: list[Path], assessment: Assessment, runbook: Runbook, lang: Lang) -> str:
    page = Page(lang, in_colour())
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

"""The sample cluster from its dump to its runbook, through the same services and the same worker as everybody's."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import QuerySet

from apps.checklists.models import Assessment
from apps.core.supervisor import Supervisor
from apps.inventory.models import Cluster, Snapshot
from apps.inventory.services import cluster_create, import_start_from_paths
from apps.operations.choices import OPEN, OperationStatus
from apps.operations.models import Operation
from apps.planning.models import Plan
from apps.planning.services import plan_create
from apps.runbooks.adapters import runbook_of
from apps.runbooks.choices import Playbook
from apps.runbooks.models import Runbook
from apps.runbooks.selectors import runbook_files
from apps.runbooks.services import runbook_request
from migrator import __version__
from migrator.errors import MigratorError
from migrator.locale import LANGS, Lang, text
from migrator.output import write_files
from migrator.render import FORMATS, file_name
from migrator.render.words import duration
from migrator.runbook.model import Runbook as Compiled

NAME = "yunhe-mall"
DUMP = settings.BASE_DIR / "docs" / "sample" / NAME
TARGET = "1.25"
OPERATION_SECONDS = 300
ADMINISTRATOR = "admin"

Say = Callable[..., None]


class FirstRunFailed(Exception):
    """An operation failed or did not end; the text is ready to be shown."""


def administrator() -> tuple[str, str]:
    """Name and password of the superuser; the password is empty where one is there already."""
    users: Any = get_user_model()._default_manager
    known = users.filter(is_superuser=True).order_by("id").first()
    if known is not None:
        return known.get_username(), ""
    password = secrets.token_urlsafe(12)
    users.create_superuser(ADMINISTRATOR, "", password)
    return ADMINISTRATOR, password


def sample_route(say: Say, lang: Lang, supervisor: Supervisor) -> None:
    """Import, assess and compile the sample unless that is done, write its documents unless they are there, print the
    summary. A runbook that an earlier version of the program left in a form no longer read is compiled anew.

    Raises:
        FirstRunFailed: an operation failed or took longer than ``OPERATION_SECONDS``.
    """
    actor = get_user_model()._default_manager.filter(is_superuser=True).order_by("id").first()
    cluster = Cluster.objects.filter(name=NAME).first() or cluster_create(actor=actor, name=NAME, business="云鹤商城")
    if Snapshot.objects.filter(cluster=cluster).exists():
        say("run.kept", cluster=NAME)
    else:
        say("run.importing", cluster=NAME)
        _finish(import_start_from_paths(cluster=cluster, actor=actor, paths=[DUMP]), lang, supervisor)
    plan = Plan.objects.filter(cluster=cluster).order_by("id").first()
    plan = plan or plan_create(actor=actor, cluster=cluster, target=TARGET)
    folder = settings.DATA_DIR / "runbooks" / NAME
    folder.mkdir(parents=True, exist_ok=True)

    def compiled_anew() -> Runbook:
        say("run.assessing", target=plan.target)
        _finish(runbook_request(actor=actor, plan=plan), lang, supervisor)
        return _of_strategy(plan).latest("number")

    runbook = _of_strategy(plan).order_by("-number").first() or compiled_anew()
    try:
        files = _documents(folder, runbook)
    except MigratorError as error:
        if error.code != "document_outdated":
            raise
        say("run.outdated", number=runbook.number)
        runbook = compiled_anew()
        files = _documents(folder, runbook)
    _summary(say, lang, cluster, runbook, files)


def _of_strategy(plan: Plan) -> QuerySet[Runbook]:
    """Revisions of the playbook that a plan's strategy asks for, not those of the playbooks beside it."""
    return Runbook.objects.filter(plan=plan, playbook__in=(Playbook.MIGRATION, Playbook.UPGRADE))


def _documents(folder: Path, runbook: Runbook) -> list[Path]:
    """All documents of the revision. What was written for this very one, by this version of the program, is kept.

    Raises:
        MigratorError: ``document_outdated``, whether or not the documents are there.
    """
    runbook_of(runbook)
    written_for, mark = folder / "written-for", f"{__version__} {runbook.digest}\n"
    files = [folder / file_name(each, lang) for lang in LANGS for each in FORMATS.values()]
    known = written_for.read_text("utf-8") if written_for.exists() else ""
    if known == mark and all(file.exists() for file in files):
        return files
    written = write_files(folder, runbook_files(runbook))
    write_files(folder, {written_for.name: mark.encode()})
    return written


def _finish(operation: Operation, lang: Lang, supervisor: Supervisor) -> None:
    waited = 0.0

    def ended() -> bool:
        nonlocal waited
        waited += 0.2
        operation.refresh_from_db()
        return operation.status not in OPEN or waited > OPERATION_SECONDS

    supervisor.watch(until=ended, every=0.2)
    if operation.status == OperationStatus.FAILED:
        told = (operation.problem or {})["details"][lang]
        raise FirstRunFailed(text("run.operation_failed", lang, kind=operation.kind, problem=told))
    if operation.status != OperationStatus.SUCCEEDED:
        raise FirstRunFailed(text("run.operation_slow", lang, kind=operation.kind, seconds=OPERATION_SECONDS))


def _summary(say: Say, lang: Lang, cluster: Cluster, runbook: Runbook, files: list[Path]) -> None:
    assessment, snapshot, compiled = runbook.assessment, runbook.assessment.snapshot, runbook_of(runbook)
    counts = snapshot.counts
    say("run.summary_title")
    say("run.summary_cluster", name=cluster.name, source=runbook.source, target=runbook.target)
    say("run.summary_readiness", readiness=text(f"readiness.{runbook.readiness}", lang), **_verdict(assessment))
    say("run.summary_path", path=_path(compiled, lang))
    names = ("nodes", "workloads", "volumes", "services", "ingresses")
    say("run.summary_counts", **{name: counts.get(name, 0) for name in names})
    say(
        "run.summary_runbook",
        phases=runbook.phase_count,
        steps=runbook.step_count,
        duration=duration((runbook.minutes_min, runbook.minutes_max), lang),
    )
    for file in files:
        say("run.summary_file", file=file)


def _verdict(assessment: Assessment) -> dict[str, int]:
    return {
        "blockers": assessment.findings.filter(severity="blocker").count(),
        "warnings": assessment.findings.filter(severity="warning").count(),
        "questions": assessment.results.filter(unanswered=True).count(),
    }


def _path(compiled: Compiled, lang: Lang) -> str:
    hops = compiled.path.hops if compiled.path else ()
    if not hops or compiled.choice is None:
        return text("run.no_path", lang)
    route = " → ".join([str(compiled.source.as_minor), *(str(hop.target) for hop in hops)])
    return f"{route} ({text(f'strategy.{compiled.choice.strategy}', lang)})"

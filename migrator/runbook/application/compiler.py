"""From the form of an application to its runbook and files. Pure: the same form and target give the same bytes."""

from __future__ import annotations

import hashlib

import msgspec

import migrator
from migrator.catalog.model import Catalog
from migrator.checks.spec import Readiness
from migrator.locale import Msg, msg
from migrator.runbook.application.building import form_rows
from migrator.runbook.application.dockerfile import dockerfile, dockerignore
from migrator.runbook.application.form import ApplicationForm
from migrator.runbook.application.manifests import manifests
from migrator.runbook.application.places import DATA, DEPLOY, IMAGE, PREPARE, SWITCH
from migrator.runbook.application.steps import application_steps
from migrator.runbook.model import Appendix, Phase, Playbook, Runbook
from migrator.runbook.ordering import PhaseTitle, arrange
from migrator.runbook.schedule import with_times
from migrator.runbook.steps.base import table
from migrator.versions import Version


def application_files(form: ApplicationForm, target: Version) -> dict[str, str]:
    """Path -> text of all that the form makes: Dockerfile, what the build leaves out, manifests in apply order."""
    return {"Dockerfile": dockerfile(form), ".dockerignore": dockerignore(form), **manifests(form, target)}


def compile_form(form: ApplicationForm, target: Version, catalog: Catalog) -> Runbook:
    """The runbook that brings the application onto a cluster of ``target``. It comes from no cluster and no checks."""
    files = application_files(form, target)
    titles = [PhaseTitle(key, msg(f"phase.{key}")) for key in (PREPARE, DATA, IMAGE, DEPLOY, SWITCH)]
    phases = arrange(titles, application_steps(form, files, target), first_number=0)
    fields = table("setting value", form_rows(form))
    return with_times(
        Runbook(
            playbook=Playbook.CONTAINERISE,
            cluster=form.name,
            source=target,
            target=target,
            profile="",
            readiness=Readiness.NO_CHECKS,
            results=(),
            phases=phases,
            summary=_summary(form, phases, len(files)),
            appendices=(
                Appendix(
                    key="form",
                    title=msg("appendix.form"),
                    tables=(fields,) if fields else (),
                    notes=(msg("appendix.form.note"),),
                ),
            ),
            snapshot_digest=digest_of(form),
            catalog_digest=catalog.digest,
            engine_version=migrator.__version__,
        )
    )


def digest_of(form: ApplicationForm) -> str:
    """Names the content of the form, as the digest of a snapshot names that of a cluster."""
    return "sha256:" + hashlib.sha256(msgspec.json.encode(form, order="deterministic")).hexdigest()


def _summary(form: ApplicationForm, phases: tuple[Phase, ...], files: int) -> tuple[tuple[Msg, int], ...]:
    figures = {
        "replicas": form.replicas,
        "configs": len(form.config),
        "secrets": len(form.secret_keys),
        "mounts": len(form.mounts),
        "files": files,
        "steps": sum(len(p.steps) for p in phases),
    }
    return tuple((msg(f"summary.{name}"), figure) for name, figure in figures.items())

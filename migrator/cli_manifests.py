"""The manifests of the new cluster beside the documents of ``migrator plan``."""

from __future__ import annotations

from argparse import Namespace

from migrator.checks.assessment import Assessment
from migrator.conversion.model import Bundle, Options
from migrator.engine import convert
from migrator.locale import Lang
from migrator.paths.model import Strategy
from migrator.render.manifest_notes import manifest_notes
from migrator.snapshot.model import Snapshot

MANIFESTS = "manifests"  # a word in the list of formats, and the folder
_HOLDING = {MANIFESTS, "zip"}  # formats that manifests are made for


def bundle_for(given: Namespace, snapshot: Snapshot, assessment: Assessment) -> Bundle | None:
    """The bundle; None where nobody asked for it, or the runbook makes no new cluster."""
    migrates = not given.playbook and assessment.choice.strategy is Strategy.MIGRATE
    if not _HOLDING & set(formats_of(given)) or not migrates:
        return None
    options = Options(registries=given.registries or (), balancer=given.balancer)
    return convert(snapshot, assessment.source, assessment.target, options=options)


def formats_of(given: Namespace) -> list[str]:
    """The names in ``--formats``, each once."""
    return list(dict.fromkeys(map(str.strip, given.formats.split(","))))


def files_of(bundle: Bundle, lang: Lang) -> dict[str, bytes]:
    """Path below the folder of the documents -> content; the notes are in the language of the documents."""
    made = {f"{MANIFESTS}/{file.path}": file.text.encode() for file in bundle.files}
    made[f"{MANIFESTS}/NOTES-{lang}.md"] = manifest_notes(bundle, lang).encode()
    return made

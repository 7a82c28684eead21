"""The manifests of the new cluster beside the documents of ``migrator plan``."""

from __future__ import annotations

import contextlib
import hashlib
from argparse import Namespace
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from migrator.checks.assessment import Assessment
from migrator.conversion.model import Bundle, Options
from migrator.engine import convert
from migrator.errors import MigratorError
from migrator.locale import Lang
from migrator.output import write_files
from migrator.paths.model import Strategy
from migrator.render.manifest_notes import manifest_notes
from migrator.snapshot.model import Snapshot

MANIFESTS = "manifests"  # a word in the list of formats, and the folder
SUMS = f"{MANIFESTS}/SHA256SUMS"  # what was written, by which later changes of people are known
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


def write_with_manifests(
    folder: Path, documents: Mapping[str, bytes], manifests: Mapping[str, bytes], *, force: bool
) -> list[Path]:
    """Write documents and manifests and return the paths of the documents; as ``write_files``.

    Manifests of an earlier run give way: those of objects that are gone are taken away. What people changed since, such
    as Secrets that they filled in, is never lost silently.

    Args:
        force: give up changes of people.

    Raises:
        MigratorError: ``out_manifests_changed``, before anything is written.
    """
    known = _written_before(folder)
    changed = _changed(folder, known, manifests)
    if changed and not force:
        raise MigratorError(
            "out_manifests_changed", folder=str(folder / MANIFESTS), count=len(changed), files=changed[:10]
        )
    sums = "".join(
        f"{hashlib.sha256(content).hexdigest()}  {path.removeprefix(MANIFESTS + '/')}\n"
        for path, content in sorted(manifests.items())
    )
    written = write_files(folder, {**documents, **manifests, SUMS: sums.encode()})[: len(documents)]
    _take_away(folder, known.keys() - manifests.keys())
    return written


def _written_before(folder: Path) -> dict[str, str]:
    """Path -> SHA-256 as the run before wrote it; only of what lies in the folder of the manifests."""
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    pairs = (line.partition("  ") for line in lines)
    return {f"{MANIFESTS}/{path}": digest for digest, _, path in pairs if path and _stays_inside(path)}


def _stays_inside(path: str) -> bool:
    parts = PurePosixPath(path)
    return not parts.is_absolute() and ".." not in parts.parts and "\\" not in path and ":" not in path


def _changed(folder: Path, known: Mapping[str, str], manifests: Mapping[str, bytes]) -> list[str]:
    """Files, below the folder of the manifests, that a run would overwrite or take away though people changed them."""
    changed = []
    for path in sorted({*known, *manifests}):
        try:
            content = (folder / path).read_bytes()
        except OSError:
            continue
        if content != manifests.get(path) and hashlib.sha256(content).hexdigest() != known.get(path):
            changed.append(path.removeprefix(f"{MANIFESTS}/"))
    return changed


def _take_away(folder: Path, paths: Iterable[str]) -> None:
    """Files, and the folders that are empty then."""
    for path in sorted(paths):
        place = folder / path
        with contextlib.suppress(OSError):
            place.unlink()
            for above in place.relative_to(folder).parents[:-2]:
                (folder / above).rmdir()

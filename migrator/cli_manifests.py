"""The folders beside the documents of ``migrator plan``: manifests of the new cluster, scripts of long commands."""

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
SUMS = "SHA256SUMS"  # in each folder: what was written, by which later changes of people are known


def bundle_for(given: Namespace, snapshot: Snapshot, assessment: Assessment) -> Bundle | None:
    """The bundle, whichever formats are asked for: the steps apply it. None where the runbook makes no new cluster."""
    if given.playbook or assessment.choice.strategy is not Strategy.MIGRATE:
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


def write_with_folders(
    folder: Path, documents: Mapping[str, bytes], folders: Mapping[str, Mapping[str, bytes]], *, force: bool
) -> list[Path]:
    """Write documents and whole folders beside them, and return the paths of the documents; as ``write_files``.

    What an earlier run wrote into the folders gives way: manifests of objects that are gone and scripts of steps that
    are gone are taken away. What people changed since, such as Secrets that they filled in, is never lost silently.

    Args:
        folders: by name, such as ``manifests``: the files by path below ``folder``. Each gets a list of checksums.
        force: give up changes of people.

    Raises:
        MigratorError: ``out_manifests_changed``, before anything is written.
    """
    known = {name: _written_before(folder, name) for name in folders}
    for name, files in folders.items():
        changed = _changed(folder, known[name], files)
        if changed and not force:
            raise MigratorError(
                "out_manifests_changed",
                folder=str(folder / name),
                count=len(changed),
                files=[path.removeprefix(f"{name}/") for path in changed[:10]],
            )
    sums = {f"{name}/{SUMS}": _sums(name, files) for name, files in folders.items() if files}
    all_files = {path: content for files in folders.values() for path, content in files.items()}
    written = write_files(folder, {**documents, **all_files, **sums})[: len(documents)]
    for name, files in folders.items():
        gone = known[name].keys() - files.keys()
        _take_away(folder, gone if files or not known[name] else {*gone, f"{name}/{SUMS}"})
    return written


def _sums(name: str, files: Mapping[str, bytes]) -> bytes:
    lines = (f"{hashlib.sha256(files[path]).hexdigest()}  {path.removeprefix(f'{name}/')}\n" for path in sorted(files))
    return "".join(lines).encode()


def _written_before(folder: Path, name: str) -> dict[str, str]:
    """Path -> SHA-256 as the run before wrote it; only of what lies in the folder of that name."""
    try:
        lines = (folder / name / SUMS).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    pairs = (line.partition("  ") for line in lines)
    return {f"{name}/{path}": digest for digest, _, path in pairs if path and _stays_inside(path)}


def _stays_inside(path: str) -> bool:
    parts = PurePosixPath(path)
    return not parts.is_absolute() and ".." not in parts.parts and "\\" not in path and ":" not in path


def _changed(folder: Path, known: Mapping[str, str], files: Mapping[str, bytes]) -> list[str]:
    """Paths that a run would overwrite or take away though people changed what is there."""
    changed = []
    for path in sorted({*known, *files}):
        try:
            content = (folder / path).read_bytes()
        except OSError:
            continue
        if content != files.get(path) and hashlib.sha256(content).hexdigest() != known.get(path):
            changed.append(path)
    return changed


def _take_away(folder: Path, paths: Iterable[str]) -> None:
    """Files, and the folders that are empty then."""
    for path in sorted(paths):
        place = folder / path
        with contextlib.suppress(OSError):
            place.unlink()
            for above in place.relative_to(folder).parents[:-2]:
                (folder / above).rmdir()

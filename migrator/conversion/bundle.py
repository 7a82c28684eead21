"""All objects of the old cluster as manifests for the new one: chosen, cleaned, converted, laid out in waves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import orjson

from migrator.catalog.model import Catalog
from migrator.conversion.cleaning import clean
from migrator.conversion.layout import laid_out
from migrator.conversion.model import Bundle, LeftOut, ManifestFile, Note, Options
from migrator.conversion.paths import Paths
from migrator.conversion.selection import reason_to_leave
from migrator.conversion.waves import wave_of
from migrator.conversion.yamltext import yaml_text
from migrator.locale import msg
from migrator.memory import without_cyclic_collection
from migrator.snapshot.manifests import named_only
from migrator.snapshot.model import Manifest, ObjectRef, Snapshot
from migrator.versions import Version


@without_cyclic_collection()
def convert_all(
    snapshot: Snapshot, source: Version, target: Version, catalog: Catalog, options: Options | None = None
) -> Bundle:
    """The bundle of manifests for a new cluster of ``target``; the same bytes for the same arguments."""
    notes: list[Note] = []
    left: list[LeftOut] = []
    files: list[ManifestFile] = []
    paths = Paths()
    for wave, manifest in _in_order(snapshot.manifests):
        ref = manifest.ref
        body = orjson.loads(memoryview(manifest.body))
        if reason := reason_to_leave(ref, body, catalog, builtin=is_builtin(ref)):
            left.append(LeftOut(ref=ref, reason=reason))
            continue
        clean(body)
        path = paths.of(wave, ref.namespace, ref.kind, "" if is_builtin(ref) else ref.group, ref.name)
        files.append(ManifestFile(path=path, wave=wave, refs=(ref,), text=yaml_text(body)))
    for ref in named_only(snapshot):
        if ref.kind not in ("Event", "Lease"):
            notes.append(Note(ref=ref, text=msg("conversion.note.named_only"), open=True))
    return Bundle(files=laid_out(files), notes=tuple(notes), left_out=tuple(left))


def is_builtin(ref: ObjectRef) -> bool:
    """Whether Kubernetes itself defines the kind; the name alone does not tell, other groups have a Node or a Job."""
    return "." not in ref.group or ref.group.endswith(".k8s.io")


def _in_order(manifests: Iterable[Manifest]) -> list[tuple[str, Manifest]]:
    waves: dict[tuple[str, str], str] = {}
    keyed = defaultdict(list)
    for manifest in manifests:
        ref = manifest.ref
        wave = waves.get((ref.kind, ref.api_version))
        if wave is None:
            wave = waves[(ref.kind, ref.api_version)] = wave_of(ref.kind, builtin=is_builtin(ref))
        keyed[wave].append(manifest)
    return [
        (wave, manifest)
        for wave in sorted(keyed)
        for manifest in sorted(keyed[wave], key=lambda m: (m.ref.namespace, m.ref.kind, m.ref.name, m.ref.api_version))
    ]

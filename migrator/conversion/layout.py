"""Kustomizations over the manifests: one for the whole, each wave and each namespace of a wave."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from migrator.conversion.model import ManifestFile
from migrator.conversion.waves import INVALID

_HEAD = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
NAME = "kustomization.yaml"


def laid_out(files: Iterable[ManifestFile]) -> tuple[ManifestFile, ...]:
    """The files with a kustomization before each folder's, the one over all waves first."""
    folders: dict[str, dict[str, list[ManifestFile]]] = defaultdict(lambda: defaultdict(list))
    for file in files:
        folders[file.wave][file.path.rpartition("/")[0]].append(file)
    waves = [wave for wave in sorted(folders) if wave != INVALID]
    made = [_kustomization("", "", waves)] if waves else []
    for wave, inside in sorted(folders.items()):
        if wave == INVALID:
            made += [file for folder in sorted(inside) for file in inside[folder]]
            continue
        below = [folder.rpartition("/")[2] for folder in sorted(inside) if folder != wave]
        own = inside.get(wave, [])
        made.append(_kustomization(wave, wave, [*map(_name, own), *below]))
        made += own
        for folder in sorted(inside):
            if folder != wave:
                made.append(_kustomization(wave, folder, map(_name, inside[folder])))
                made += inside[folder]
    return tuple(made)


def _name(file: ManifestFile) -> str:
    return file.path.rpartition("/")[2]


def _kustomization(wave: str, folder: str, resources: Iterable[str]) -> ManifestFile:
    lines = "".join(f'- "{name}"\n' for name in resources)
    return ManifestFile(path=f"{folder}/{NAME}" if folder else NAME, wave=wave, text=f"{_HEAD}resources:\n{lines}")

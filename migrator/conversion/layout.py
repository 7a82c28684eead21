"""Kustomizations over the manifests: one for the whole, each wave and each namespace of a wave."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from migrator.conversion.model import ManifestFile
from migrator.conversion.waves import INVALID, ONCE, WAVES, WORKLOADS
from migrator.conversion.yamltext import scalar
from migrator.locale import LANGS, text
from migrator.versions import Version

NAME = "kustomization.yaml"
_HEAD = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
_LAST_OLD_KUSTOMIZE = 21  # a kubectl of 1.20, which fits a cluster of 1.21, knows neither folders nor replicas in them
_FIRST_SERVER_SIDE = 18  # by default; ``apply`` keeps a copy in an annotation, where 256 KiB fit
_LARGE = 200_000  # characters of YAML from which the copy may not fit
_PARKED = frozenset(("Deployment", "StatefulSet", "ReplicaSet", "ReplicationController"))
_SUSPENDED = """\
patches:
- patch: |-
    - op: add
      path: /spec/suspend
      value: true
  target:
    kind: CronJob
"""


def laid_out(files: Iterable[ManifestFile], target: Version) -> tuple[ManifestFile, ...]:
    """The files with a kustomization before each folder's; a guide and the one over all waves come first.

    Workloads start with 0 replicas and CronJobs suspended, so that nothing does business twice: the kustomization says
    so, the manifest keeps the real number. What runs as soon as it is applied is in no kustomization above its own.
    """
    folders: dict[str, dict[str, list[ManifestFile]]] = defaultdict(lambda: defaultdict(list))
    for file in files:
        folders[file.wave][file.path.rpartition("/")[0]].append(file)
    waves = [wave for wave in WAVES if wave in folders]
    large = [wave for wave in waves if any(len(f.text) > _LARGE for inside in folders[wave].values() for f in inside)]
    made = [_guide(waves, large, target)]
    if together := [wave for wave in waves if wave != ONCE]:
        made.append(ManifestFile(path=NAME, wave="", text=_kustomization(together)))
    for wave in waves:
        made += _wave(wave, folders[wave])
    if INVALID in folders:
        made += [file for folder in sorted(folders[INVALID]) for file in folders[INVALID][folder]]
    return tuple(made)


def _wave(wave: str, folders: dict[str, list[ManifestFile]]) -> Iterable[ManifestFile]:
    own = folders.get(wave, [])
    below = [folder for folder in sorted(folders) if folder != wave]
    names = [*map(_name, own), *(folder.rpartition("/")[2] for folder in below)]
    yield ManifestFile(path=f"{wave}/{NAME}", wave=wave, text=_kustomization(names, *_parked(wave, own)))
    yield from own
    for folder in below:
        inside = folders[folder]
        parked = _parked(wave, inside)
        yield ManifestFile(path=f"{folder}/{NAME}", wave=wave, text=_kustomization(map(_name, inside), *parked))
        yield from inside


def _name(file: ManifestFile) -> str:
    return file.path.rpartition("/")[2]


def _parked(wave: str, files: Iterable[ManifestFile]) -> tuple[list[str], bool]:
    """Names of the workloads that start with 0 replicas, and whether there are CronJobs."""
    if wave != WORKLOADS:
        return [], False
    refs = [ref for file in files for ref in file.refs]
    return sorted({r.name for r in refs if r.kind in _PARKED}), any(r.kind == "CronJob" for r in refs)


def _kustomization(resources: Iterable[str], parked: Iterable[str] = (), cron_jobs: bool = False) -> str:
    lines = [_HEAD, "resources:\n", *(f"- {scalar(name)}\n" for name in resources)]
    replicas = [f"- name: {scalar(name)}\n  count: 0\n" for name in parked]
    if replicas:
        lines += ["replicas:\n", *replicas]
    if cron_jobs:
        lines.append(_SUSPENDED)
    return "".join(lines)


def _guide(waves: list[str], large: list[str], target: Version) -> ManifestFile:
    """What the folders are and how they are applied, in both languages."""
    parts = []
    write = "apply --server-side" if target.minor >= _FIRST_SERVER_SIDE else "create"
    for lang in LANGS:
        parts.append(f"# {text('conversion.guide.title', lang, target=str(target))}\n")
        parts.append(text("conversion.guide.how", lang) + "\n")
        if large:
            parts.append(text("conversion.guide.large", lang, waves=large, write=write) + "\n")
        if target.minor <= _LAST_OLD_KUSTOMIZE:
            parts.append(text("conversion.guide.old_kubectl", lang) + "\n")
        parts += [f"- `{wave}`: {text(f'conversion.guide.wave.{wave[3:]}', lang)}" for wave in (*waves, INVALID)]
        parts.append("")
        parts.append(text("conversion.guide.parked", lang) + "\n")
    return ManifestFile(path="README.md", wave="", text="\n".join(parts))

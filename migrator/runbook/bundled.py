"""Steps that apply manifests of the bundle: which objects have one, and the commands for them.

Read from the old cluster on the way stays what no manifest can hold: the values of Secrets, what is masked, and objects
that the input only named.
"""

from __future__ import annotations

import re
import shlex
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from migrator.conversion.model import Bundle, Identity, Note
from migrator.conversion.storage.common import FILL_IN
from migrator.conversion.waves import INVALID, SERVICES, STORAGE
from migrator.locale import Msg, msg
from migrator.runbook.kubectl import WORK, dry_run, kubectl, write_files
from migrator.runbook.model import Phase, Step
from migrator.snapshot.model import ObjectRef
from migrator.versions import Version

FOLDER = f"{WORK}/manifests"  # where the bundle is unpacked
_MASKED, _SECRET, _NAMED_ONLY = (f"conversion.note.{name}" for name in ("masked", "secret", "named_only"))
# Mask and all, these come from manifests: between the versions of definitions lies more than a program of a few lines
# could convert, and which Job runs a person decides.
_NEVER_READ = ("CustomResourceDefinition", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "Job")
_IN_STORAGE = ("PersistentVolume", "PersistentVolumeClaim")
_KUSTOMIZATION = "kustomization.yaml"
_NAMED = re.compile(rf'"{re.escape(FOLDER)}/([^"]+)"')  # files, and folders that are applied whole
_BALANCER_ID = re.compile(rf"^ *kubernetes\.io/elb\.id: {FILL_IN}$", re.MULTILINE)
# Notes that ask for the id of the load balancer, which the step puts into the manifest.
BALANCER_NOTES = ("network.note.balancer_id_union", "network.note.balancer_id_performance")
_PER_COMMAND = 40  # files on one command line
_NOTES_MOST = 12
_LAST_OLD_KUSTOMIZE = 21  # a kubectl of 1.20, which fits a cluster of 1.21, fails on kustomizations with replicas
# Nothing may run twice: workloads start at 0 and CronJobs asleep, as the kustomization of their folder says too.
_PARK = """\
(.items[]?, select(.kind != "List")) |= (
    if .kind == "CronJob" then .spec.suspend = true
    elif .kind | IN("Deployment", "StatefulSet", "ReplicaSet", "ReplicationController") then .spec.replicas = 0
    else . end)"""


class Applied(msgspec.Struct, frozen=True):
    """The bundle as the steps see it."""

    bundle: Bundle
    files: Mapping[Identity, tuple[str, ...]]  # of what is applied from a manifest, not read from the old cluster
    folders: Mapping[str, frozenset[str]]
    open_notes: Mapping[Identity, Sequence[Note]]
    minor: int  # of the target; the kubectl for it may be one older or newer
    texts: Mapping[str, str]  # path -> what the file holds, of Services and Ingresses

    def files_of(self, ref: ObjectRef) -> tuple[str, ...]:
        """The manifests of the object; none where it must be read from the old cluster."""
        return self.files.get((ref.namespace, ref.kind, ref.name), ())

    def is_read(self, note: Note) -> bool:
        """Whether a step does what the note asks of a person: it reads the values from the old cluster."""
        return note.text.key in (_MASKED, _SECRET) and not self.files_of(note.ref)


def applied(bundle: Bundle, target: Version) -> Applied:
    folders: dict[str, set[str]] = defaultdict(set)
    read: set[Identity] = set()
    with_claims: set[Identity] = set()  # workloads whose volumes became claims: read as they are, they would not start
    for file in bundle.files:
        folder, _, name = file.path.rpartition("/")
        if name != _KUSTOMIZATION:
            folders[folder].add(file.path)
        if file.wave == INVALID:
            read.update((ref.namespace, ref.kind, ref.name) for ref in file.refs)
        elif file.wave == STORAGE:
            with_claims.update((r.namespace, r.kind, r.name) for r in file.refs if r.kind not in _IN_STORAGE)
    notes: dict[Identity, list[Note]] = defaultdict(list)
    for note in bundle.notes:
        key = (note.ref.namespace, note.ref.kind, note.ref.name)
        if note.open:
            notes[key].append(note)
        if note.text.key == _MASKED and note.ref.kind not in _NEVER_READ and key not in with_claims:
            read.add(key)
    files = {k: paths for k, paths in bundle.paths.items() if k[1] != "Secret" and k not in read}
    texts = {f.path: f.text for f in bundle.files if f.wave == SERVICES}
    inside = {k: frozenset(v) for k, v in folders.items()}
    return Applied(bundle, files, inside, notes, target.minor, texts)


def split(refs: Iterable[ObjectRef], given: Applied) -> tuple[list[str], list[ObjectRef]]:
    """Files of those that have one, each once, and those that have none."""
    files: dict[str, None] = {}
    rest = []
    for ref in refs:
        if found := given.files_of(ref):
            files |= dict.fromkeys(found)
        else:
            rest.append(ref)
    return list(files), rest


def apply_commands(files: Sequence[str], given: Applied, *, parked: bool = False, write: str = "apply") -> list[str]:
    """Commands for those files: a whole folder by its kustomization, which parks what is in it, others one by one.

    Args:
        parked: workloads start with 0 replicas, CronJobs suspended.
        write: how kubectl writes, as in ``write_files``.
    """
    by_folder: dict[str, list[str]] = defaultdict(list)
    for path in files:
        by_folder[path.rpartition("/")[0]].append(path)
    commands: list[str] = []
    for folder, paths in sorted(by_folder.items(), key=_wave):  # claims before the workloads that mount them
        whole = given.folders[folder] == frozenset(paths) and write == "apply"
        whole = whole and given.minor > _LAST_OLD_KUSTOMIZE
        if whole and (parked or not folder.startswith("50-")) and not _is_wave(folder, given):
            commands.append(kubectl("new", f'apply -k "{FOLDER}/{folder}"'))
            continue
        for start in range(0, len(paths), _PER_COMMAND):
            given_files = paths[start : start + _PER_COMMAND]
            commands.append(_by_file(given_files, parked=parked, write=write, minor=given.minor))
    return commands


def _wave(entry: tuple[str, list[str]]) -> str:
    return entry[0].partition("/")[0]


def _is_wave(folder: str, given: Applied) -> bool:
    """Whether the kustomization of the folder takes in folders below it, of which nobody asked."""
    return any(other.startswith(f"{folder}/") for other in given.folders)


def _by_file(paths: Sequence[str], *, parked: bool, write: str, minor: int) -> str:
    names = " \\\n    ".join(f'-f "{FOLDER}/{path}"' for path in paths)
    if not parked:
        return write_files("new", write, names)
    return (
        f"{kubectl('new', f'create {dry_run(minor)} -o json {names}')} \\\n"
        f"  | jq {shlex.quote(_PARK)} \\\n"
        f"  | {kubectl('new', f'{write} -f -')}"
    )


def needs_balancer_id(ref: ObjectRef, given: Applied) -> bool:
    """Whether the manifest waits for the id of a load balancer that a person buys."""
    return any(_BALANCER_ID.search(given.texts[path]) for path in given.files_of(ref))


def apply_balanced(ref: ObjectRef, given: Applied) -> list[str]:
    """Commands for the manifest of a Service or Ingress; the id of its load balancer is what ``$elb`` holds."""
    commands = []
    for path in given.files_of(ref):
        if _BALANCER_ID.search(given.texts[path]):
            fill = f'sed "s/\\(kubernetes[.]io.elb[.]id: \\){FILL_IN}/\\1$elb/" "{FOLDER}/{path}"'
            commands.append(f"{fill} \\\n  | {kubectl('new', 'apply -f -')}")
        else:
            commands.append(kubectl("new", f'apply -f "{FOLDER}/{path}"'))
    return commands


def notes_of(refs: Iterable[ObjectRef], given: Applied, settled: Sequence[str] = ()) -> list[Msg]:
    """What a person must do before the manifests of these objects are applied, but for the sentences ``settled``."""
    without = {*settled, _NAMED_ONLY}  # what is only named is read
    found = [n for r in refs for n in given.open_notes.get((r.namespace, r.kind, r.name), ())]
    found = [n for n in found if n.text.key not in without and not given.is_read(n)]
    told = [msg("runbook.warning.manifest_note", object=str(n.ref), note=n.text) for n in found[:_NOTES_MOST]]
    more = len(found) - _NOTES_MOST
    return [*told, *([msg("runbook.warning.manifest_notes_more", count=more)] if more > 0 else [])]


def with_files(phases: tuple[Phase, ...], given: Applied) -> tuple[Phase, ...]:
    """The phases, each step with the files that its commands apply and that hold one of its objects."""
    return tuple(msgspec.structs.replace(p, steps=tuple(_named(s, given) for s in p.steps)) for p in phases)


def _named(step: Step, given: Applied) -> Step:
    text = "\n".join(a.command for a in step.actions)
    if FOLDER not in text:
        return step
    named = set(_NAMED.findall(text))
    files = [
        path
        for ref in step.subjects
        for path in given.files_of(ref)
        if path in named or path.rpartition("/")[0] in named
    ]
    return msgspec.structs.replace(step, files=tuple(dict.fromkeys(files)))

"""What holds for every compiled runbook, whatever the cluster."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections import Counter
from pathlib import Path

import msgspec

from migrator.catalog.loader import shipped_catalog
from migrator.checks.spec import Severity
from migrator.conversion.model import Bundle
from migrator.locale import LANGS, Msg, catalogue, say
from migrator.runbook.model import Action, Playbook, Runbook, Step, StepKind
from migrator.snapshot.model import ObjectRef, Snapshot
from tests.unit.runbook.clusters import steps_of

Place = tuple[str, str, str]


def check_all(runbook: Runbook, snapshot: Snapshot) -> None:
    steps = steps_of(runbook)
    check_fields(steps)
    check_order(runbook)
    check_dangers(runbook)
    check_findings_answered(runbook)
    check_each_object_once(steps, snapshot)
    check_no_invented_subject(steps, snapshot)
    check_commands(steps, snapshot)
    check_programs(steps)
    check_sentences(runbook)


def check_fields(steps: list[Step]) -> None:
    assert len({s.key for s in steps}) == len(steps)
    for step in steps:
        assert step.verify, step.key
        assert step.actions, step.key
        assert bool(step.rollback) != (step.no_rollback_reason is not None), step.key
        assert step.interrupts == (step.outage is not None), step.key
        assert 0 < step.minutes[0] <= step.minutes[1], step.key
        for action in (*step.actions, *step.verify, *step.rollback):
            assert bool(action.command) != (action.text is not None), step.key
            assert action.command or not action.manifest, step.key


def check_programs(steps: list[Step]) -> None:
    """A jq program is written before a command reads it."""
    written: set[str] = set()
    for step in steps:
        for action in (*step.actions, *step.verify, *step.rollback):
            written |= set(re.findall(r"cat > \"[$]HOME/cce-migration/([a-z]+[.]jq)\"", action.command))
            used = set(re.findall(r"-f \"[$]HOME/cce-migration/([a-z]+[.]jq)\"", action.command))
            assert used <= written, f"{step.key}: {used - written}"


def check_order(runbook: Runbook) -> None:
    position = {s.key: i for i, s in enumerate(steps_of(runbook))}
    for step in steps_of(runbook):
        for name in step.after:
            assert position[name] < position[step.key], f"{step.key} stands before {name}"
    for number, phase in enumerate(runbook.phases):
        assert phase.steps or runbook.playbook is Playbook.MIGRATION, phase.key  # whose phases are the course's steps
        assert [s.number for s in phase.steps] == [f"{number}.{i}" for i in range(1, len(phase.steps) + 1)]
        assert {s.phase for s in phase.steps} <= {phase.key}


def before(steps: dict[str, Step], key: str) -> set[str]:
    """All steps that must be done before the step, directly or through others."""
    found: set[str] = set()
    todo = list(steps[key].after)
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += steps[name].after
    return found


def check_dangers(runbook: Runbook) -> None:
    """Nothing is deleted, and no point of no return passed, without a gate before it."""
    steps = {s.key: s for s in steps_of(runbook)}
    for step in steps.values():
        if step.destructive or step.point_of_no_return:
            earlier = before(steps, step.key)
            assert any(steps[k].kind is StepKind.GATE for k in earlier), step.key
            if runbook.playbook is Playbook.RETIREMENT:
                assert {"retire.unassociate", "retire.sign", "retire.ready", "prepare.go"} <= earlier, step.key
            if runbook.playbook is Playbook.MIGRATION:
                wanted = {"retire.unassociate", "retire.sign", "cutover.counts", "cutover.accept"}
                assert wanted <= earlier, step.key
                assert "storage.verify" in earlier or "storage.verify" not in steps, step.key
    for step in steps.values():
        lines = "\n".join(a.command for a in step.actions)
        assert not re.search(r"kubectl-old [^\n]*\bdelete (pv|pvc|persistentvolume|namespace)", lines), step.key
        assert not re.search(r"kubectl-old [^\n]*\bdelete (?!pod |daemonset post-upgrade-check)", lines), step.key


def check_findings_answered(runbook: Runbook) -> None:
    answered = {key for s in steps_of(runbook) for key in s.answers}
    for result in runbook.results:
        for finding in result.findings:
            if finding.severity in (Severity.BLOCKER, Severity.WARNING):
                assert finding.key in answered, finding.key


def user_objects(snapshot: Snapshot) -> set[Place]:
    system = set(shipped_catalog().system_namespaces)
    places = {(w.ref.kind, w.ref.namespace, w.ref.name) for w in snapshot.user_workloads}
    places |= {("PersistentVolumeClaim", c.namespace, c.name) for c in snapshot.claims if not c.system}
    places |= {("PersistentVolume", "", v.name) for v in snapshot.volumes if v.claim_namespace not in system}
    places |= {("Service", s.namespace, s.name) for s in snapshot.services if not s.system}
    places |= {("Ingress", i.ref.namespace, i.ref.name) for i in snapshot.ingresses if not i.system}
    return places


def check_each_object_once(steps: list[Step], snapshot: Snapshot) -> None:
    """Each user workload, claim, volume, Service and Ingress, and in fact every subject, is in exactly one step."""
    counts = Counter((_group(r), _place(r)) for s in steps for r in s.subjects)
    assert {k: n for k, n in counts.items() if n > 1} == {}
    assert user_objects(snapshot) - {place for _, place in counts} == set()


def _group(ref: ObjectRef) -> str:
    """The group of a custom resource; those of Kubernetes itself may serve one object under several."""
    return ref.group if "." in ref.group and not ref.group.endswith(".k8s.io") else ""


def _place(ref: ObjectRef) -> Place:
    return (ref.kind, ref.namespace, ref.name)


def check_no_invented_subject(steps: list[Step], snapshot: Snapshot) -> None:
    known = user_objects(snapshot) | {_place(o.ref) for o in snapshot.objects}
    known |= {("Node", "", n.name) for n in snapshot.nodes} | {("Namespace", "", n.name) for n in snapshot.namespaces}
    known |= {(c.kind, c.namespace, c.name) for c in snapshot.configs}
    assert {_place(r) for s in steps for r in s.subjects} - known == set()


# --- commands ---

_NAMES = re.compile(
    r"^~/cce-migration/kubectl-(?:old|new)(?: -n (?P<ns>\S+))? (?P<verb>get|delete|scale|patch|rollout)\b"
)
_LOOP = re.compile(r"for name in (?P<names>.+); do$")
_OPTIONS_WITH_VALUE = {"-o", "-p", "-f", "-l", "-n", "--context", "--field-selector"}
_WORDS = {"get", "delete", "scale", "patch", "rollout", "status", "kubectl"}


def check_commands(steps: list[Step], snapshot: Snapshot) -> None:
    """Commands are valid shell, and every namespace in them is one of the snapshot's."""
    namespaces = {n.name for n in snapshot.namespaces} | {w.ref.namespace for w in snapshot.workloads}
    namespaces |= {s.namespace for s in snapshot.services} | {c.namespace for c in snapshot.claims}
    namespaces |= {c.namespace for c in snapshot.configs} | {o.ref.namespace for o in snapshot.objects}
    namespaces |= {i.ref.namespace for i in snapshot.ingresses} | {"kube-system", "default"}
    texts = [a for s in steps for a in (*s.actions, *s.verify, *s.rollback) if a.command]
    script = "\n".join(a.command for a in texts)
    ended = subprocess.run(["sh", "-n"], input=script.encode(), capture_output=True, check=False)
    assert ended.returncode == 0, ended.stderr.decode()[:500]
    for line in script.replace("\\\n", " ").splitlines():
        assert " create " not in line or "--dry-run" in line or "in create replace" in line, f"fails run again: {line}"
        found = _NAMES.match(line.strip())
        if found and found["ns"]:
            assert shlex.split(found["ns"])[0] in namespaces, line


def check_each_command(steps: list[Step], folder: Path) -> None:
    """Each command is valid shell by itself: in one script the quote that one leaves open could end in the next."""
    for number, command in enumerate(dict.fromkeys(a.command for a in all_actions(steps) if a.command)):
        (folder / f"{number}.sh").write_text(f"{command}\n")
    script = 'for file in *.sh; do sh -n "$file" || cat "$file"; done'
    ended = subprocess.run(["sh", "-c", script], cwd=folder, capture_output=True, check=True, text=True)
    assert (ended.stdout, ended.stderr) == ("", "")


def check_files(steps: list[Step], bundle: Bundle) -> None:
    """Each file of the manifests that a command names is in the bundle, each folder has a kustomization there."""
    paths = {file.path for file in bundle.files}
    folders = {path.removesuffix("/kustomization.yaml") for path in paths if path.endswith("/kustomization.yaml")}
    named = {p for a in all_actions(steps) for p in re.findall(r'/cce-migration/manifests/([^"]+)"', a.command)}
    assert named - paths - folders == set()


_FIXED = {"coredns", "post-upgrade-check", "$kind", "$name"}  # names of the platform that the steps themselves know


def check_names(steps: list[Step], snapshot: Snapshot) -> None:
    """Every name that a command is given is the name of an object of the snapshot."""
    known = {place[2] for place in user_objects(snapshot)} | {o.ref.name for o in snapshot.objects}
    known |= (
        {n.name for n in snapshot.nodes} | {n.name for n in snapshot.namespaces} | {c.name for c in snapshot.configs}
    )
    known |= {v.name for v in snapshot.volumes} | {v.claim_name for v in snapshot.volumes}
    known |= {w.ref.namespace for w in snapshot.workloads}
    known |= {place[1] for place in user_objects(snapshot)} | {c.namespace for c in snapshot.configs}
    invented = {s.key: found for s in steps if (found := names_in(s) - known - _FIXED)}
    assert invented == {}


def names_in(step: Step) -> set[str]:
    """The object names that the kubectl commands of the step are given."""
    names: set[str] = set()
    for action in (*step.actions, *step.verify, *step.rollback):
        for line in action.command.replace("\\\n", " ").splitlines():
            if found := _LOOP.match(line):
                names |= set(shlex.split(found["names"]))
            if _NAMES.match(line.strip()):
                names |= _arguments(shlex.split(re.split(r" (?:\|\|?|>|&&) ", line)[0]))
    return names


def _arguments(words: list[str]) -> set[str]:
    rest = []
    skip = False
    for word in words:
        if skip or word in _WORDS or word.startswith(("-", "~/cce-migration/kubectl-")):
            skip = word in _OPTIONS_WITH_VALUE
            continue
        rest.append(word)
    return set(rest[1:])  # the first is the resource


# --- sentences ---


def check_sentences(runbook: Runbook) -> None:
    """Every message of the runbook can be said in both languages; every column has its word."""
    for message in messages(runbook):
        for lang in LANGS:
            assert say(message, lang)
    columns = {c for s in steps_of(runbook) for t in s.tables for c in t.columns}
    columns |= {c for a in runbook.appendices for t in a.tables for c in t.columns}
    assert columns - catalogue().keys() == set()
    tables = [t for s in steps_of(runbook) for t in s.tables] + [t for a in runbook.appendices for t in a.tables]
    assert all(len(row) == len(t.columns) for t in tables for row in t.rows)


def messages(value: object) -> list[Msg]:
    if isinstance(value, Msg):
        return [value]
    if isinstance(value, msgspec.Struct):
        return [m for name in value.__struct_fields__ for m in messages(getattr(value, name))]
    if isinstance(value, list | tuple):
        return [m for item in value for m in messages(item)]
    return []


def all_actions(steps: list[Step]) -> list[Action]:
    return [a for s in steps for a in (*s.actions, *s.verify, *s.rollback)]

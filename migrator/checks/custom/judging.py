"""Judges objects by a person's expression, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import orjson

from migrator.checks.custom import sandbox
from migrator.checks.custom.language import check_expression
from migrator.checks.custom.model import CustomCheck
from migrator.checks.custom.problems import of_object
from migrator.checks.registry import RegisteredCheck
from migrator.checks.report import finding
from migrator.checks.spec import CheckContext, Unresolved, Yield
from migrator.checks.subjects import cluster_ref
from migrator.locale import msg
from migrator.snapshot.model import Manifest, ObjectRef, Snapshot
from migrator.snapshot.redaction import mask_text

WALL_SECONDS = 60


class Judgement(NamedTuple):
    """What became of one object: in order or not, or the problem that kept the expression from telling."""

    manifest: Manifest
    is_in_order: bool | None
    problem: str = ""


class Trial(NamedTuple):
    """What a check said of a snapshot when it was tried."""

    check: CustomCheck
    looked: int
    found: tuple[ObjectRef, ...]  # objects that are not in order
    problems: tuple[tuple[ObjectRef, str], ...]  # objects of which the expression could not tell, and why
    is_cut: bool = False  # it went beyond its limits


class SandboxError(Exception):
    """The process did not come to its end: out of time or memory."""


def registered(check: CustomCheck) -> RegisteredCheck:
    """The check as the runner takes it. Raises ``MigratorError`` as ``check_expression``."""
    check_expression(check.expression)
    return RegisteredCheck(spec=check.spec, evaluate=partial(_evaluate, check), kinds=frozenset(check.kinds))


def judge(
    check: CustomCheck, snapshot: Snapshot, source: str, target: str, platform: Iterable[str]
) -> Iterator[Judgement]:
    """One judgement for each object of the check's kinds, in the order of the snapshot.

    Args:
        source, target: minors such as "1.15".
        platform: namespaces of the platform.

    Raises:
        SandboxError: the expression took too much time or memory.
    """
    namespaces = frozenset() if check.platform else frozenset(platform)
    looked = [m for m in snapshot.manifests if m.ref.kind in check.kinds and m.ref.namespace not in namespaces]
    order = orjson.dumps({"expression": check.expression, "source": source, "target": target})
    told = _run(b"\n".join((order, *(bytes(m.body) for m in looked)))) if looked else []
    if len(told) != len(looked):
        raise SandboxError
    for manifest, line in zip(looked, told, strict=True):
        problem = mask_text(line[1:]) if line.startswith("E") else ""
        yield Judgement(manifest, None if problem else line == "1", problem)


def trial(check: CustomCheck, snapshot: Snapshot, source: str, target: str, platform: Iterable[str]) -> Trial:
    """Try ``check`` on the objects of ``snapshot``; arguments as of ``judge``."""
    try:
        judged = list(judge(check, snapshot, source, target, platform))
    except SandboxError:
        return Trial(check, 0, (), (), is_cut=True)
    return Trial(
        check,
        len(judged),
        tuple(j.manifest.ref for j in judged if j.is_in_order is False),
        tuple((j.manifest.ref, j.problem) for j in judged if j.problem),
    )


def _run(given: bytes) -> Sequence[str]:
    command = [sys.executable, "-I", str(Path(sandbox.__file__))]
    try:
        done = subprocess.run(  # noqa: S603 - our own file, in an empty environment
            command, input=given, capture_output=True, env={}, timeout=WALL_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise SandboxError from None
    if done.returncode:
        raise SandboxError
    return done.stdout.decode("utf-8", "replace").splitlines()


def _evaluate(check: CustomCheck, context: CheckContext) -> Iterator[Yield]:
    source, target = str(context.source.as_minor), str(context.target.as_minor)
    platform = context.catalog.system_namespaces
    try:
        for judgement in judge(check, context.snapshot, source, target, platform):
            ref = judgement.manifest.ref
            if judgement.problem:
                yield Unresolved(ref, msg("check.reason.custom_error", problem=of_object(judgement.problem)))
            elif not judgement.is_in_order:
                yield finding(check.spec, ref)
    except SandboxError:
        reason = msg("check.reason.custom_limit", seconds=sandbox.SECONDS, memory=sandbox.MEMORY >> 20)
        yield Unresolved(cluster_ref(context.snapshot), reason)
    for ref in context.named_only:
        if ref.kind in check.kinds:
            yield Unresolved(ref, msg("check.reason.no_content"))

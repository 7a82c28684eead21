"""Accepted risks: what waivers take out of the verdict, which of them have run out, and which accept nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from fnmatch import fnmatchcase

import msgspec

from migrator.checks.spec import CheckResult, Finding, Outcome, Waiver


class WaiverState(StrEnum):
    APPLIED = "applied"
    EXPIRED = "expired"  # what it accepted counts again
    UNUSED = "unused"  # nothing of what was found is in its scope


class WaiverUse(msgspec.Struct, frozen=True, kw_only=True):
    """What one waiver does in one assessment; ``accepts`` are keys of findings, or ``answer_key`` of a check."""

    waiver: Waiver
    state: WaiverState
    accepts: tuple[str, ...] = ()


def use_waivers(results: Sequence[CheckResult], waivers: Iterable[Waiver]) -> tuple[WaiverUse, ...]:
    """One use for each waiver, in their order.

    Only what was found can be accepted, never what nobody looked at: a check that is unknown or waits for an answer
    stays so. An answer "not in order" is accepted by a waiver whose scope is the whole cluster.
    """
    by_check = {r.check: r for r in results}
    return tuple(_use(waiver, by_check.get(waiver.check)) for waiver in waivers)


def accepted_by(uses: Iterable[WaiverUse]) -> frozenset[str]:
    """Keys of everything that some waiver accepts today."""
    return frozenset(key for use in uses if use.state is WaiverState.APPLIED for key in use.accepts)


def answer_key(check: str) -> str:
    """Stands for a person's answer "not in order" among the keys of findings."""
    return f"{check}:answer"


def _use(waiver: Waiver, result: CheckResult | None) -> WaiverUse:
    keys: list[str] = []
    if result is not None:
        keys += [f.key for f in result.findings if _covers(waiver, f)]
        answer = result.attestation
        whole = (waiver.kind, waiver.namespace, waiver.name) == ("*", "*", "*")
        if whole and answer is not None and answer.answer is Outcome.FAIL:
            keys.append(answer_key(waiver.check))
    state = WaiverState.UNUSED if not keys else WaiverState.EXPIRED if waiver.expired else WaiverState.APPLIED
    return WaiverUse(waiver=waiver, state=state, accepts=tuple(dict.fromkeys(keys)))


def _covers(waiver: Waiver, finding: Finding) -> bool:
    subject = finding.subject
    pairs = ((subject.kind, waiver.kind), (subject.namespace, waiver.namespace), (subject.name, waiver.name))
    return all(fnmatchcase(value, pattern) for value, pattern in pairs)

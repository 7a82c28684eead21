"""Runbooks that stay on one cluster call it the cluster: what they share with a migration is said there of the old one.

Programs and files keep their names (``kubectl-old``), so that commands are the same in every playbook.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from migrator.locale import Msg
from migrator.runbook.model import Action, Phase, Playbook, Step, Where

ONE_CLUSTER = frozenset((Playbook.UPGRADE, Playbook.NODES))

_WHERE = {Where.OLD_CLUSTER: Where.CLUSTER, Where.OLD_NODE: Where.NODE}
_SENTENCES = {
    "do.kubectl_old": "do.kubectl_own",
    "do.old_context": "do.own_context",
    "step.prepare.backup.title": "title.backup_own",
    "runbook.warning.retain_unreliable": "runbook.warning.retain_unreliable_here",
}


def on_one_cluster(phases: Sequence[Phase]) -> tuple[Phase, ...]:
    """The phases in the words of a playbook of ``ONE_CLUSTER``."""
    return tuple(msgspec.structs.replace(phase, steps=tuple(map(_step, phase.steps))) for phase in phases)


def _step(step: Step) -> Step:
    return msgspec.structs.replace(
        step,
        title=_said(step.title),
        actions=tuple(map(_action, step.actions)),
        verify=tuple(map(_action, step.verify)),
        rollback=tuple(map(_action, step.rollback)),
        warnings=tuple(map(_said, step.warnings)),
    )


def _action(action: Action) -> Action:
    return msgspec.structs.replace(
        action,
        where=_WHERE.get(action.where, action.where),
        text=None if action.text is None else _said(action.text),
    )


def _said(sentence: Msg) -> Msg:
    key = _SENTENCES.get(sentence.key)
    return sentence if key is None else msgspec.structs.replace(sentence, key=key)

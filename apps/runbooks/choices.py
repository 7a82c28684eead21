"""Choice lists of runbooks: the values and words of the core."""

from __future__ import annotations

from apps.planning.words import WordChoices, word
from migrator.runbook import model


class Playbook(WordChoices):
    MIGRATION = model.Playbook.MIGRATION.value, word("playbook.migration")
    UPGRADE = model.Playbook.UPGRADE.value, word("playbook.upgrade")
    NODES = model.Playbook.NODES.value, word("playbook.nodes")
    CONTAINERISE = model.Playbook.CONTAINERISE.value, word("playbook.containerise")
    OPERATIONS = model.Playbook.OPERATIONS.value, word("playbook.operations")
    RETIREMENT = model.Playbook.RETIREMENT.value, word("playbook.retirement")


class StepKind(WordChoices):
    COMMAND = model.StepKind.COMMAND.value, word("render.kind.command")
    CONSOLE = model.StepKind.CONSOLE.value, word("render.kind.console")
    MANUAL = model.StepKind.MANUAL.value, word("render.kind.manual")
    VERIFY = model.StepKind.VERIFY.value, word("render.kind.verify")
    GATE = model.StepKind.GATE.value, word("render.kind.gate")


class Role(WordChoices):
    SOLUTION_MANAGER = model.Role.SOLUTION_MANAGER.value, word("role.solution_manager")
    CLUSTER_ENGINEER = model.Role.CLUSTER_ENGINEER.value, word("role.cluster_engineer")
    BUSINESS_OWNER = model.Role.BUSINESS_OWNER.value, word("role.business_owner")
    NETWORK_ENGINEER = model.Role.NETWORK_ENGINEER.value, word("role.network_engineer")
    REVIEWER = model.Role.REVIEWER.value, word("role.reviewer")

"""Choice lists of runbooks: the values and words of the core."""

from __future__ import annotations

from apps.planning.words import WordChoices, word
from migrator import reconcile
from migrator.checks import spec
from migrator.runbook import model


class Playbook(WordChoices):
    MIGRATION = model.Playbook.MIGRATION.value, word("playbook.migration")
    UPGRADE = model.Playbook.UPGRADE.value, word("playbook.upgrade")
    NODES = model.Playbook.NODES.value, word("playbook.nodes")
    CONTAINERISE = model.Playbook.CONTAINERISE.value, word("playbook.containerise")
    OPERATIONS = model.Playbook.OPERATIONS.value, word("playbook.operations")
    RETIREMENT = model.Playbook.RETIREMENT.value, word("playbook.retirement")


class Readiness(WordChoices):
    """That of the checks, or that no cluster was checked."""

    READY = spec.Readiness.READY.value, word("readiness.ready")
    READY_WITH_WARNINGS = spec.Readiness.READY_WITH_WARNINGS.value, word("readiness.ready_with_warnings")
    BLOCKED = spec.Readiness.BLOCKED.value, word("readiness.blocked")
    INCOMPLETE = spec.Readiness.INCOMPLETE.value, word("readiness.incomplete")
    NO_CHECKS = spec.Readiness.NO_CHECKS.value, word("readiness.no_checks")


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


class Origin(WordChoices):
    COMPILED = model.Origin.COMPILED.value, word("origin.compiled")
    EDITED = model.Origin.EDITED.value, word("origin.edited")
    OWN = model.Origin.OWN.value, word("origin.own")


class EditAct(WordChoices):
    """What an edit does; the tags of ``migrator.runbook.edits``."""

    MOVE = "move", word("edit.act.move")
    ADD = "add", word("edit.act.add")
    CHANGE = "change", word("edit.act.change")
    EXCLUDE = "exclude", word("edit.act.exclude")
    RESTORE = "restore", word("edit.act.restore")


class ReviewState(WordChoices):
    DRAFT = "draft", word("review.state.draft")
    SUBMITTED = "submitted", word("review.state.submitted")
    CHANGES_REQUESTED = "changes_requested", word("review.state.changes_requested")
    APPROVED = "approved", word("review.state.approved")
    REJECTED = "rejected", word("review.state.rejected")


class ReviewAct(WordChoices):
    """What a person has done about a revision."""

    SUBMITTED = "submitted", word("signature.submitted")
    CHANGES_REQUESTED = "changes_requested", word("review.act.changes_requested")
    APPROVED = "approved", word("signature.approved")
    REJECTED = "rejected", word("review.act.rejected")


class Verdict(WordChoices):
    COMPLETE = reconcile.Verdict.COMPLETE.value, word("review.verdict.complete")
    INCOMPLETE = reconcile.Verdict.INCOMPLETE.value, word("review.verdict.incomplete")
    FAILED = reconcile.Verdict.FAILED.value, word("review.verdict.failed")

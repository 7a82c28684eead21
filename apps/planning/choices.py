"""Choice lists of plans: the values and words of the core."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from apps.planning.words import WordChoices, word
from migrator.catalog import additions
from migrator.paths.model import Strategy

DEFAULT_PROFILE = "ctyun"


class ChosenStrategy(WordChoices):
    UPGRADE = Strategy.UPGRADE.value, word("strategy.upgrade")
    MIGRATE = Strategy.MIGRATE.value, word("strategy.migrate")


class PlanStrategy(WordChoices):
    """What a person wants: one of the core's strategies, or what the core recommends."""

    AUTO = "auto", _("as recommended")
    UPGRADE = Strategy.UPGRADE.value, word("strategy.upgrade")
    MIGRATE = Strategy.MIGRATE.value, word("strategy.migrate")


class AdditionKind(WordChoices):
    HOP = additions.AdditionKind.HOP.value, word("catalog.addition.hop")
    RISK = additions.AdditionKind.RISK.value, word("catalog.addition.risk")
    ADDON = additions.AdditionKind.ADDON.value, word("catalog.addition.addon")


class Balancer(WordChoices):
    """What Services and Ingresses on classic load balancers get in the new cluster."""

    SHARED = "shared", word("plans.balancer.shared")
    DEDICATED = "dedicated", word("plans.balancer.dedicated")

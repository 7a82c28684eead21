"""Plans, paths and the catalog as programs see them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.inventory.models import Cluster, Snapshot
from apps.planning.choices import DEFAULT_PROFILE, AdditionKind, Balancer, ChosenStrategy, PlanStrategy
from apps.planning.models import CatalogAddition, Plan
from migrator.catalog.model import Mode, RiskKind, Rollback, Start
from migrator.paths.model import Concern, Outage


class Sentence(serializers.Serializer[Any]):
    """A sentence in the language of the request, with its key and values for programs."""

    text = serializers.CharField()
    key = serializers.CharField()
    values = serializers.JSONField()


class PlanCreateInput(serializers.Serializer[Any]):
    cluster = serializers.SlugRelatedField(slug_field="uid", queryset=Cluster.objects.all())
    snapshot = serializers.SlugRelatedField(
        slug_field="uid",
        queryset=Snapshot.objects.select_related("cluster").defer("document"),
        required=False,
        allow_null=True,
        help_text="Left out: the latest of the cluster each time",
    )
    name = serializers.CharField(max_length=120, required=False, allow_blank=True)
    target = serializers.CharField(
        max_length=40,
        help_text="For example 1.31 or v1.31.4-r0. The version that the cluster has is enough for the playbooks nodes, "
        "operations and retirement",
    )
    source = serializers.CharField(
        max_length=40, required=False, allow_blank=True, help_text="Left out: the version that the snapshot tells"
    )
    profile = serializers.CharField(max_length=40, default=DEFAULT_PROFILE)
    strategy = serializers.ChoiceField(choices=PlanStrategy.words(), default=PlanStrategy.AUTO.value)
    strategy_reason = serializers.CharField(required=False, allow_blank=True)
    registries = serializers.CharField(
        required=False, allow_blank=True, help_text="Where images have moved: old = new, one pair a line"
    )
    balancer = serializers.ChoiceField(choices=Balancer.words(), default=Balancer.SHARED.value)
    note = serializers.CharField(required=False, allow_blank=True)


class PlanUpdateInput(serializers.Serializer[Any]):
    snapshot = serializers.SlugRelatedField(
        slug_field="uid",
        queryset=Snapshot.objects.select_related("cluster").defer("document"),
        required=False,
        allow_null=True,
    )
    name = serializers.CharField(max_length=120, required=False)
    target = serializers.CharField(max_length=40, required=False)
    source = serializers.CharField(max_length=40, required=False, allow_blank=True)
    profile = serializers.CharField(max_length=40, required=False)
    strategy = serializers.ChoiceField(choices=PlanStrategy.words(), required=False)
    strategy_reason = serializers.CharField(required=False, allow_blank=True)
    registries = serializers.CharField(
        required=False, allow_blank=True, help_text="Where images have moved: old = new, one pair a line"
    )
    balancer = serializers.ChoiceField(choices=Balancer.words(), required=False)
    note = serializers.CharField(required=False, allow_blank=True)


class PlanOutput(serializers.ModelSerializer[Plan]):
    cluster = serializers.UUIDField(source="cluster.uid", read_only=True)
    cluster_name = serializers.CharField(source="cluster.name", read_only=True)
    snapshot = serializers.UUIDField(source="snapshot.uid", default=None, allow_null=True, read_only=True)
    created_by = serializers.CharField(source="created_by.username", default=None, allow_null=True, read_only=True)

    class Meta:
        model = Plan
        fields = (
            "uid",
            "name",
            "cluster",
            "cluster_name",
            "snapshot",
            "target",
            "source",
            "profile",
            "strategy",
            "strategy_reason",
            "registries",
            "balancer",
            "note",
            "created_by",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields


class NamedText(serializers.Serializer[Any]):
    name = serializers.CharField()
    text = serializers.CharField()


class HopOutput(serializers.Serializer[Any]):
    source = serializers.CharField()
    target = serializers.CharField()
    modes = serializers.ListField(child=serializers.ChoiceField(choices=[m.value for m in Mode]))
    start = serializers.ChoiceField(choices=[s.value for s in Start])
    rollback = serializers.ChoiceField(choices=[r.value for r in Rollback])
    minutes = serializers.ListField(child=serializers.IntegerField(), min_length=2, max_length=2)
    minutes_per_node = serializers.ListField(child=serializers.IntegerField(), min_length=2, max_length=2)
    preconditions = NamedText(many=True)
    impacts = NamedText(many=True)
    changelogs = serializers.ListField(child=serializers.CharField())
    sources = serializers.ListField(child=serializers.CharField())


class RejectedHopOutput(serializers.Serializer[Any]):
    source = serializers.CharField()
    target = serializers.CharField()
    reason = Sentence()


class RiskOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=[k.value for k in RiskKind])
    concern = serializers.ChoiceField(choices=[c.value for c in Concern])
    hops = serializers.ListField(child=serializers.CharField())
    title = serializers.CharField()
    remedy = serializers.CharField()
    condition = serializers.CharField()
    sources = serializers.ListField(child=serializers.CharField())


class StrategyOptionOutput(serializers.Serializer[Any]):
    """One strategy as it stands beside the other."""

    strategy = serializers.ChoiceField(choices=ChosenStrategy.words())
    feasible = serializers.BooleanField()
    obstacles = Sentence(many=True)
    hops = serializers.ListField(child=serializers.CharField())
    tickets = serializers.ListField(child=serializers.CharField())
    blockers = serializers.IntegerField(allow_null=True, help_text="Null where its checks have not run")
    outage = serializers.ChoiceField(choices=[o.value for o in Outage])
    outage_reason = Sentence()
    minutes = serializers.ListField(child=serializers.IntegerField(), allow_null=True)
    nodes = serializers.IntegerField(allow_null=True)
    rollback = Sentence()
    unchangeable = Sentence(many=True)
    changeable = Sentence(many=True)


class StrategyOutput(serializers.Serializer[Any]):
    strategy = serializers.ChoiceField(choices=ChosenStrategy.words())
    recommended = serializers.ChoiceField(choices=ChosenStrategy.words())
    reasons = Sentence(many=True)
    person_reason = serializers.CharField()
    options = StrategyOptionOutput(many=True)


class PathOutput(serializers.Serializer[Any]):
    """The way in place, or why there is none, and the strategy that follows."""

    source = serializers.CharField()
    target = serializers.CharField()
    profile = serializers.CharField()
    found = serializers.BooleanField()
    hops = HopOutput(many=True)
    rejected = RejectedHopOutput(many=True)
    reasons = Sentence(many=True)
    risks = RiskOutput(many=True)
    strategy = StrategyOutput()


class ProfileOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    title = serializers.CharField()
    migration_targets = serializers.ListField(child=serializers.CharField(), help_text="Minors that can be bought")
    hops = HopOutput(many=True)
    sources = serializers.ListField(child=serializers.CharField())


class ReleaseOutput(serializers.Serializer[Any]):
    minor = serializers.CharField()
    community = serializers.CharField(help_text="YYYY-MM, empty where no source tells")
    offered = serializers.CharField(help_text="YYYY-MM, empty where no source tells")
    end_of_service = serializers.CharField(help_text="YYYY-MM, empty where no source tells")
    sources = serializers.ListField(child=serializers.CharField())


class AdditionInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=80)
    kind = serializers.ChoiceField(choices=AdditionKind.words())
    profile = serializers.CharField(max_length=40, required=False, allow_blank=True)
    text = serializers.CharField(help_text="YAML with the fields of the shipped catalog")
    enabled = serializers.BooleanField(default=True)


class AdditionOutput(serializers.ModelSerializer[CatalogAddition]):
    class Meta:
        model = CatalogAddition
        fields = ("uid", "name", "kind", "profile", "text", "enabled", "created_at", "updated_at")
        read_only_fields = fields

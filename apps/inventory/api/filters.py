"""Filters of the lists; every one is declared, none is derived."""

from __future__ import annotations

import django_filters
from django_filters import BooleanFilter, CharFilter, ChoiceFilter, FilterSet

from apps.inventory import models as rows
from apps.inventory.choices import (
    InputStatus,
    LoadBalancerKind,
    NodeKind,
    Origin,
    OutageClass,
    Provisioning,
    SettingCategory,
    StorageKind,
)


class ClusterFilter(FilterSet):
    name = CharFilter()
    name_contains = CharFilter(field_name="name", lookup_expr="contains")
    region = CharFilter()
    ordering = django_filters.OrderingFilter(fields=("name", "created_at", "updated_at"))

    class Meta:
        model = rows.Cluster
        fields = ("name", "region")


class SnapshotFilter(FilterSet):
    cluster = django_filters.UUIDFilter(field_name="cluster__uid")
    version = CharFilter()
    version_contains = CharFilter(field_name="version", lookup_expr="contains")
    digest = CharFilter()
    created_after = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
    created_before = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="lt")
    ordering = django_filters.OrderingFilter(fields=("created_at", "number", "version"))

    class Meta:
        model = rows.Snapshot
        fields = ("cluster", "version", "digest")


class NodeFilter(FilterSet):
    name = CharFilter(lookup_expr="contains")
    kind = ChoiceFilter(choices=NodeKind.choices)
    pool = CharFilter()
    ready = BooleanFilter()

    class Meta:
        model = rows.Node
        fields = ("name", "kind", "pool", "ready")


class WorkloadFilter(FilterSet):
    namespace = CharFilter()
    name = CharFilter(lookup_expr="contains")
    kind = CharFilter()
    system = BooleanFilter()

    class Meta:
        model = rows.Workload
        fields = ("namespace", "name", "kind", "system")


class VolumeFilter(FilterSet):
    name = CharFilter(lookup_expr="contains")
    storage = ChoiceFilter(choices=StorageKind.choices)
    provisioning = ChoiceFilter(choices=Provisioning.choices)
    outage = ChoiceFilter(choices=OutageClass.choices)
    flex_volume = BooleanFilter()
    claim_namespace = CharFilter()

    class Meta:
        model = rows.Volume
        fields = ("name", "storage", "provisioning", "outage", "flex_volume", "claim_namespace")


class ClaimFilter(FilterSet):
    namespace = CharFilter()
    name = CharFilter(lookup_expr="contains")
    phase = CharFilter()
    system = BooleanFilter()

    class Meta:
        model = rows.Claim
        fields = ("namespace", "name", "phase", "system")


class ServiceFilter(FilterSet):
    namespace = CharFilter()
    name = CharFilter(lookup_expr="contains")
    type = CharFilter()
    load_balancer = ChoiceFilter(choices=LoadBalancerKind.choices)
    system = BooleanFilter()

    class Meta:
        model = rows.Service
        fields = ("namespace", "name", "type", "load_balancer", "system")


class IngressFilter(FilterSet):
    namespace = CharFilter()
    name = CharFilter(lookup_expr="contains")
    api_version = CharFilter()
    system = BooleanFilter()

    class Meta:
        model = rows.Ingress
        fields = ("namespace", "name", "api_version", "system")


class AddOnFilter(FilterSet):
    name = CharFilter(lookup_expr="contains")

    class Meta:
        model = rows.AddOn
        fields = ("name",)


class InputFileFilter(FilterSet):
    status = ChoiceFilter(choices=InputStatus.choices)

    class Meta:
        model = rows.InputFile
        fields = ("status",)


class AddressUseFilter(FilterSet):
    address = CharFilter()
    origin = ChoiceFilter(choices=Origin.choices)

    class Meta:
        model = rows.AddressUse
        fields = ("address", "origin")


class NodeSettingFilter(FilterSet):
    node = CharFilter()
    category = ChoiceFilter(choices=SettingCategory.choices)
    key = CharFilter()
    origin = ChoiceFilter(choices=Origin.choices)

    class Meta:
        model = rows.NodeSetting
        fields = ("node", "category", "key", "origin")

"""Input and output of the inventory's endpoints: shape and types; rules are in ``services``."""

from __future__ import annotations

from typing import Any

from django.db import models
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.language import reason_text
from apps.inventory import models as rows
from apps.inventory.adapters import coverage_of
from apps.inventory.choices import Billing, CoverageState, SettingCategory


class ClusterInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=128)
    business = serializers.CharField(max_length=200, required=False, allow_blank=True)
    region = serializers.CharField(max_length=64, required=False, allow_blank=True)
    billing = serializers.ChoiceField(choices=Billing.choices, required=False, allow_blank=True)
    owner = serializers.CharField(max_length=200, required=False, allow_blank=True)
    note = serializers.CharField(required=False, allow_blank=True)


class LatestSnapshot(serializers.Serializer[Any]):
    uid = serializers.UUIDField(source="latest_uid")
    number = serializers.IntegerField(source="latest_number")
    version = serializers.CharField(source="latest_version")
    created_at = serializers.DateTimeField(source="latest_at")


class ClusterOutput(serializers.ModelSerializer[rows.Cluster]):
    created_by = serializers.CharField(source="created_by.username", default=None, read_only=True)
    latest_snapshot = serializers.SerializerMethodField()

    class Meta:
        model = rows.Cluster
        fields = (
            "uid",
            "name",
            "business",
            "region",
            "billing",
            "owner",
            "note",
            "created_by",
            "created_at",
            "updated_at",
            "latest_snapshot",
        )
        read_only_fields = fields

    @extend_schema_field(LatestSnapshot(allow_null=True))
    def get_latest_snapshot(self, cluster: Any) -> dict[str, Any] | None:
        return dict(LatestSnapshot(cluster).data) if cluster.latest_uid else None


class ImportInput(serializers.Serializer[Any]):
    """One or several files, or one archive (tar, tar.gz, zip)."""

    files = serializers.ListField(
        child=serializers.FileField(allow_empty_file=True, max_length=1024, use_url=False), allow_empty=False
    )
    paths = serializers.ListField(
        child=serializers.CharField(max_length=1024),
        required=False,
        help_text="Relative path of each file, in the same order; a browser sends bare names only",
    )
    keep_original = serializers.BooleanField(
        required=False,
        default=False,
        help_text="Keep the files, secrets included and encrypted, for the days that the installation allows",
    )


class CoverageOutput(serializers.Serializer[Any]):
    """Of a stored coverage; what a cluster refused is not ``read``, even where other kinds of the section were."""

    section = serializers.CharField()
    read = serializers.BooleanField(help_text="Whether the dump told about this section at all")
    state = serializers.SerializerMethodField(help_text="read, absent (not in the dump), refused (by the cluster)")
    kinds = serializers.ListField(child=serializers.CharField(), required=False)
    refused = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Kinds that the cluster denied"
    )

    @extend_schema_field(serializers.ChoiceField(choices=CoverageState.choices))
    def get_state(self, stored: dict[str, Any]) -> str:
        return coverage_of(stored).state.value


class SnapshotOutput(serializers.ModelSerializer[rows.Snapshot]):
    cluster = serializers.UUIDField(source="cluster.uid", read_only=True)
    operation = serializers.UUIDField(source="operation.uid", default=None, read_only=True)
    imported_by = serializers.CharField(source="imported_by.username", default=None, read_only=True)
    counts = serializers.DictField(child=serializers.IntegerField(), read_only=True)
    coverage = CoverageOutput(many=True, read_only=True)

    class Meta:
        model = rows.Snapshot
        fields = (
            "uid",
            "cluster",
            "number",
            "origin",
            "digest",
            "schema_version",
            "version",
            "cluster_name",
            "counts",
            "coverage",
            "files_read",
            "files_not_read",
            "operation",
            "imported_by",
            "created_at",
        )
        read_only_fields = fields


def _part(
    model: type[models.Model], *fields: str, texts: tuple[str, ...] = ()
) -> type[serializers.ModelSerializer[Any]]:
    """The output serializer of one kind of part; ``texts`` are its columns that hold a list of text."""
    meta = type("Meta", (), {"model": model, "fields": fields, "read_only_fields": fields})
    lists = {name: serializers.ListField(child=serializers.CharField(), read_only=True) for name in texts}
    return type(f"{model.__name__}Output", (serializers.ModelSerializer,), {"Meta": meta, **lists})


NodeOutput = _part(
    rows.Node,
    "name",
    "kind",
    "private_ips",
    "eips",
    "flavor",
    "zone",
    "pool",
    "ready",
    "kubelet_version",
    "os_image",
    "runtime",
    "cpu",
    "memory",
    "billing",
    texts=("private_ips", "eips"),
)
WorkloadOutput = _part(
    rows.Workload,
    "api_version",
    "kind",
    "namespace",
    "name",
    "replicas",
    "ready",
    "images",
    "host_network",
    "privileged",
    "suspended",
    "system",
    "owner",
    texts=("images",),
)
VolumeOutput = _part(
    rows.Volume,
    "name",
    "storage",
    "provisioning",
    "outage",
    "flex_volume",
    "driver",
    "volume_id",
    "capacity",
    "access_modes",
    "reclaim_policy",
    "storage_class",
    "phase",
    "claim_namespace",
    "claim_name",
    texts=("access_modes",),
)
ClaimOutput = _part(
    rows.Claim,
    "namespace",
    "name",
    "volume",
    "storage_class",
    "access_modes",
    "request",
    "phase",
    "mounted_by",
    "system",
    texts=("access_modes", "mounted_by"),
)
ServiceOutput = _part(
    rows.Service,
    "namespace",
    "name",
    "type",
    "cluster_ip",
    "ports",
    "load_balancer",
    "load_balancer_id",
    "addresses",
    "system",
    texts=("ports", "addresses"),
)
IngressOutput = _part(
    rows.Ingress,
    "api_version",
    "namespace",
    "name",
    "ingress_class",
    "hosts",
    "load_balancer",
    "load_balancer_id",
    "addresses",
    "system",
    texts=("hosts", "addresses"),
)
AddOnOutput = _part(rows.AddOn, "name", "version", "status", "source")


class InputFileOutput(serializers.ModelSerializer[rows.InputFile]):
    objects = serializers.IntegerField(source="objects_read", read_only=True)  # type: ignore[assignment]
    message = serializers.SerializerMethodField(help_text="Why it could not be read, or not fully")

    class Meta:
        model = rows.InputFile
        fields = ("file", "objects", "status", "format", "reason", "values", "message")
        read_only_fields = fields

    @extend_schema_field(OpenApiTypes.STR)
    def get_message(self, row: rows.InputFile) -> str:
        return reason_text(row.reason, row.values)


class AddressUseInput(serializers.Serializer[Any]):
    address = serializers.CharField(max_length=255)
    location = serializers.CharField(max_length=1024)
    owner = serializers.CharField(max_length=255, required=False, allow_blank=True)
    note = serializers.CharField(required=False, allow_blank=True)


class AddressUseOutput(serializers.ModelSerializer[rows.AddressUse]):
    created_by = serializers.CharField(source="created_by.username", default=None, read_only=True)
    snapshot = serializers.UUIDField(source="snapshot.uid", default=None, read_only=True)

    class Meta:
        model = rows.AddressUse
        fields = (
            "uid",
            "address",
            "location",
            "owner",
            "note",
            "origin",
            "snapshot",
            "created_by",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields


class NodeSettingInput(serializers.Serializer[Any]):
    node = serializers.CharField(max_length=253, required=False, default="*")
    category = serializers.ChoiceField(choices=SettingCategory.choices)
    key = serializers.CharField(max_length=255)
    value = serializers.CharField(max_length=1024, required=False, allow_blank=True)
    note = serializers.CharField(required=False, allow_blank=True)


class NodeSettingOutput(serializers.ModelSerializer[rows.NodeSetting]):
    created_by = serializers.CharField(source="created_by.username", default=None, read_only=True)
    snapshot = serializers.UUIDField(source="snapshot.uid", default=None, read_only=True)

    class Meta:
        model = rows.NodeSetting
        fields = (
            "uid",
            "node",
            "category",
            "key",
            "value",
            "note",
            "origin",
            "snapshot",
            "created_by",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields

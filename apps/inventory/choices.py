"""Choices of the inventory; values come from the core's enums where the core has one."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from migrator.snapshot import corrections, model


class Billing(models.TextChoices):
    PAY_PER_USE = "pay_per_use", _("pay per use")
    YEARLY_MONTHLY = "yearly_monthly", _("yearly or monthly")


class Origin(models.TextChoices):
    DUMP = "dump", _("found in the dump")
    FORM = "form", _("entered by a person")


class SnapshotOrigin(models.TextChoices):
    IMPORT = "import", _("imported")
    FORM = "form", _("filled in by form")


class SettingCategory(models.TextChoices):
    SYSCTL = "sysctl", _("kernel parameter")
    LIMITS = "limits", _("resource limits")
    CONTAINER_ENGINE = "container_engine", _("container engine")
    KUBELET = "kubelet", _("kubelet")
    SYSTEM = "system", _("operating system")


class NodeKind(models.TextChoices):
    VIRTUAL_MACHINE = model.NodeKind.VIRTUAL_MACHINE.value, _("virtual machine")
    BARE_METAL = model.NodeKind.BARE_METAL.value, _("bare metal")
    UNKNOWN = model.NodeKind.UNKNOWN.value, _("unknown")


class StorageKind(models.TextChoices):
    EVS = model.StorageKind.EVS.value, _("EVS disk")
    SFS = model.StorageKind.SFS.value, _("SFS file storage")
    OBS = model.StorageKind.OBS.value, _("OBS bucket")
    SFS_TURBO = model.StorageKind.SFS_TURBO.value, _("SFS Turbo")
    CLOUD_DISK_OTHER = model.StorageKind.CLOUD_DISK_OTHER.value, _("disk of another cloud")
    NFS = model.StorageKind.NFS.value, _("NFS")
    HOST_PATH = model.StorageKind.HOST_PATH.value, _("host path")
    LOCAL = model.StorageKind.LOCAL.value, _("local disk")
    OTHER = model.StorageKind.OTHER.value, _("other storage")


class Provisioning(models.TextChoices):
    CLOUD = model.Provisioning.CLOUD.value, _("cloud storage")
    SELF_BUILT = model.Provisioning.SELF_BUILT.value, _("self-built storage")
    NODE_LOCAL = model.Provisioning.NODE_LOCAL.value, _("on the node")
    UNKNOWN = model.Provisioning.UNKNOWN.value, _("unknown")


class OutageClass(models.TextChoices):
    NONE = model.OutageClass.NONE.value, _("no outage")
    OUTAGE = model.OutageClass.OUTAGE.value, _("outage")
    COPY = model.OutageClass.COPY.value, _("copy of the data, with an outage")
    UNKNOWN = model.OutageClass.UNKNOWN.value, _("unknown")


class LoadBalancerKind(models.TextChoices):
    CLASSIC = model.LoadBalancerKind.CLASSIC.value, _("classic load balancer")
    SHARED = model.LoadBalancerKind.SHARED.value, _("shared load balancer")
    DEDICATED = model.LoadBalancerKind.DEDICATED.value, _("dedicated load balancer")
    DNAT = model.LoadBalancerKind.DNAT.value, _("DNAT gateway")
    OTHER = model.LoadBalancerKind.OTHER.value, _("load balancer of another platform")
    UNKNOWN = model.LoadBalancerKind.UNKNOWN.value, _("unknown load balancer")


class InputStatus(models.TextChoices):
    READ = "read", _("read")
    PARTIAL = "partial", _("partly read")
    UNREADABLE = "unreadable", _("unreadable")
    NOT_RECOGNISED = "not_recognised", _("passed over")


class CorrectionState(models.TextChoices):
    APPLIED = corrections.CorrectionState.APPLIED.value, _("applied")
    CONFLICT = corrections.CorrectionState.CONFLICT.value, _("applied, to be confirmed")
    OBSOLETE = corrections.CorrectionState.OBSOLETE.value, _("no longer needed")
    UNUSED = corrections.CorrectionState.UNUSED.value, _("not used")


class CoverageState(models.TextChoices):
    READ = model.CoverageState.READ.value, _("read")
    ABSENT = model.CoverageState.ABSENT.value, _("not exported")
    REFUSED = model.CoverageState.REFUSED.value, _("refused")

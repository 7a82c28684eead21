"""The parts of a snapshot as rows: an index to list, filter and page through, from which nothing is ever computed.

Rows carry columns that lists show or filter on; everything else is in the snapshot's document. Quantities and names are
as the cluster told them. Insert-only, and gone with their snapshot.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.inventory.choices import (
    Billing,
    InputStatus,
    LoadBalancerKind,
    NodeKind,
    OutageClass,
    Provisioning,
    StorageKind,
)
from apps.inventory.models.base import Snapshot

NAME = 253  # longest name of a Kubernetes object
NAMESPACE = 63


class Part(models.Model):
    """Base of all parts. ``position`` is the place in the document's section, and the order of lists."""

    snapshot = models.ForeignKey(
        Snapshot, on_delete=models.CASCADE, related_name="%(class)s_rows", verbose_name=_("snapshot")
    )
    position = models.PositiveIntegerField(_("position"))

    class Meta:
        abstract = True
        ordering = ("snapshot", "position", "id")
        constraints = (
            # Also serves the list of one snapshot in the order of the document.
            models.UniqueConstraint(fields=("snapshot", "position"), name="inventory_%(class)s_position"),
        )


class Named(Part):
    name = models.CharField(_("name"), max_length=NAME)

    class Meta(Part.Meta):
        abstract = True

    def __str__(self) -> str:
        return self.name


class Namespaced(Named):
    namespace = models.CharField(_("namespace"), max_length=NAMESPACE, blank=True)
    system = models.BooleanField(_("of the platform"), default=False)

    class Meta(Named.Meta):
        abstract = True
        indexes = (models.Index(fields=("snapshot", "namespace"), name="inventory_%(class)s_ns"),)

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


class Node(Named):
    kind = models.CharField(_("kind"), max_length=16, choices=NodeKind.choices)
    private_ips = models.JSONField(_("private IPs"), default=list)
    eips = models.JSONField(_("elastic IPs"), default=list)
    flavor = models.CharField(_("flavor"), max_length=128, blank=True)
    zone = models.CharField(_("zone"), max_length=128, blank=True)
    pool = models.CharField(_("node pool"), max_length=NAME, blank=True)
    ready = models.BooleanField(_("ready"), null=True)
    kubelet_version = models.CharField(_("kubelet version"), max_length=80, blank=True)
    os_image = models.CharField(_("operating system"), max_length=200, blank=True)
    runtime = models.CharField(_("container runtime"), max_length=80, blank=True)
    cpu = models.CharField(_("CPU"), max_length=32, blank=True)
    memory = models.CharField(_("memory"), max_length=32, blank=True)
    billing = models.CharField(_("billing"), max_length=16, choices=Billing.choices, blank=True)

    class Meta(Named.Meta):
        verbose_name = _("node")
        verbose_name_plural = _("nodes")


class Workload(Namespaced):
    api_version = models.CharField(_("API version"), max_length=320)
    kind = models.CharField(_("kind"), max_length=64)
    replicas = models.BigIntegerField(_("replicas"), null=True)
    ready = models.BigIntegerField(_("ready"), null=True)
    images = models.JSONField(_("images"), default=list)
    host_network = models.BooleanField(_("host network"), default=False)
    privileged = models.BooleanField(_("privileged"), default=False)
    suspended = models.BooleanField(_("suspended"), default=False)
    owner = models.CharField(
        _("owner"),
        max_length=320,
        blank=True,
        help_text=_("The custom resource for which an operator made it; such a workload is not planned by itself."),
    )

    class Meta(Namespaced.Meta):
        verbose_name = _("workload")
        verbose_name_plural = _("workloads")


class Volume(Named):
    storage = models.CharField(_("storage"), max_length=24, choices=StorageKind.choices)
    provisioning = models.CharField(_("provisioning"), max_length=16, choices=Provisioning.choices)
    outage = models.CharField(_("outage"), max_length=16, choices=OutageClass.choices)
    flex_volume = models.BooleanField(_("FlexVolume"), default=False)
    driver = models.CharField(_("driver"), max_length=NAME, blank=True)
    volume_id = models.CharField(_("volume id"), max_length=512, blank=True)
    capacity = models.CharField(_("capacity"), max_length=32, blank=True)
    access_modes = models.JSONField(_("access modes"), default=list)
    reclaim_policy = models.CharField(_("reclaim policy"), max_length=32, blank=True)
    storage_class = models.CharField(_("storage class"), max_length=NAME, blank=True)
    phase = models.CharField(_("phase"), max_length=32, blank=True)
    claim_namespace = models.CharField(_("namespace of the claim"), max_length=NAMESPACE, blank=True)
    claim_name = models.CharField(_("claim"), max_length=NAME, blank=True)

    class Meta(Named.Meta):
        verbose_name = _("volume")
        verbose_name_plural = _("volumes")


class Claim(Namespaced):
    volume = models.CharField(_("volume"), max_length=NAME, blank=True)
    storage_class = models.CharField(_("storage class"), max_length=NAME, blank=True)
    access_modes = models.JSONField(_("access modes"), default=list)
    request = models.CharField(_("requested"), max_length=32, blank=True)
    phase = models.CharField(_("phase"), max_length=32, blank=True)
    mounted_by = models.JSONField(_("mounted by"), default=list)

    class Meta(Namespaced.Meta):
        verbose_name = _("claim")
        verbose_name_plural = _("claims")


class Service(Namespaced):
    type = models.CharField(_("type"), max_length=32)
    cluster_ip = models.CharField(_("cluster IP"), max_length=64, blank=True)
    ports = models.JSONField(_("ports"), default=list)
    load_balancer = models.CharField(_("load balancer"), max_length=16, choices=LoadBalancerKind.choices, blank=True)
    load_balancer_id = models.CharField(_("load balancer id"), max_length=128, blank=True)
    addresses = models.JSONField(_("addresses"), default=list)

    class Meta(Namespaced.Meta):
        verbose_name = _("service")
        verbose_name_plural = _("services")


class Ingress(Namespaced):
    api_version = models.CharField(_("API version"), max_length=320)
    ingress_class = models.CharField(_("Ingress class"), max_length=NAME, blank=True)
    hosts = models.JSONField(_("hosts"), default=list)
    load_balancer = models.CharField(_("load balancer"), max_length=16, choices=LoadBalancerKind.choices, blank=True)
    load_balancer_id = models.CharField(_("load balancer id"), max_length=128, blank=True)
    addresses = models.JSONField(_("addresses"), default=list)

    class Meta(Namespaced.Meta):
        verbose_name = _("Ingress")
        verbose_name_plural = _("Ingresses")


class AddOn(Named):
    version = models.CharField(_("version"), max_length=80, blank=True)
    status = models.CharField(_("status"), max_length=64, blank=True)
    source = models.CharField(_("told by"), max_length=16, blank=True)

    class Meta(Named.Meta):
        verbose_name = _("add-on")
        verbose_name_plural = _("add-ons")


class InputFile(Part):
    """What became of one file of the dump."""

    file = models.CharField(_("file"), max_length=1024)
    objects_read = models.PositiveIntegerField(_("objects"))
    status = models.CharField(_("status"), max_length=16, choices=InputStatus.choices)
    format = models.CharField(_("format"), max_length=16, blank=True)
    reason = models.CharField(_("reason"), max_length=64, blank=True)
    values = models.JSONField(_("values"), default=dict)

    class Meta(Part.Meta):
        verbose_name = _("file of the dump")
        verbose_name_plural = _("files of the dump")

    def __str__(self) -> str:
        return self.file

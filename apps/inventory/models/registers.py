"""What no dump tells completely: where addresses are written down, what is set on nodes by hand.

A row of origin ``dump`` belongs to the snapshot it was found in and is never changed; one of origin ``form`` was
entered by a person, belongs to the cluster and outlives every import.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import AuthoredModel
from apps.inventory.choices import Origin, SettingCategory
from apps.inventory.models.base import Cluster, Snapshot


class RegisterEntry(AuthoredModel):
    cluster = models.ForeignKey(
        Cluster, on_delete=models.CASCADE, related_name="%(class)s_rows", verbose_name=_("cluster")
    )
    snapshot = models.ForeignKey(
        Snapshot,
        on_delete=models.CASCADE,
        related_name="%(class)s_rows",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("snapshot"),
    )
    origin = models.CharField(_("origin"), max_length=8, choices=Origin.choices, default=Origin.FORM, editable=False)
    note = models.TextField(_("note"), blank=True)

    class Meta:
        abstract = True
        ordering = ("cluster", "id")
        indexes = (
            # What people entered for a cluster, and what was found in one snapshot.
            models.Index(fields=("cluster", "origin"), name="inventory_%(class)s_from"),
        )
        constraints = (
            models.CheckConstraint(
                name="inventory_%(class)s_place",
                condition=models.Q(origin=Origin.FORM, snapshot=None)
                | models.Q(origin=Origin.DUMP, snapshot__isnull=False),
            ),
        )


class AddressUse(RegisterEntry):
    """A place where a node IP, an EIP or a load balancer address is written down (checklist item CL-1)."""

    address = models.CharField(_("address"), max_length=255, help_text=_("IP address, network or host name."))
    location = models.CharField(
        _("where it is written down"),
        max_length=1024,
        help_text=_("For instance: whitelist of database 10.0.0.8, DNS record www.example.com, ConfigMap shop/app."),
    )
    owner = models.CharField(_("owner of that system"), max_length=255, blank=True)

    class Meta(RegisterEntry.Meta):
        verbose_name = _("address use")
        verbose_name_plural = _("address uses")

    def __str__(self) -> str:
        return f"{self.address} · {self.location}"


class NodeSetting(RegisterEntry):
    """A kernel parameter or other setting made on nodes by hand (checklist item OM-1)."""

    node = models.CharField(_("node"), max_length=253, default="*", help_text=_("* stands for all nodes."))
    category = models.CharField(_("category"), max_length=24, choices=SettingCategory.choices)
    key = models.CharField(_("setting"), max_length=255, help_text=_("For instance net.core.somaxconn."))
    value = models.CharField(_("value"), max_length=1024, blank=True)

    class Meta(RegisterEntry.Meta):
        verbose_name = _("node setting")
        verbose_name_plural = _("node settings")

    def __str__(self) -> str:
        return f"{self.node} · {self.key} = {self.value}"

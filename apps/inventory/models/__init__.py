"""Stored inventory: clusters and their snapshots, the parts of a snapshot as rows, the registers kept by people."""

from __future__ import annotations

from apps.inventory.models.base import Cluster, ImportFile, Snapshot
from apps.inventory.models.corrections import Correction
from apps.inventory.models.exports import ExportFile
from apps.inventory.models.originals import Original
from apps.inventory.models.parts import AddOn, Claim, Ingress, InputFile, Node, Part, Service, Volume, Workload
from apps.inventory.models.registers import AddressUse, NodeSetting

__all__ = (
    "AddOn",
    "AddressUse",
    "Claim",
    "Cluster",
    "Correction",
    "ExportFile",
    "ImportFile",
    "Ingress",
    "InputFile",
    "Node",
    "NodeSetting",
    "Original",
    "Part",
    "Service",
    "Snapshot",
    "Volume",
    "Workload",
)

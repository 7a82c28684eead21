"""Volumes, claims, storage classes and what workloads say of storage, for the new cluster (domain facts E)."""

from migrator.conversion.storage.claims import NewClaim, empty_claim, waiting_claim
from migrator.conversion.storage.classes import NewClass, convert_storage_class
from migrator.conversion.storage.common import FILL_IN
from migrator.conversion.storage.objects import gibibytes
from migrator.conversion.storage.templates import (
    PodVolumes,
    Templates,
    claim_name,
    convert_claim_templates,
    convert_pod_volumes,
)
from migrator.conversion.storage.text import manifest_text
from migrator.conversion.storage.volumes import StaticStorage, can_carry, static_manifests
from migrator.conversion.storage.whole import Stored, bodies_of, convert_all_storage, convert_volume, target_place

__all__ = [
    "FILL_IN",
    "NewClaim",
    "NewClass",
    "PodVolumes",
    "StaticStorage",
    "Stored",
    "Templates",
    "bodies_of",
    "can_carry",
    "claim_name",
    "convert_all_storage",
    "convert_claim_templates",
    "convert_pod_volumes",
    "convert_storage_class",
    "convert_volume",
    "empty_claim",
    "gibibytes",
    "manifest_text",
    "static_manifests",
    "target_place",
    "waiting_claim",
]

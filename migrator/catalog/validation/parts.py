"""The records of a catalog while it is being read, each with the place it stands at."""

from __future__ import annotations

import msgspec

from migrator.catalog.model import (
    AddOnInfo,
    AddOnVersions,
    ApiRemoval,
    KnownRisk,
    NodeDefaults,
    PlatformMade,
    PrecheckItem,
    Profile,
    Release,
    Removal,
    ServedApi,
    Source,
    StoragePorts,
)
from migrator.catalog.reading import Place


class Parts(msgspec.Struct):
    """The records as read, each with the place it stands at."""

    sources: list[tuple[Place, Source]] = []
    releases: list[tuple[Place, Release]] = []
    profiles: list[tuple[Place, Profile]] = []
    hop_places: dict[str, list[Place]] = {}
    api_removals: list[tuple[Place, ApiRemoval]] = []
    removals: list[tuple[Place, Removal]] = []
    served_apis: list[tuple[Place, ServedApi]] = []
    custom_groups: list[tuple[Place, str]] = []
    system_namespaces: list[tuple[Place, str]] = []
    platform_objects: list[tuple[Place, str]] = []
    node_defaults: list[tuple[Place, NodeDefaults]] = []
    platform_made: list[tuple[Place, PlatformMade]] = []
    storage_ports: list[tuple[Place, StoragePorts]] = []
    precheck_items: list[tuple[Place, PrecheckItem]] = []
    known_risks: list[tuple[Place, KnownRisk]] = []
    addons: list[tuple[Place, AddOnInfo]] = []
    addon_versions: list[tuple[Place, AddOnVersions]] = []
    group_sources: list[tuple[Place, tuple[str, ...]]] = []

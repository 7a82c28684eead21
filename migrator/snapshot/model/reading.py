"""What was read: sections, files and what was wrong with them."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from migrator.snapshot.model.base import Fact


class Section(StrEnum):
    """A named part of a snapshot that can be read or absent as a whole."""

    CLUSTER = "cluster"
    NODES = "nodes"
    NODE_POOLS = "node_pools"
    NAMESPACES = "namespaces"
    WORKLOADS = "workloads"
    PODS = "pods"
    VOLUMES = "volumes"
    CLAIMS = "claims"
    STORAGE_CLASSES = "storage_classes"
    SERVICES = "services"
    INGRESSES = "ingresses"
    CONFIG_MAPS = "config_maps"
    ADDONS = "addons"
    OBJECTS = "objects"
    ADDRESS_USES = "address_uses"
    NODE_SETTINGS = "node_settings"
    HELM_RELEASES = "helm_releases"
    API_REQUESTS = "api_requests"  # what the API server counted of its clients


class CoverageState(StrEnum):
    """What became of a section: looked at, not part of the input, or denied to whoever collected it."""

    READ = "read"
    ABSENT = "absent"
    REFUSED = "refused"


class Coverage(Fact, frozen=True, kw_only=True):
    """Whether a section was looked at, by which kinds of object, and which kinds the cluster refused to tell.

    A section of which one kind was read and another refused is not ``read``: what is missing could matter. Only that of
    all objects is, and names what was refused of any kind.
    """

    section: Section
    read: bool
    kinds: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    @property
    def state(self) -> CoverageState:
        if self.read:
            return CoverageState.READ
        return CoverageState.REFUSED if self.refused else CoverageState.ABSENT


class InputProblem(Fact, frozen=True, kw_only=True):
    """One thing that was wrong with a file: the code of its sentence in migrator.errors, and that sentence's values."""

    code: str
    values: dict[str, Any] = {}


class InputReport(Fact, frozen=True, kw_only=True):
    """What became of one file of the input."""

    file: str
    objects: int = 0
    status: str = "read"  # "read" | "partial" | "unreadable" | "not_recognised"
    format: str = ""  # "kubernetes" | "cce_api"
    reason: str = ""  # error code of migrator.errors; of a file that was read: a remark that left nothing out
    values: dict[str, Any] = {}  # of that error's sentence
    problems: tuple[InputProblem, ...] = ()  # all of them, the first 100, where the file was read wholly or in part

"""What the conversion is asked for and what it gives: the manifests of the new cluster, and what was left behind."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cached_property
from typing import Literal

import msgspec

from migrator.locale import Msg
from migrator.snapshot.model import ObjectRef

Identity = tuple[str, str, str]  # namespace, kind, name: the same object under whichever version it is written


class Options(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What people decide about the manifests."""

    registries: tuple[tuple[str, str], ...] = ()  # old prefix of images -> new prefix; the longest that fits holds
    balancer: Literal["shared", "dedicated"] = "shared"  # of Services and Ingresses that had a classic load balancer


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """Something to know about a manifest."""

    ref: ObjectRef
    text: Msg
    open: bool = False  # whether a person must do something before the manifest is applied


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """An object of the old cluster that gets no manifest, and why."""

    ref: ObjectRef
    reason: Msg


class ManifestFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file of the bundle. ``refs`` are the objects as the old cluster named them; a kustomization has none."""

    path: str  # "50-workloads/shop/deployment-web.yaml": safe on every file system, unique whatever the case
    wave: str  # "50-workloads"; empty for what stands above the waves
    refs: tuple[ObjectRef, ...] = ()
    text: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


class Bundle(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """All files in the order in which they are applied; those of a wave by namespace, kind and name."""

    files: tuple[ManifestFile, ...] = ()
    notes: tuple[Note, ...] = ()  # by object
    left_out: tuple[LeftOut, ...] = ()  # by object

    @cached_property
    def paths(self) -> Mapping[Identity, tuple[str, ...]]:
        """The files of each object: ``(namespace, kind, name)`` -> paths."""
        found: dict[Identity, tuple[str, ...]] = {}
        for file in self.files:
            for ref in file.refs:
                key = (ref.namespace, ref.kind, ref.name)
                found[key] = (*found.get(key, ()), file.path)
        return found

    def paths_of(self, ref: ObjectRef) -> tuple[str, ...]:
        """The files that hold the object, whichever API version ``ref`` names; empty for what was left out."""
        return self.paths.get((ref.namespace, ref.kind, ref.name), ())

"""Objects of the dump by their names, and where API versions and credentials were met."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from migrator.snapshot.model.base import Fact, ObjectRef


class KubeObject(Fact, frozen=True, kw_only=True):
    """One object of the dump, of any kind, known or unknown, without its content."""

    ref: ObjectRef
    uid: str = ""
    file: str = ""  # name inside the input, never a path of the machine
    document: int = 0  # 1-based position of the document in its file
    owner: str = ""  # "ReplicaSet/web-5d9" of the controlling owner, empty for a top-level object
    applied_api_version: str = ""  # of kubectl.kubernetes.io/last-applied-configuration
    applied_kind: str = ""  # of the same, where it is another kind than the object's
    managed_api_versions: tuple[str, ...] = ()  # of metadata.managedFields
    managers: tuple[str, ...] = ()  # "helm extensions/v1beta1": who wrote in another version than ``ref``'s, and which


class Manifest(Fact, frozen=True, kw_only=True):
    """The content of an object that somebody made, without what only the server writes and without credentials."""

    ref: ObjectRef
    body: msgspec.Raw  # canonical JSON; the values of a Secret are empty, other credentials are masked


class ApiUseSource(StrEnum):
    """Where an API version is written down beside the stored object itself and the fields of ``KubeObject``."""

    HELM = "helm"  # a manifest inside a Helm release: Helm sends it again at the next upgrade or rollback
    METRICS = "metrics"  # the API server counted requests for it


class ApiUse(Fact, frozen=True, kw_only=True):
    """An API version in use that no stored object shows, and where it was seen.

    ``ref`` is as written there; name and namespace are empty where only group, version and kind are told: of older
    revisions of a Helm release, and by metrics, where ``kind`` is the resource in the server's words (``ingresses``,
    ``pods/eviction``).
    """

    ref: ObjectRef
    source: ApiUseSource
    place: str = ""  # of Helm: ``HelmRelease.place``; of metrics: the release that removes it, as the server says
    file: str = ""


class HelmRelease(Fact, frozen=True, kw_only=True):
    """One stored revision of a Helm release, told from its Secret or ConfigMap; values and manifests are not kept."""

    namespace: str  # where its objects are; empty where only the labels of a Helm 2 record could be read
    name: str
    revision: int = 0
    status: str = ""  # "deployed", "superseded", "failed"... in the words of Helm 3
    chart: str = ""
    chart_version: str = ""
    app_version: str = ""
    helm: str = ""  # "v2" | "v3"
    config_maps: int = 0  # of an add-on that is deployed: how many its manifests hold
    manifest_read: bool = True  # False: only name and labels of the record tell of it

    @property
    def place(self) -> str:
        """``namespace/name revision n``, unique in a snapshot."""
        home = f"{self.namespace}/" if self.namespace else ""
        return f"{home}{self.name} revision {self.revision}" + (" (Helm 2)" if self.helm == "v2" else "")


class ConfigEntry(Fact, frozen=True, kw_only=True):
    """A ConfigMap or Secret: its name and keys, never a value.

    Of a Secret's certificate, which is public, the sort and the length of the key that it certifies.
    """

    namespace: str
    name: str
    kind: str = "ConfigMap"  # or "Secret"
    type: str = ""  # of a Secret
    keys: tuple[str, ...] = ()
    system: bool = False
    as_released: bool | None = None  # whether its data is what the Helm release of an add-on holds; None: of none
    certified_key: str = ""  # "RSA", "DSA", "EC", "other"; empty: no certificate, or the input holds no value
    certified_bits: int | None = None


class SecretNotice(Fact, frozen=True, kw_only=True):
    """A credential was in the input and was dropped: where, never what."""

    ref: ObjectRef
    field: str  # "data.password", "env DB_PASSWORD of container app"

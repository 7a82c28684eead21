"""Helm's own records: each revision of a release is a Secret or ConfigMap that holds all of its manifests.

Helm 3: name ``sh.helm.release.v1.<release>.v<n>``, ``data.release`` is base64(gzip(JSON)). Helm 2: label
``OWNER: TILLER``, name ``<release>.v<n>``, ``data.release`` is base64(gzip(protobuf)). A Secret has base64 once more;
very old records are not compressed. Taken are names, revision, status, chart and, of each manifest, group, version,
kind and name; values, chart files and everything else in the manifests is let go here.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import msgspec

from migrator.snapshot.addons import ADDON_RELEASE
from migrator.snapshot.model import ApiUse, ApiUseSource, HelmRelease, ObjectRef, SecretNotice
from migrator.snapshot.objects import CLUSTER_SCOPED, reference
from migrator.snapshot.readers import Found, Problem, Told
from migrator.snapshot.readers.kubernetes import read_objects
from migrator.snapshot.released import ReleasedConfigs
from migrator.snapshot.values import Body, labels_of, mapping, metadata, number, text

KINDS = frozenset(("Secret", "ConfigMap"))
MAX_RELEASE = 32 << 20  # unpacked; a record itself cannot be larger than 1.5 MB in etcd
MAX_TOTAL = 2 << 30
MAX_DOCUMENTS = 10_000

_TYPE = "helm.sh/release.v1"
_PREFIX = "sh.helm.release.v1."
_NAME = re.compile(r"(?:sh\.helm\.release\.v1\.)?(?P<name>.+)\.v(?P<revision>\d{1,9})")
_GZIP = b"\x1f\x8b\x08"
_SPACE = b" \t\r\n"
# hapi.release.Status.Code of Helm 2, in the words of Helm 3.
_CODES = {
    1: "deployed",
    2: "uninstalled",
    3: "superseded",
    4: "failed",
    5: "uninstalling",
    6: "pending-install",
    7: "pending-upgrade",
    8: "pending-rollback",
}
_WORDS = {"deleted": "uninstalled", "deleting": "uninstalling"}
# Revisions that matter for a rollback only: what kinds they hold is enough, their objects are mostly the current ones.
_PAST = frozenset(("superseded", "uninstalled"))


# Further kinds of Kubernetes without a namespace, which no export gives one, but Helm would.
_CLUSTER_SCOPED_TOO = frozenset(
    (
        *("IngressClass", "RuntimeClass", "FlowSchema", "PriorityLevelConfiguration", "CertificateSigningRequest"),
        *("VolumeSnapshotClass", "VolumeSnapshotContent", "ValidatingAdmissionPolicy", "GatewayClass"),
    )
)


class _BrokenError(Exception):
    """The record cannot be decoded: ``code`` of the sentence."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class _Content(NamedTuple):
    """What a record holds, whichever Helm wrote it; manifests as UTF-8."""

    name: str
    namespace: str
    revision: int
    status: str
    chart: str
    chart_version: str
    app_version: str
    manifests: tuple[bytes, ...]


class Releases:
    """Reads the records of one input, whose sizes are bounded one by one and together."""

    def __init__(self) -> None:
        self._left = MAX_TOTAL
        self.configs = ReleasedConfigs()  # of add-ons

    def read(self, found: Found, file: str) -> Iterator[Told | Problem]:
        """What an object tells where it is a record of Helm; nothing for any other Secret or ConfigMap."""
        helm = written_by(found.body)
        if not helm:
            return
        ref = reference(found)
        yield Told(SecretNotice(ref=ref, field="data.release"))
        record = mapping(found.body.get("data")).get("release")
        if not record:  # withheld by whoever exported the Secrets
            yield Told(_by_labels(ref, found.body, helm))
            return
        try:
            content = self._decoded(record, helm)
        except _BrokenError as broken:
            yield _problem(broken.code, ref, found, limit=MAX_RELEASE >> 20, total=MAX_TOTAL >> 20)
            yield Told(_by_labels(ref, found.body, helm))
            return
        uses, configs, unread = _uses(content)
        if not (content.name.startswith(ADDON_RELEASE) and content.status == "deployed"):
            configs = {}
        for ref_held, body in configs.items():
            self.configs.add(ref_held, body, content.revision)
        release = HelmRelease(
            namespace=content.namespace,
            name=content.name,
            revision=content.revision,
            status=content.status,
            chart=content.chart,
            chart_version=content.chart_version,
            app_version=content.app_version,
            helm=helm,
            config_maps=len(configs),
        )
        yield Told(release)
        for use in uses:
            yield Told(ApiUse(ref=use, source=ApiUseSource.HELM, place=release.place, file=file))
        if unread:
            yield _problem("input_helm_manifest", ref, found, count=unread)

    def _decoded(self, record: Any, helm: str) -> _Content:
        limit = min(MAX_RELEASE, self._left)
        unpacked = _unpacked(_binary(text(record)), limit + 1)
        self._left -= min(limit, len(unpacked))
        if len(unpacked) > limit:
            raise _BrokenError("input_helm_too_large")
        return _of_helm_3(unpacked) if helm == "v3" else _of_helm_2(unpacked)


def written_by(body: Body) -> str:
    """``v3``, ``v2``, or empty for what is no record of Helm."""
    meta = metadata(body)
    name = meta.get("name")
    if body.get("type") == _TYPE or (isinstance(name, str) and name.startswith(_PREFIX)):
        return "v3"
    return "v2" if mapping(meta.get("labels")).get("OWNER") == "TILLER" else ""


def _problem(code: str, ref: ObjectRef, found: Found, **values: Any) -> Problem:
    return Problem(code, {"document": found.document, "object": str(ref), **values})


def _by_labels(ref: ObjectRef, body: Body, helm: str) -> HelmRelease:
    """All that name and labels say of a release whose content cannot be read."""
    given = {k.lower(): v for k, v in labels_of(body).items()}
    parts = _NAME.fullmatch(ref.name)
    status = given.get("status", "").lower().replace("_", "-")
    return HelmRelease(
        namespace=ref.namespace if helm == "v3" else "",
        name=given.get("name") or (parts["name"] if parts else ref.name),
        revision=int(parts["revision"]) if parts else number(given.get("version")) or 0,
        status=_WORDS.get(status, status),
        helm=helm,
        manifest_read=False,
    )


def _binary(record: str) -> bytes:
    """The record without its base64; whether there is a second one the content tells: no other form is base64 too."""
    try:
        content = base64.b64decode(record.encode().translate(None, _SPACE), validate=True)
    except ValueError:
        raise _BrokenError("input_helm_release") from None
    try:
        return base64.b64decode(content.translate(None, _SPACE), validate=True)
    except binascii.Error:
        return content


def _unpacked(content: bytes, most: int) -> bytes:
    """The record without its compression, cut off after ``most`` bytes."""
    if not content.startswith(_GZIP):
        return content[:most]
    gzip = zlib.decompressobj(wbits=31)
    try:
        unpacked = gzip.decompress(content, most)
    except zlib.error:
        raise _BrokenError("input_helm_release") from None
    if not gzip.eof and len(unpacked) < most:
        raise _BrokenError("input_helm_release")
    return unpacked


class _Info(msgspec.Struct):
    status: str = ""


class _Metadata(msgspec.Struct):
    name: str = ""
    version: str = ""
    appVersion: str = ""


class _Chart(msgspec.Struct):
    metadata: _Metadata | None = None


class _Hook(msgspec.Struct):
    manifest: str = ""


class _Helm3(msgspec.Struct):
    """The fields of Helm 3's JSON that are taken; all others are skipped unread."""

    name: str
    namespace: str = ""
    version: int = 0
    info: _Info | None = None
    chart: _Chart | None = None
    manifest: str = ""
    hooks: list[_Hook] | None = None


def _of_helm_3(content: bytes) -> _Content:
    try:
        release = msgspec.json.decode(content, type=_Helm3)
    except (msgspec.DecodeError, RecursionError):
        raise _BrokenError("input_helm_release") from None
    chart = (release.chart and release.chart.metadata) or _Metadata()
    return _Content(
        release.name,
        release.namespace,
        release.version,
        release.info.status if release.info else "",
        chart.name,
        chart.version,
        chart.appVersion,
        tuple(m.encode() for m in (release.manifest, *(hook.manifest for hook in release.hooks or ()))),
    )


# The fields of Helm 2's messages that are taken, with their numbers; "*" is repeated. Texts that are only passed on to
# the YAML reader are bytes, so that a wrong character in them does not lose the record.
_HELM_2: dict[str, tuple[tuple[str, int, str], ...]] = {
    "Release": (
        ("name", 1, "string"),
        ("info", 2, "Info"),
        ("chart", 3, "Chart"),
        ("manifest", 5, "bytes"),
        ("hooks", 6, "*Hook"),
        ("version", 7, "int32"),
        ("namespace", 8, "string"),
    ),
    "Info": (("status", 1, "Status"),),
    "Status": (("code", 1, "int32"),),
    "Chart": (("metadata", 1, "Metadata"),),
    "Metadata": (("name", 1, "string"), ("version", 4, "string"), ("app_version", 13, "string")),
    "Hook": (("manifest", 4, "bytes"),),
}


@cache
def _helm_2_message() -> Any:
    """The class of ``hapi.release.Release``, made when the first record of Helm 2 is met."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    field_type = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="helm2.proto", package="helm2", syntax="proto3")
    for message, fields in _HELM_2.items():
        described = file.message_type.add(name=message)
        for name, place, kind in fields:
            field = described.field.add(name=name, number=place, label=field_type.LABEL_OPTIONAL)
            if kind.startswith("*"):
                field.label = field_type.LABEL_REPEATED
            if (kind := kind.lstrip("*")) in _HELM_2:
                field.type, field.type_name = field_type.TYPE_MESSAGE, f".helm2.{kind}"
            else:
                field.type = field_type.Type.Value(f"TYPE_{kind.upper()}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("helm2.Release"))


def _of_helm_2(content: bytes) -> _Content:
    from google.protobuf.message import DecodeError

    try:
        release = _helm_2_message().FromString(content)
    except DecodeError:
        raise _BrokenError("input_helm_release") from None
    if not release.name:  # any bytes may look like a message of fields that are not known
        raise _BrokenError("input_helm_release")
    chart = release.chart.metadata
    return _Content(
        release.name,
        release.namespace,
        release.version,
        _CODES.get(release.info.status.code, "unknown"),
        chart.name,
        chart.version,
        chart.app_version,
        (release.manifest, *(hook.manifest for hook in release.hooks)),
    )


def _uses(content: _Content) -> tuple[list[ObjectRef], dict[ObjectRef, Body], int]:
    """The objects of all manifests in their order, the ConfigMaps among them, and how many documents could not be
    read."""
    unread = 0
    configs: dict[ObjectRef, Body] = {}
    uses: dict[ObjectRef, None] = {}
    for manifest in content.manifests:
        if manifest.count(b"\n---") >= MAX_DOCUMENTS:
            unread += manifest.count(b"\n---") + 1
            continue
        for event in read_objects(manifest):
            if isinstance(event, Found):
                ref = _placed(reference(event), content)
                uses[ref] = None
                if ref.kind == "ConfigMap":
                    configs[ref] = event.body
            elif isinstance(event, Problem) and event.code != "input_duplicate_key":
                unread += 1
    return list(uses), configs, unread


def _placed(ref: ObjectRef, content: _Content) -> ObjectRef:
    """With the namespace that Helm gives to an object of Kubernetes' own that names none."""
    if content.status in _PAST:
        return ObjectRef(api_version=ref.api_version, kind=ref.kind)
    built_in = "." not in ref.group or ref.group.endswith(".k8s.io")
    if ref.namespace or not built_in or ref.kind in CLUSTER_SCOPED | _CLUSTER_SCOPED_TOO:
        return ref
    return ObjectRef(api_version=ref.api_version, kind=ref.kind, namespace=content.namespace, name=ref.name)

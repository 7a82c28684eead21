"""Where in an object a credential stood: the fields for its ``SecretNotice``, never what was there."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from typing import Any

from migrator.snapshot.redaction.drawn import looks_drawn
from migrator.snapshot.redaction.kept import mask_annotation, mask_corefile
from migrator.snapshot.redaction.names import is_named_credential, is_secret_name, is_secret_option, is_value
from migrator.snapshot.redaction.texts import holds_secret, mask_text
from migrator.snapshot.values import (
    Body,
    annotations_of,
    dig,
    environment,
    mapping,
    mappings,
    metadata,
    text,
    text_map,
    texts,
)

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_HOOKS = ("postStart", "preStop")
_SOURCES_OF_NAMES = frozenset(("configMap", "secret", "emptyDir", "persistentVolumeClaim", "downwardAPI", "projected"))
_BESIDE_SOURCE = frozenset(("flexVolume", "csi", "capacity", "claimRef", "nodeAffinity"))  # in a PersistentVolume
_LARGEST_BINARY = 1 << 20  # characters of base64 that are looked into
_DEEPEST = 60
_KEY_STORE = re.compile(r"(?i)\.(?:jks|jceks|p12|pfx|keystore|keytab|ppk|kdb)\Z")
_OF_TRUST = re.compile(r"(?i)trust|cacerts")  # stores of certificates, which are public


def metadata_notices(body: Body) -> Iterator[str]:
    """Annotations and labels of any object. What ``kubectl apply`` noted repeats the object itself."""
    meta = metadata(body)
    if given := meta.get("annotations"):
        for key, value in text_map(given).items():
            if key != LAST_APPLIED and (mask_annotation(key, value) != value or looks_drawn(value)):
                yield f"metadata.annotations.{key}"
    if (labels := meta.get("labels")) and any(map(is_secret_name, text_map(labels))):
        yield from (f"metadata.labels.{k}" for k, v in text_map(labels).items() if _is_named(k, v))


def secret_notices(body: Body) -> Iterator[str]:
    """The fields of a Secret, one for each key."""
    for field in ("data", "stringData"):
        content = body.get(field)
        if isinstance(content, dict):
            yield from (f"{field}.{key}" for key in content)
        elif content:
            yield field
    if LAST_APPLIED in annotations_of(body):
        yield f"metadata.annotations.{LAST_APPLIED}"


def config_notices(body: Body) -> Iterator[str]:
    """The keys of a ConfigMap whose value looks like a credential or holds one."""
    for key, value in text_map(body.get("data")).items():
        if _is_credential(key, value) or (key == "Corefile" and mask_corefile(value) != value):
            yield f"data.{mask_text(key)}"
    if binary := body.get("binaryData"):
        for key, value in text_map(binary).items():
            if hides_secret(key, value):
                yield f"binaryData.{key}"


def _is_credential(key: str, value: str) -> bool:
    return (
        _is_named(key, value)
        or holds_secret(value)
        or looks_drawn(value)
        or (("@" in key or "://" in key) and holds_secret(key))
    )


def hides_secret(key: str, value: str) -> bool:
    """Whether ``value``, in base64 under ``key``, is or holds a credential: a store of private keys is one."""
    if _KEY_STORE.search(key) and not _OF_TRUST.search(key):
        return True
    return _is_named(key, value) or holds_secret(_decoded(value))


def _is_named(name: str, value: str) -> bool:
    """Whether a value stands under a secret name and is more than a switch (``ALLOW_EMPTY_PASSWORD=yes``)."""
    return is_named_credential(name, value)


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value[:_LARGEST_BINARY]).decode("latin-1")
    except (binascii.Error, ValueError):
        return value


# --- pods ---------------------------------------------------------------------------------------------------------


def pod_notices(pod_spec: Body) -> Iterator[str]:
    """Places of a pod template that carry a credential in clear text."""
    for field in ("initContainers", "containers", "ephemeralContainers"):
        for container in mappings(pod_spec.get(field)):
            for place in _in_container(container):
                yield f"{place} of container {text(container.get('name'))}"
    for volume in mappings(pod_spec.get("volumes")):
        if _in_volume(volume):
            yield f"volume {text(volume.get('name'))}"
    for entry in mappings(pod_spec.get("imagePullSecrets")):
        if len(entry) > 1:  # a name is all that belongs there
            yield from tree_notices(entry, "imagePullSecrets")


def _in_container(container: Body) -> Iterator[str]:
    if variables := environment(container):
        yield from _in_environment(variables)
    for field in ("command", "args"):
        if (given := container.get(field)) and arguments_hold_secret(texts(given)):
            yield field
    for field in _PROBES:
        if (probe := container.get(field)) and _handler_holds_secret(mapping(probe)):
            yield field
    if lifecycle := mapping(container.get("lifecycle")):
        yield from (f"lifecycle.{h}" for h in _HOOKS if _handler_holds_secret(mapping(lifecycle.get(h))))
    image = text(container.get("image"))
    if "@" in image and holds_secret(image):
        yield "image"


def _in_environment(variables: list[tuple[str, str]]) -> Iterator[str]:
    # One look at all of them together; most containers have nothing to find.
    any_value = holds_secret("\n".join([value for _, value in variables]))
    if any_value or any(_is_named(name, value) or looks_drawn(value) for name, value in variables):
        yield from (f"env {n}" for n, v in variables if _is_credential(n, v))


def _handler_holds_secret(handler: Body) -> bool:
    """A probe or a hook: a command, or an HTTP request with headers."""
    if (command := dig(handler, "exec", "command")) and arguments_hold_secret(texts(command)):
        return True
    request = mapping(handler.get("httpGet"))
    if "?" in (path := text(request.get("path"))) and holds_secret(path):
        return True
    for header in mappings(request.get("httpHeaders")):
        name, value = text(header.get("name")), text(header.get("value"))
        if _is_named(name, value) or holds_secret(value):
            return True
    return False


def arguments_hold_secret(arguments: tuple[str, ...]) -> bool:
    """Each alone, and all as one command line, since a value may be an argument of its own."""
    return any(map(holds_secret, arguments)) or holds_secret(" ".join(map(_as_word, arguments)))


def _as_word(argument: str) -> str:
    return argument if argument and not set(argument) & set(" \t\n\"'") else '"' + argument.replace('"', "'") + '"'


def _in_volume(volume: Body) -> bool:
    """Options of a FlexVolume or CSI driver, a share or a repository with a login."""
    source = next((k for k in volume if k != "name" and k not in _SOURCES_OF_NAMES), "")
    if not source:
        return False
    for options in (dig(volume, source, "options"), dig(volume, source, "volumeAttributes")):
        if options and any(
            (is_secret_option(k) and is_value(v)) or holds_secret(v) for k, v in text_map(options).items()
        ):
            return True
    return _source_holds_secret(source, volume[source])


def volume_notices(body: Body) -> Iterator[str]:
    """Places of a PersistentVolume, beside the options and attributes that its fact keeps masked."""
    spec = mapping(body.get("spec"))
    for source, content in spec.items():
        if isinstance(content, dict) and source not in _BESIDE_SOURCE and _source_holds_secret(source, content):
            yield f"spec.{source}"
    if holds_secret(text(dig(spec, "csi", "volumeHandle"))):
        yield "spec.csi.volumeHandle"
    if (options := spec.get("mountOptions")) and holds_secret(" ".join(texts(options))):
        yield "spec.mountOptions"


def _source_holds_secret(source: str, content: Any) -> bool:
    """Whether what a volume is made of carries a login, a key or the like outside of its options."""
    if source == "nfs" and "@" in text(dig(content, "server")):
        return True
    return next(tree_notices(content, source), None) is not None


# --- everything else ----------------------------------------------------------------------------------------------


def tree_notices(value: Any, path: str, depth: int = 0) -> Iterator[str]:
    """The fields at any depth of ``value`` that hold a credential, by their name or by their content."""
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        pair = named_pair(value)
        if pair:
            yield f"{path}[{pair}]" if path else pair
        for key, below in value.items():
            if pair and key == "value":
                continue
            yield from _in_field(below, f"{path}.{key}" if path else str(key), str(key), depth)
    elif isinstance(value, list):
        for item in value:
            yield from tree_notices(item, f"{path}[]", depth + 1)
    elif isinstance(value, str) and holds_secret(value):
        yield path


def _in_field(value: Any, path: str, key: str, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        if _is_named(key, value) or holds_secret(value) or is_script(key, value):
            yield path
    elif is_secret_name(key) and any(isinstance(v, str) and is_value(v) for v in _content(value)):
        yield path
    else:
        yield from tree_notices(value, path, depth + 1)


def _content(value: Any) -> Iterable[Any]:
    """What a field with a secret name may hold beside a text: several of them, or one as ``{"value": "x"}``."""
    return value if isinstance(value, list) else (mapping(value).get(k) for k in ("value", "data", "plain", "inline"))


def named_pair(value: Body) -> str:
    """The name of ``{"name": "DB_PASSWORD", "value": "x"}`` where it is the name of a credential; also ``key``."""
    name, content = value.get("name") or value.get("key"), value.get("value")
    return name if isinstance(name, str) and isinstance(content, str) and _is_named(name, content) else ""


def is_script(key: str, value: str) -> bool:
    """Scripts that CCE runs on new nodes stand in its API in base64."""
    return key.endswith(("Install", "userData", "user_data")) and holds_secret(_decoded(value))


def other_notices(body: Body) -> Iterator[str]:
    """Any field of an object whose kind is not known here: a custom resource may hold anything."""
    seen = set()
    for key, value in body.items():
        if key not in ("apiVersion", "kind", "metadata", "status"):
            for field in _in_field(value, key, key, 0):
                if field not in seen:
                    seen.add(field)
                    yield field


def cce_notices(body: Body) -> Iterator[str]:
    """Logins of nodes, keys of the authenticating proxy, scripts and secret values of add-ons in CCE API objects."""
    yield from other_notices(body)
    proxy = dig(body, "spec", "authentication", "authenticatingProxy")
    if any(isinstance(v, str) and v for v in mapping(proxy).values()):
        yield "spec.authentication.authenticatingProxy"

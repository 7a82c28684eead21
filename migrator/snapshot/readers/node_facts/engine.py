"""The container engine: Docker's ``daemon.json``, options and logins, and containerd's ``config.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from migrator.catalog.model import SettingCategory
from migrator.snapshot.readers.node_facts.form import BadNodeFileError, Form, Given, plain_lines
from migrator.snapshot.redaction import MASK, mask_option
from migrator.snapshot.values import dig, mapping, text

_ENGINE = SettingCategory.CONTAINER_ENGINE
# Keys that nothing but Docker's files have.
_DOCKER_KEYS = re.compile(
    rb'"(?:registry-mirrors|insecure-registries|log-driver|log-opts|storage-driver|storage-opts|exec-opts|live-restore'
    rb"|data-root|default-ulimits|native\.cgroupdriver|userland-proxy|bip|default-runtime|max-concurrent-downloads"
    rb'|auths|credHelpers|credsStore)"\s*:'
)
_OBJECT_KEYS = re.compile(rb'"(?:kind|apiVersion|apiversion|items)"\s*:')
_MOST = 1 << 20  # bytes; the file of a daemon has a hundredth of it
_CLIENT_KEYS = frozenset(("auths", "credHelpers", "credsStore", "HttpHeaders", "credentialspec"))


def is_docker_json(data: bytes) -> bool:
    """Whether a JSON text is a configuration of Docker, sound or not."""
    return len(data) < _MOST and _DOCKER_KEYS.search(data) is not None and _OBJECT_KEYS.search(data) is None


def _docker(content: str, _name: str) -> Iterator[Given]:
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise BadNodeFileError(error.lineno) from None
    if not isinstance(value, dict):
        raise BadNodeFileError
    for key in sorted(value):
        if key in _CLIENT_KEYS:  # logins at registries: Secrets of the cluster hold what its pods need
            yield from (
                Given(_ENGINE, f"{key}.{registry}", MASK, secret=True) for registry in sorted(mapping(value[key]))
            )
        else:
            yield from _flat(key, value[key])


def _flat(key: str, value: Any) -> Iterator[Given]:
    """One setting for each leaf; options such as ``["dm.fs=ext4"]`` and nested mappings become dotted keys."""
    if isinstance(value, dict):
        for part in sorted(value):
            yield from _flat(f"{key}.{part}", value[part])
    elif isinstance(value, list) and value and all(isinstance(v, str) and "=" in v for v in value):
        for option in value:
            name, _, setting = option.partition("=")
            yield _given(f"{key}.{name}", setting)
    elif isinstance(value, list):
        yield _given(key, ", ".join(v if isinstance(v, str) else orjson.dumps(v).decode() for v in value))
    else:
        yield _given(key, text(value))


def _given(key: str, value: str, *, always: bool = False) -> Given:
    masked = mask_option(key, value)
    return Given(_ENGINE, key, masked, secret=MASK in masked, always=always)


# --- options of the daemon, as /etc/sysconfig/docker holds them ---

_OPTION_VARIABLE = re.compile(r"(?:export\s+)?(?P<name>OPTIONS|DOCKER_\w+|[A-Za-z]+_PROXY|[a-z]+_proxy)=(?P<value>.*)")
_OPTION = re.compile(r"--(?P<name>[a-z][\w-]*)(?:[= ](?P<value>\"[^\"]*\"|'[^']*'|[^\s\"'-][^\s\"']*))?")
_BY_HAND = frozenset(("insecure-registry", "registry-mirror", "http-proxy", "https-proxy", "default-ulimit", "dns"))


def docker_options(line: str) -> Iterator[Given]:
    """The options of a ``dockerd`` command line; those that only people give count whatever their default."""
    for found in _OPTION.finditer(line):
        name, value = found["name"], (found["value"] or "true").strip("\"'")
        if name in ("storage-opt", "exec-opt", "log-opt") and "=" in value:
            option, _, value = value.partition("=")
            name = f"{name}s.{option}"
        yield _given(name, value, always=name in _BY_HAND)


def environment(name: str, value: str) -> Given:
    """A variable of the daemon's environment, such as a proxy."""
    return _given(name, value, always=True)


def _is_docker_options(lines: Sequence[str]) -> bool:
    return any(line.startswith(("DOCKER_", "OPTIONS=")) for line in lines) and all("=" in line for line in lines)


def _docker_options(content: str, _name: str) -> Iterator[Given]:
    for line in plain_lines(content.replace("\\\n", " ")):
        if found := _OPTION_VARIABLE.fullmatch(line):
            value = found["value"].strip("\"' ")
            if "--" in value:
                yield from docker_options(value)
            elif found["name"].lower().endswith("_proxy"):
                yield environment(found["name"], value)


# --- containerd ---

_CONTAINERD = re.compile(r"\[+(?:plugins\b|grpc\]|cgroup\]|timeouts\]|ttrpc\])|disabled_plugins\s*=|oom_score\s*=")
_CRI = ("io.containerd.grpc.v1.cri", "cri")
_JUDGED = ("enable_selinux", "max_concurrent_downloads", "max_container_log_line_size")


def _is_containerd(lines: Sequence[str]) -> bool:
    return sum(_CONTAINERD.match(line) is not None for line in lines) > 1


def _containerd(content: str, _name: str) -> Iterator[Given]:
    try:
        value = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        raise BadNodeFileError(int(found[1]) if found else 0) from None
    for key in ("root", "state"):
        if given := text(value.get(key)):
            yield _given(key, given)
    cri = next((mapping(dig(value, "plugins", name)) for name in _CRI if dig(value, "plugins", name)), {})
    for key in _JUDGED:
        if key in cri:
            yield _given(key, text(cri[key]))
    runtime = mapping(cri.get("containerd"))
    for key in ("default_runtime_name", "snapshotter"):
        if given := text(runtime.get(key)):
            yield _given(f"containerd.{key}", given)
    for name in sorted(mapping(runtime.get("runtimes"))):
        if name != "runc":
            kind = text(dig(runtime, "runtimes", name, "runtime_type"))
            yield _given(f"containerd.runtimes.{name}", kind, always=True)
    yield from _registry(mapping(cri.get("registry")))


def _registry(registry: dict[str, Any]) -> Iterator[Given]:
    """Mirrors and how a registry is reached are set by people only; a login is told of, never kept."""
    for key in sorted(registry):
        for given in _flat(f"registry.{key}", registry[key]):
            if given.value:
                secret = ".auth." in f"{given.key}."
                yield given._replace(always=True, secret=secret or given.secret, value=MASK if secret else given.value)


DOCKER_JSON = Form(
    "daemon.json",
    _ENGINE,
    lambda _lines: False,  # told by ``is_docker_json``
    _docker,
    paths=re.compile(r"/etc/docker/daemon\.json|.*/\.docker/config\.json"),
    rank=2,
)
DOCKER_OPTIONS = Form(
    "docker options",
    _ENGINE,
    _is_docker_options,
    _docker_options,
    paths=re.compile(r"/etc/(?:sysconfig|default)/docker"),
    by_hand=False,
)
CONTAINERD = Form(
    "containerd config.toml",
    _ENGINE,
    _is_containerd,
    _containerd,
    paths=re.compile(r"/etc/containerd/config\.toml"),
    by_hand=False,
)

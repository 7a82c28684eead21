"""The form of an application that is to run in containers, read from a YAML file; strict, and never with a password.

    name: registration
    runtime: python                # php | python | java-tomcat | spring-boot
    version: "1.0.0"               # tag of the image
    port: 8000                     # on which the program listens
    files: [app, start.sh]         # what goes into the image; of Java one war or jar
    registry: swr.example.com      # and the organisation in it
    organisation: hospital

``application_form`` names every field with its default; what is unknown, missing or wrong is told by field.
"""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
import yaml

from migrator.errors import InputError
from migrator.locale import msg

MOST_BYTES = 1 << 20


class Runtime(StrEnum):
    PHP = "php"
    PYTHON = "python"
    TOMCAT = "java-tomcat"
    SPRING_BOOT = "spring-boot"


class Exposure(StrEnum):
    """How the Service is reached; an Ingress is made as well where ``host`` is given."""

    CLUSTER = "cluster"
    NODE = "node"
    BALANCER = "balancer"


class Engine(StrEnum):
    MYSQL = "mysql"  # MariaDB too
    POSTGRESQL = "postgresql"


class Database(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the data is: an address that pods reach, so never 127.0.0.1; the password is a Secret's."""

    address: str
    engine: Engine = Engine.MYSQL
    port: int = 0  # 0: that of the engine
    name: str = ""  # of the schema; empty: the application's
    user: str = ""  # empty: the application's
    old_address: str = ""  # of the server that the data comes from; empty: it stays where it is


class Cache(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    address: str
    port: int = 6379


class ConfigFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of settings that is kept outside the image: its name beside the form, its place in the container."""

    file: str
    path: str


class Storage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A folder of the container whose data must outlive it."""

    path: str
    size: str = "10Gi"
    storage_class: str = "csi-nas"
    shared: bool = True  # several pods at once; a disk (csi-disk) can be held by one only


class ApplicationForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    runtime: Runtime
    version: str
    port: int
    files: tuple[str, ...]
    registry: str
    organisation: str
    namespace: str = "default"
    base: str = ""  # image that the own one is built on; empty: that of the runtime, pinned
    start: str = ""  # command; empty: that of the runtime
    packages: tuple[str, ...] = ()  # of pip with versions, or extensions of PHP
    build: bool = False  # whether Java is built from sources with Maven: ``files`` are then pom.xml and src
    database: Database | None = None
    cache: Cache | None = None
    config: tuple[ConfigFile, ...] = ()
    env: dict[str, str] = {}  # nothing secret
    secrets: tuple[str, ...] = ()  # names of environment variables whose values people fill in
    replicas: int = 2
    cpu: str = "1"
    memory: str = "1Gi"
    mounts: tuple[Storage, ...] = ()
    health: str = ""  # path that answers 200 while the program is well; empty: the port is tried
    exposure: Exposure = Exposure.CLUSTER
    host: str = ""
    tls: bool = False
    old_address: str = ""  # of the virtual machine, which DNS leads to until the switch

    @property
    def image(self) -> str:
        return f"{self.registry}/{self.organisation}/{self.name}:{self.version}"

    @property
    def uses_secret(self) -> bool:
        return bool(self.secret_keys)

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """Keys of the Secret: those of the form and the password of the database."""
        return tuple(dict.fromkeys((*(("DB_PASSWORD",) if self.database else ()), *self.secrets)))


_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+")
_REGISTRY = re.compile(r"[a-z0-9.-]+(:\d{1,5})?")
_ADDRESS = re.compile(r"[A-Za-z0-9.:_-]{1,253}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CPU = re.compile(r"\d{1,4}(\.\d{1,3})?|\d{1,6}m")
_SIZE = re.compile(r"\d{1,9}(Ki|Mi|Gi|Ti|K|M|G|T)")
_FILE = re.compile(r"(?!.*\.\.)[A-Za-z0-9._][A-Za-z0-9._/-]{0,200}")
_PATH = re.compile(r"/(?!.*\.\.)[A-Za-z0-9._/-]{1,200}")
_IMAGE = re.compile(r"[a-z0-9][a-z0-9./_:-]*(@sha256:[0-9a-f]{64})?")
_PACKAGE = re.compile(r"[A-Za-z0-9._-]+(\[[A-Za-z0-9,._-]+\])?(==[A-Za-z0-9._+!-]+)?")
_HERE = ("127.0.0.1", "localhost", "::1", "0.0.0.0")  # noqa: S104 - an address that is refused
_SECRET = re.compile(r"(?i)passw|secret|token|credential|access_?key|private_?key")

_LOGIN = re.compile(r"://[^/\s:@]*:[^/\s@]+@")


def read_form(path: Path) -> ApplicationForm:
    """The form in the file; raises ``InputError`` as ``parse_form``."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise InputError("form_unreadable", file=path.name, problem=error.strerror or "error") from None
    return parse_form(data, path.name)


def parse_form(data: bytes, name: str) -> ApplicationForm:
    """The form in the content of a file; ``name`` is the file that errors speak of.

    Raises:
        InputError: ``form_unreadable``, ``form_unknown_field``, ``form_missing_field``, ``form_wrong_type``, or
            ``form_value`` with the rule that the field breaks.
    """
    if len(data) > MOST_BYTES:
        raise InputError("form_unreadable", file=name, problem="> 1 MB")
    try:
        document = yaml.load(data, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        place = getattr(error, "problem_mark", None)
        problem = f"YAML, line {place.line + 1}" if place else "YAML"
        raise InputError("form_unreadable", file=name, problem=problem) from None
    return checked(_converted(document, name), name)


def _converted(document: Any, name: str) -> ApplicationForm:
    try:
        return msgspec.convert(document, ApplicationForm)
    except msgspec.ValidationError as error:
        told = str(error)
    place = found[1] if (found := re.search(r" - at `\$\.?(.*)`$", told)) else ""
    field = (re.search(r"field `([^`]*)`", told) or ("", ""))[1]
    whole = ".".join(filter(None, (place, field)))[:80]
    if "unknown field" in told:
        raise InputError("form_unknown_field", file=name, field=whole)
    if "missing required field" in told:
        raise InputError("form_missing_field", file=name, field=whole)
    wanted = (re.search(r"Expected `([^`]*)`", told) or ("", ""))[1]
    if wanted:
        raise InputError("form_wrong_type", file=name, field=whole or "—", wanted=wanted)
    raise InputError("form_value", file=name, field=whole or "—", rule=msg("form.rule.choice"))


def checked(form: ApplicationForm, name: str) -> ApplicationForm:
    """The form as it is; raises ``InputError`` ``form_value`` for the first field that breaks a rule."""
    for field, value, pattern, rule in _texts(form):
        if not pattern.fullmatch(value):
            raise InputError("form_value", file=name, field=field, rule=msg(f"form.rule.{rule}"))
    for field, rule in _broken(form):
        raise InputError("form_value", file=name, field=field, rule=msg(f"form.rule.{rule}"))
    return form


def _texts(form: ApplicationForm) -> list[tuple[str, str, re.Pattern[str], str]]:
    """Every text of the form that reaches a command, an image or a manifest, with what it must look like."""
    rows = [
        ("name", form.name, _NAME, "name"),
        ("namespace", form.namespace, _NAME, "name"),
        ("organisation", form.organisation, _NAME, "name"),
        ("version", form.version, _TAG, "tag"),
        ("registry", form.registry, _REGISTRY, "registry"),
        ("cpu", form.cpu, _CPU, "cpu"),
        ("memory", form.memory, _SIZE, "size"),
    ]
    rows += [("files", file, _FILE, "file") for file in form.files]
    rows += [("packages", package, _PACKAGE, "package") for package in form.packages]
    rows += [("secrets", key, _VARIABLE, "variable") for key in form.secrets]
    rows += [("env", key, _VARIABLE, "variable") for key in form.env]
    for entry in form.config:
        rows += [("config.file", entry.file, _FILE, "file"), ("config.path", entry.path, _PATH, "path")]
    for mount in form.mounts:
        rows += [
            ("mounts.path", mount.path, _PATH, "path"),
            ("mounts.size", mount.size, _SIZE, "size"),
            ("mounts.storage_class", mount.storage_class, _NAME, "name"),
        ]
    optional = [
        ("base", form.base, _IMAGE, "image"),
        ("host", form.host, _HOST, "host"),
        ("health", form.health, _PATH, "path"),
    ]
    optional.append(("old_address", form.old_address, _ADDRESS, "address"))
    if form.database:
        rows.append(("database.address", form.database.address, _ADDRESS, "address"))
        optional += [
            ("database.name", form.database.name, _VARIABLE, "variable"),
            ("database.user", form.database.user, _VARIABLE, "variable"),
            ("database.old_address", form.database.old_address, _ADDRESS, "address"),
        ]
    if form.cache:
        rows.append(("cache.address", form.cache.address, _ADDRESS, "address"))
    return [*rows, *(row for row in optional if row[1])]


def _broken(form: ApplicationForm) -> list[tuple[str, str]]:
    """(field, rule) of what no pattern tells."""
    found = [*_wrong_ports(form), *_wrong_files(form)]
    if not 1 <= form.replicas <= 1000:
        found.append(("replicas", "replicas"))
    if form.replicas > 1 and any(not m.shared for m in form.mounts):
        found.append(("mounts.shared", "one_holder"))
    for field, part in (("database.address", form.database), ("cache.address", form.cache)):
        if part and part.address in _HERE:
            found.append((field, "not_here"))
    found += [("env", "no_secret") for k, v in form.env.items() if _SECRET.search(k) or _LOGIN.search(v)]
    if form.tls and not form.host:
        found.append(("tls", "host_for_tls"))
    return found


def _wrong_ports(form: ApplicationForm) -> list[tuple[str, str]]:
    ports = [("port", form.port)]
    ports += [("database.port", form.database.port)] if form.database and form.database.port else []
    ports += [("cache.port", form.cache.port)] if form.cache else []
    found = [(field, "port") for field, port in ports if not 0 < port < 65536]
    return [*found, *([("port", "unprivileged")] if 0 < form.port < 1024 else [])]


def _wrong_files(form: ApplicationForm) -> list[tuple[str, str]]:
    found = [] if form.files else [("files", "some")]
    if form.files and form.runtime in (Runtime.TOMCAT, Runtime.SPRING_BOOT) and not form.build:
        ending = ".war" if form.runtime is Runtime.TOMCAT else ".jar"
        if len(form.files) != 1 or not form.files[0].endswith(ending):
            found.append(("files", "archive"))
    if form.runtime is Runtime.PYTHON and not form.start and not any(f.endswith(".sh") for f in form.files):
        found.append(("start", "start"))
    if "\n" in form.start or len(form.start) > 500:
        found.append(("start", "one_line"))
    return found


def application_form() -> str:
    """An empty form with every field, to be filled in."""
    return _TEMPLATE


_TEMPLATE = """\
# 应用登记表 / form of an application. Passwords do not belong here.
name: my-app               # a-z 0-9 -
runtime: python            # php | python | java-tomcat | spring-boot
version: "1.0.0"           # 镜像版本 / tag of the image
port: 8000                 # 程序监听端口, >= 1024 / port of the program
files: [app, start.sh]     # 放入镜像的文件 / what goes into the image
registry: swr.example.com  # SWR 地址 / address of SWR
organisation: my-org       # SWR 组织 / organisation in SWR
namespace: default
base: ""                   # 基础镜像, 空为默认 / base image, empty: the default
start: ""                  # 启动命令, 空为默认 / start command, empty: the default
packages: []               # pip 依赖或 PHP 扩展 / packages of pip, extensions of PHP
build: false               # Java 是否用 Maven 从源码构建 / whether Maven builds it
database: null             # {address: 192.168.0.10, engine: mysql, name: my_app, user: my_app, old_address: ""}
cache: null                # {address: 192.168.0.10, port: 6379}
config: []                 # [{file: settings.py, path: /app/app/settings.py}]
env: {}                    # {TZ: Asia/Shanghai}
secrets: []                # [API_KEY]: 只写名称 / names only
replicas: 2
cpu: "1"
memory: 1Gi
mounts: []                 # [{path: /app/media, size: 10Gi, storage_class: csi-nas, shared: true}]
health: ""                 # 健康检查路径 / path of the health check
exposure: cluster          # cluster | node | balancer
host: ""                   # 域名, 需要 Ingress 时填写 / name for an Ingress
tls: false
old_address: ""            # 原虚拟机地址 / address of the virtual machine
"""

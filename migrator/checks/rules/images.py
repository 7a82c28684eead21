"""WKL024 and WKL025: where images come from, and with which Secret they are pulled (H.6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from migrator.checks.objects import contents
from migrator.checks.registry import check
from migrator.checks.report import evidence, finding
from migrator.checks.spec import Category, CheckContext, CheckSpec, Severity, Yield
from migrator.paths.model import Strategy
from migrator.snapshot.model import ObjectRef, Section
from migrator.snapshot.values import mappings, text
from migrator.snapshot.workloads import GROUPS

_MIGRATE = frozenset({Strategy.MIGRATE})

REGISTRIES = CheckSpec(
    code="WKL024",
    slug="image-registry-out-of-reach",
    category=Category.WORKLOAD,
    severity=Severity.BLOCKER,
    needs=frozenset({Section.WORKLOADS}),
    asks=True,
    strategies=_MIGRATE,
    references=("course",),
)

PULL_SECRETS = CheckSpec(
    code="WKL025",
    slug="image-pull-secret-missing",
    category=Category.WORKLOAD,
    severity=Severity.WARNING,
    needs=frozenset({Section.WORKLOADS}),
    strategies=_MIGRATE,
    references=("course", "VEL"),
)

_PUBLIC = "docker.io"
_OWN = "default-secret"  # CCE makes it in every namespace of the new cluster


@check(REGISTRIES)
def registries(context: CheckContext) -> Iterator[Yield]:
    """Names every registry and how many workloads pull from it: whether the new nodes reach it nobody can see here."""
    users: dict[str, set[str]] = defaultdict(set)
    for workload in context.user_workloads:
        for image in workload.images:
            users[registry_of(image)].add(workload.key)
    for registry, workloads in sorted(users.items()):
        yield evidence(REGISTRIES, "registry", registry=registry, workloads=len(workloads))


def registry_of(image: str) -> str:
    """The registry of an image's name; ``docker.io`` where none is written."""
    first, slash, _ = image.partition("/")
    return first if slash and ("." in first or ":" in first or first == "localhost") else _PUBLIC


@check(PULL_SECRETS)
def pull_secrets(context: CheckContext) -> Iterator[Yield]:
    """Secrets come without their values, so those that pull images must be there again before the workloads."""
    held = {(c.namespace, c.name) for c in context.snapshot.configs if c.kind == "Secret"}
    seen = "Secret" in context.snapshot.kinds_seen
    users: dict[tuple[str, str], list[str]] = defaultdict(list)
    for content in contents(context, *GROUPS, mentioning="imagePullSecrets"):
        for entry in mappings(content.pods.get("imagePullSecrets")):
            name = text(entry.get("name"))
            if name and name != _OWN and not content.system:
                users[content.ref.namespace, name].append(f"{content.ref.kind} {content.ref.name}")
    for (namespace, name), workloads in sorted(users.items()):
        ref = ObjectRef(api_version="v1", kind="Secret", namespace=namespace, name=name)
        gone = seen and (namespace, name) not in held
        severity = Severity.WARNING if gone else Severity.INFO
        yield finding(PULL_SECRETS, ref, "gone" if gone else "remake", severity=severity, workloads=sorted(workloads))

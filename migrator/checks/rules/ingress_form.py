"""NET004: Ingresses whose form changes with networking.k8s.io/v1: more than another apiVersion (D.2 h)."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.checks.registry import check
from migrator.checks.report import finding
from migrator.checks.spec import Category, CheckContext, CheckSpec, Severity, Yield
from migrator.snapshot.model import Ingress, Section
from migrator.versions import VersionRange

SPEC = CheckSpec(
    code="NET004",
    slug="ingress-form-changes",
    category=Category.NETWORK,
    severity=Severity.WARNING,
    needs=frozenset({Section.INGRESSES}),
    applies=VersionRange.parse(">=1.22"),
    references=("K8S", "PRE"),
)


@check(SPEC)
def evaluate(context: CheckContext) -> Iterator[Yield]:
    for ingress in context.snapshot.ingresses:
        if ingress.system:
            continue
        # One of a name that never was may have no field of the old form.
        if ingress.ref.api_version != "networking.k8s.io/v1" and (fields := _fields(ingress)):
            yield finding(SPEC, ingress.ref, "fields", fields=fields)
        if not ingress.ingress_class:
            yield finding(SPEC, ingress.ref, "no_class")


def _fields(ingress: Ingress) -> list[str]:
    """What must be rewritten besides the apiVersion, old field -> new field."""
    fields = []
    if ingress.default_backend:
        fields.append("spec.backend -> spec.defaultBackend")
    if ingress.routes:
        fields += ["backend.serviceName -> backend.service.name", "backend.servicePort -> backend.service.port"]
        fields.append("pathType: ImplementationSpecific")
    if ingress.ingress_class:
        fields.append("kubernetes.io/ingress.class -> spec.ingressClassName")
    return fields

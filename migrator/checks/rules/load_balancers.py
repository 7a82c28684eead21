"""NET001 and NET002, the course's NW-1 and NW-2: load balancers and Ingresses, what becomes of them (B.1, F.1, F.2)."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from migrator.checks.registry import check
from migrator.checks.report import evidence, finding, unresolved
from migrator.checks.spec import Category, CheckContext, CheckSpec, Severity, Yield
from migrator.checks.subjects import service_ref, user_services
from migrator.locale import Msg, msg
from migrator.paths.model import Strategy
from migrator.snapshot.model import Ingress, LoadBalancerKind, ObjectRef, Section, Service

RECORD = CheckSpec(
    code="NET001",
    slug="load-balancers-and-ingresses",
    category=Category.NETWORK,
    severity=Severity.INFO,
    needs=frozenset({Section.SERVICES, Section.INGRESSES}),
    course_item="NW-1",
    references=("course",),
)

CLASSIC = CheckSpec(
    code="NET002",
    slug="classic-load-balancer",
    category=Category.NETWORK,
    severity=Severity.WARNING,
    needs=frozenset({Section.SERVICES, Section.INGRESSES}),
    each=True,
    course_item="NW-2",
    strategies=frozenset({Strategy.MIGRATE}),
    references=("course",),
)


class _Balanced(msgspec.Struct, frozen=True):
    """A Service or Ingress that a load balancer serves."""

    subject: ObjectRef
    kind: LoadBalancerKind
    id: str
    addresses: tuple[str, ...]
    eips: tuple[str, ...]  # its addresses on the Internet, or the id of the EIP where the input tells no more


@check(RECORD)
def record(context: CheckContext) -> Iterator[Yield]:
    balanced = list(_balanced(context))
    ingresses = [i for i in context.snapshot.ingresses if not i.system]
    services = sum(b.subject.kind == "Service" for b in balanced)
    yield evidence(RECORD, "total", services=services, ingresses=len(ingresses))
    for item in balanced:
        if item.subject.kind == "Service":
            yield evidence(
                RECORD,
                "service" if item.addresses else "service_no_address",
                name=f"{item.subject.namespace}/{item.subject.name}",
                kind=_kind(item),
                addresses=item.addresses,
            )
    for item in balanced:
        if item.eips:
            yield evidence(RECORD, "eip", name=str(item.subject), eips=item.eips)
    for ingress in ingresses:
        yield evidence(RECORD, "ingress", name=f"{ingress.ref.namespace}/{ingress.ref.name}", routes=_routes(ingress))


@check(CLASSIC)
def classic(context: CheckContext) -> Iterator[Yield]:
    for item in _balanced(context):
        if item.kind is LoadBalancerKind.UNKNOWN:
            yield unresolved(CLASSIC, item.subject)
            continue
        # Every load balancer is made anew and so gets another address, whatever its kind (F.2).
        variant = "classic" if item.kind is LoadBalancerKind.CLASSIC else "anew"
        if not item.addresses:
            variant += "_no_address"
        yield finding(
            CLASSIC,
            item.subject,
            variant,
            load_balancer=item.kind.value,
            load_balancer_id=item.id,
            addresses=list(item.addresses),
        )


def _balanced(context: CheckContext) -> Iterator[_Balanced]:
    for service in user_services(context):
        if service.load_balancer is not None:
            yield _balanced_by(service, service_ref(service), service.load_balancer)
    for ingress in context.snapshot.ingresses:
        if ingress.load_balancer is not None and not ingress.system:
            yield _balanced_by(ingress, ingress.ref, ingress.load_balancer)


def _balanced_by(served: Service | Ingress, subject: ObjectRef, kind: LoadBalancerKind) -> _Balanced:
    eips = served.eips or ((served.eip_id,) if served.eip_id else ())
    return _Balanced(subject, kind, served.load_balancer_id, served.addresses, eips)


def _kind(item: _Balanced) -> Msg:
    return msg(f"check.load_balancer.{item.kind}")


def _routes(ingress: Ingress) -> list[str]:
    routes = [f"{r.host or '*'}{r.path or '/'} -> {r.service}:{r.port}" for r in ingress.routes]
    return routes + ([f"* -> {ingress.default_backend}"] if ingress.default_backend else [])

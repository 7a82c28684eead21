"""Item 53 of the pre-upgrade check: what keeps the add-on nginx-ingress from starting after the upgrade (C).

An Ingress without a class, a default backend that is not there, a default certificate whose key the newer OpenSSL
refuses: it wants RSA and DSA keys of 2048 bits, and 224 bits of an elliptic curve.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

from migrator.checks.objects import Content, contents
from migrator.checks.report import evidence, finding, unresolved
from migrator.checks.spec import CheckContext, CheckSpec, Finding, Settled, Yield
from migrator.snapshot.model import ObjectRef, Section
from migrator.snapshot.values import texts

_PROGRAM = "nginx-ingress-controller"
_KINDS = ("Deployment", "DaemonSet")
_BACKEND = "--default-backend-service"
_CERTIFICATE = "--default-ssl-certificate"
_VARIABLE = "$("
_OWN_NAMESPACE = "$(POD_NAMESPACE)"
_FEWEST_BITS = {"RSA": 2048, "DSA": 2048, "EC": 224}  # OpenSSL's security level 2; others have no short keys


class _Named(NamedTuple):
    """What an argument of a controller names: ``namespace/name``."""

    controller: ObjectRef
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


def nginx(spec: CheckSpec, context: CheckContext) -> Iterator[Yield]:
    """A person is asked only where no controller of the add-on was read, or what one names is not told."""
    controllers = [c for c in contents(context, *_KINDS) if c.system and _runs_it(c)]
    told = [*_classless(spec, context)]
    for controller in controllers:
        told += _backend(spec, context, controller)
        told += _certificate(spec, context, controller)
    yield from told
    unread = any(ref.kind == "Ingress" for ref in context.named_only)
    if controllers and not unread and context.snapshot.covers(Section.INGRESSES):
        yield evidence(spec, "controllers", names=sorted(str(c.ref) for c in controllers))
        if all(isinstance(item, Finding) for item in told):
            yield Settled()


def _classless(spec: CheckSpec, context: CheckContext) -> Iterator[Yield]:
    for content in contents(context, "Ingress"):
        annotations = content.metadata.get("annotations") or {}
        if not content.spec.get("ingressClassName") and not annotations.get("kubernetes.io/ingress.class"):
            yield finding(spec, content.ref)


def _backend(spec: CheckSpec, context: CheckContext, controller: Content) -> Iterator[Yield]:
    """A controller without the argument answers by itself where no rule fits."""
    for named in _argument(controller, _BACKEND):
        if any((s.namespace, s.name) == named[1:] for s in context.snapshot.services):
            continue
        told = context.snapshot.covers(Section.SERVICES) and _VARIABLE not in str(named)
        say: Callable[..., Yield] = finding if told else unresolved
        yield say(spec, controller.ref, "backend", service=str(named))


def _certificate(spec: CheckSpec, context: CheckContext, controller: Content) -> Iterator[Yield]:
    """A controller without the argument makes a certificate for itself, of a key that is long enough."""
    secrets = {(c.namespace, c.name): c for c in context.snapshot.configs if c.kind == "Secret"}
    for named in _argument(controller, _CERTIFICATE):
        entry = secrets.get(named[1:])
        if entry is None or not entry.certified_key:
            yield unresolved(spec, controller.ref, "certificate", secret=str(named))
            continue
        key, bits = entry.certified_key, entry.certified_bits or 0
        fewest = _FEWEST_BITS.get(key, 0)
        if bits < fewest:
            yield finding(spec, controller.ref, "certificate", secret=str(named), key=key, bits=bits, fewest=fewest)


def _runs_it(content: Content) -> bool:
    return content.holds(_PROGRAM) and next(_words(content), None) is not None


def _words(content: Content) -> Iterator[tuple[str, ...]]:
    """The command line of each container that runs the controller."""
    for container in content.containers:
        words = (*texts(container.get("command")), *texts(container.get("args")))
        if any(_PROGRAM in word for word in (*words, str(container.get("image", "")))):
            yield words


def _argument(controller: Content, name: str) -> Iterator[_Named]:
    """What the argument names, written in one word (``--name=value``) or two; empty ones name nothing."""
    for words in _words(controller):
        for word, following in pairwise((*words, "")):
            given, written, value = word.partition("=")
            if given == name:
                place, _, called = (value if written else following).partition("/")
                if called:
                    own = controller.ref.namespace
                    yield _Named(controller.ref, own if place == _OWN_NAMESPACE else place, called)

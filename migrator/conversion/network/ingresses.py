"""Ingresses and their classes in the API that the target serves (domain facts D.2 h, F.1)."""

from __future__ import annotations

from typing import Any

import orjson

from migrator.conversion.model import Note, Options
from migrator.conversion.network.balancers import ELB, PORT, Wanted, balanced
from migrator.conversion.network.services import Converted, with_annotations
from migrator.conversion.storage.common import Manifest, without
from migrator.locale import Msg, msg
from migrator.snapshot.model import LoadBalancerKind, ObjectRef
from migrator.snapshot.values import Body, annotations_of, mapping, mappings, text
from migrator.versions import Version

CCE = "cce"
CLASS_ANNOTATION = "kubernetes.io/ingress.class"
# The match mode of a path, in the field ``property`` that CCE added to the API and that published schemas refuse. CCE
# takes the same from this annotation, and writes it into the paths by itself.
PROPERTY = "kubernetes.io/ingress.property"
_MATCH_MODE = "ingress.beta.kubernetes.io/url-match-mode"
_ANY_PATH_TYPE = "ImplementationSpecific"
# Controllers that other clouds run outside the cluster; all that are run inside come along with the workloads.
_OF_OTHER_CLOUDS = frozenset(("gce", "gce-internal", "alb", "azure/application-gateway", "qcloud"))
_NOT_OF_CCE = ("kubernetes.io/", "ingress.beta.kubernetes.io/")


def target_class(old: str, *, has_elb: bool = False) -> str:
    """The class in the new cluster: a controller that runs inside the cluster stays, anything else goes to CCE's own.

    Args:
        has_elb: whether annotations of CCE's load balancers are on the Ingress.
    """
    if "nginx" in old:
        return old
    return CCE if not old or has_elb or old in _OF_OTHER_CLOUDS else old


def has_elb(annotations: dict[str, str]) -> bool:
    return any(k.startswith(ELB) for k in annotations)


def served_api(target: Version) -> str:
    if target.minor >= 19:
        return "networking.k8s.io/v1"
    return "networking.k8s.io/v1beta1" if target.minor >= 14 else "extensions/v1beta1"


def convert_ingress(
    ref: ObjectRef,
    body: Body,
    target: Version,
    options: Options,
    *,
    kind: LoadBalancerKind | None,
    public: bool | None = None,
) -> Converted:
    """An Ingress of any API version, for a cluster of ``target``; ``kind`` and ``public`` as for a Service."""
    notes: list[Note] = []
    api = served_api(target)
    spec, annotations = mapping(body.get("spec")), dict(annotations_of(body))
    old_class = text(spec.get("ingressClassName")) or annotations.get(CLASS_ANNOTATION, "")
    cls = target_class(old_class, has_elb=has_elb(annotations))
    rules = _Rules(ref, api, target, cls, notes)
    made: Manifest = {}
    if default := mapping(spec.get("defaultBackend")) or mapping(spec.get("backend")):
        made["defaultBackend" if api.endswith("/v1") else "backend"] = rules.backend(default)
    if isinstance(spec.get("rules"), list):
        made["rules"] = [rules.rule(r) for r in mappings(spec["rules"])]
    made = {**without(spec, ("backend", "defaultBackend", "ingressClassName")), **made}
    _keep_match_modes(annotations, rules.match_modes)
    if cls == CCE:
        if not annotations.get(PORT) and f"{ELB}listen-ports" not in annotations:
            annotations[PORT] = "443" if _is_encrypted(spec, annotations) else "80"
        flavor = "l7_flavor_name"
        kind = kind or LoadBalancerKind.UNKNOWN
        annotations, said = balanced(annotations, Wanted(ref, kind, target, options, flavor, public))
        notes += said
    _place_class(made, annotations, cls, target)
    _tell_class(ref, old_class, cls, notes)
    if cls == CCE != old_class and (patterns := sorted(p for p in rules.paths if p.endswith("/*"))):
        _say(notes, ref, "path_patterns", paths=patterns)
    if cls == CCE and (foreign := sorted(k for k in annotations if _is_of_a_controller(k))):
        _say(notes, ref, "controller_annotations", names=foreign)
    if secrets := sorted({s for t in mappings(spec.get("tls")) if (s := text(t.get("secretName")))}):
        _say(notes, ref, "tls_secrets", names=secrets)
    whole = {**without(body, ("status",)), "apiVersion": api, "spec": made}
    return Converted(with_annotations(whole, annotations), tuple(notes))


def _is_encrypted(spec: Body, annotations: dict[str, str]) -> bool:
    return bool(spec.get("tls")) or f"{ELB}tls-certificate-ids" in annotations


def _place_class(made: Manifest, annotations: dict[str, str], cls: str, target: Version) -> None:
    """In the field from 1.23 on, where CCE's controller looks for it; in the annotation before. Never in both."""
    annotations.pop(CLASS_ANNOTATION, None)
    if target.minor >= 23:
        made["ingressClassName"] = cls
    else:
        annotations[CLASS_ANNOTATION] = cls


def _tell_class(ref: ObjectRef, old: str, cls: str, notes: list[Note]) -> None:
    if not old:
        _say(notes, ref, "class_missing")
    elif old != cls:
        _say(notes, ref, "class_changed", old=old)
    if cls != CCE:
        _say(notes, ref, "controller", cls=cls)


def _is_of_a_controller(key: str) -> bool:
    """Whether another controller than CCE's reads the annotation: ``nginx.ingress.kubernetes.io/rewrite-target``."""
    prefix = key.partition("/")[0]
    return "ingress" in prefix and not key.startswith(_NOT_OF_CCE)


class _Rules:
    """The rules of one Ingress in the words of one API version."""

    def __init__(self, ref: ObjectRef, api: str, target: Version, cls: str, notes: list[Note]) -> None:
        self.ref, self.cls, self.notes = ref, cls, notes
        self.is_v1 = api.endswith("/v1")
        self.knows_path_types = target.minor >= 18
        self.match_modes: list[dict[str, str]] = []
        self.paths: set[str] = set()

    def rule(self, old: Body) -> Manifest:
        made = dict(old)
        paths = mappings(mapping(old.get("http")).get("paths"))
        made.pop("http", None)
        if paths:
            made["http"] = {"paths": [self.path(p, text(old.get("host"))) for p in paths]}
        return made

    def path(self, old: Body, host: str) -> Manifest:
        made = without(old, ("property", "backend", "pathType", "path"))
        path = text(old.get("path")) or "/"  # without a path everything was served
        made["path"] = path
        self.paths.add(path)
        path_type = text(old.get("pathType"))
        if self.is_v1:
            made["pathType"] = path_type or _ANY_PATH_TYPE
        elif path_type and self.knows_path_types:
            made["pathType"] = path_type
        elif path_type not in ("", _ANY_PATH_TYPE):
            _say(self.notes, self.ref, "path_type", path=path, path_type=path_type)
        mode = text(mapping(old.get("property")).get(_MATCH_MODE))
        if mode and self.cls == CCE:
            self.match_modes.append({"host": host, "path": path, "matchmode": mode})
        made["backend"] = self.backend(mapping(old.get("backend")))
        return made

    def backend(self, old: Body) -> Manifest:
        """A Service, or a resource of another kind, in the form of the API version."""
        service = mapping(old.get("service"))
        if service and not self.is_v1:
            given = mapping(service.get("port"))
            return {
                "serviceName": text(service.get("name")),
                "servicePort": given.get("number") or text(given.get("name")),
            }
        if not self.is_v1 or "serviceName" not in old:
            return dict(old)
        port = old.get("servicePort")
        named = {} if port in (None, "") else {"port": _port(port)}
        return {"service": {"name": text(old["serviceName"]), **named}}


def _port(old: Any) -> Manifest:
    """A number, also where it was written as text, or the name of a port."""
    if isinstance(old, str) and not (old.isascii() and old.isdigit()):
        return {"name": old}
    return {"number": int(old)}


def _keep_match_modes(annotations: dict[str, str], modes: list[dict[str, str]]) -> None:
    if not modes:
        return
    try:
        told = mappings(orjson.loads(annotations.get(PROPERTY, "[]")))
    except orjson.JSONDecodeError:
        told = []
    fresh = {(m["host"], m["path"]) for m in modes}
    kept = [t for t in told if (text(t.get("host")), text(t.get("path"))) not in fresh]
    annotations[PROPERTY] = orjson.dumps([*kept, *modes]).decode()


# --- classes ---


def convert_ingress_class(ref: ObjectRef, body: Body, target: Version) -> tuple[Converted | None, Msg | None]:
    """The class as it is, or why it is left out: the platform makes its own, and old targets have none."""
    if ref.name in (CCE, "nginx"):
        return None, msg("network.left_out.class_platform", name=ref.name)
    if target.minor < 18:
        return None, msg("network.left_out.class_unknown", name=ref.name)
    notes: list[Note] = []
    _say(notes, ref, "class_controller", controller=text(mapping(body.get("spec")).get("controller")) or "—")
    return Converted({**body, "apiVersion": served_api(target)}, tuple(notes)), None


_CLOSED = frozenset(("tls_secrets", "controller_annotations"))


def _say(notes: list[Note], ref: ObjectRef, sentence: str, **values: Any) -> None:
    notes.append(
        Note(ref=ref, text=msg(f"network.note.{sentence}", name=str(ref), **values), open=sentence not in _CLOSED)
    )

"""Load balancers of Services and Ingresses: every one is made anew for the new cluster (domain facts F.1, F.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from migrator.conversion.model import Note, Options
from migrator.conversion.storage.common import FILL_IN
from migrator.locale import msg
from migrator.snapshot.model import LoadBalancerKind, ObjectRef
from migrator.versions import Version

ELB = "kubernetes.io/elb."
CLASS, ID, AUTOCREATE, PORT = ELB + "class", ELB + "id", ELB + "autocreate", ELB + "port"
CLASS_OF_KIND = {LoadBalancerKind.DEDICATED: "performance"}  # every other kind becomes a shared one
_DEDICATED_SINCE = 17  # minor from which CCE serves dedicated load balancers
# Written by the old cluster about its own load balancer, or of no meaning any more.
_OF_THE_OLD = frozenset(ELB + n for n in ("id", "ip", "eip-id", "custom-eip-id", "custom-eip-status", "mark")) | {
    "kubernetes.io/natgateway.id"
}
_SUBNET = ELB + "subnet-id"  # mandatory up to v1.11.7-r0, unknown since
# From which versions on an annotation is understood: one for every minor that got it later than its first patch.
_1_23_12 = ("1.23.12-r0", "1.25.7-r0", "1.27.4-r0", "1.28.2-r0")
_1_23_13 = ("1.23.13-r0", "1.25.8-r0", "1.27.5-r0", "1.28.3-r0")
_SINCE: dict[str, tuple[str, ...]] = {
    "enterpriseID": ("1.15",),
    "tls-ciphers-policy": ("1.17.11",),
    "pass-through": ("1.19",),
    "protocol-port": ("1.19.16",),
    "cert-id": ("1.19.16",),
    "health-check-options": ("1.19.16-r5", "1.21.8-r0", "1.23.6-r0", "1.25.2-r0"),
    "adaptive-weight": ("1.21",),
    "acl-id": _1_23_12,
    "acl-status": _1_23_12,
    "acl-type": _1_23_12,
    "tags": ("1.23.11-r0", "1.25.6-r0", "1.27.3-r0"),
    "tls-certificate-ids": _1_23_13,
    "http2-enable": _1_23_13,
    "keepalive_timeout": _1_23_13,
    "client_timeout": _1_23_13,
    "member_timeout": _1_23_13,
    "transparent-client-ip": ("1.23.17-r0", "1.25.12-r0", "1.27.9-r0", "1.28.7-r0", "1.29.3-r0"),
}
_DEDICATED_KEEPALIVE = ("1.19.16-r30",)
_ALWAYS = frozenset(
    ("class", "id", "autocreate", "port", "lb-algorithm", "session-affinity-mode", "session-affinity-option")
) | {"health-check-flag", "health-check-option"}
# Until 1.13 the documentation wrote these without "elb."; the newer names were understood from 1.9 on (F.1).
_RENAMED = {f"kubernetes.io/{name}": f"{ELB}{name}" for name in ("session-affinity-mode", "session-affinity-option")}
_ONLY_DEDICATED = ("available_zone", "l4_flavor_name", "l7_flavor_name", "elb_virsubnet_ids", "ipv6_vip_virsubnet_id")
_OTHER_CLOUDS = (
    *("service.beta.kubernetes.io/", "cloud.google.com/", "networking.gke.io/", "alb.ingress.kubernetes.io/"),
    *("service.kubernetes.io/qcloud", "service.kubernetes.io/tke", "beta.cloud.google.com/"),
)


class Wanted(NamedTuple):
    """A load balancer to be: for whom, what the old one was, and what the new cluster and people want."""

    ref: ObjectRef
    kind: LoadBalancerKind
    target: Version
    options: Options
    flavor: str  # "l4_flavor_name" of a Service, "l7_flavor_name" of an Ingress
    public: bool | None = None  # whether the Internet reached the old one

    @property
    def elb_class(self) -> str:
        wanted = CLASS_OF_KIND.get(self.kind, "union")
        asked = self.options.balancer == "dedicated" and self.target.minor >= _DEDICATED_SINCE
        return "performance" if asked else wanted


def balanced(given: Mapping[str, str], wanted: Wanted) -> tuple[dict[str, str], list[Note]]:
    """All annotations of a Service or Ingress, those of its load balancer in the words of the target.

    An existing load balancer (``elb.id``) belongs to the old cluster: a person makes another and fills its id in. One
    that CCE made by itself (``elb.autocreate``) is made by itself again, to the same specification. With both the old
    id is the made one's, and the new cluster must not touch it.
    """
    notes: list[Note] = []
    made = _understood(given, wanted, notes)
    made[CLASS] = wanted.elb_class
    specification = _json(given.get(AUTOCREATE, ""))
    becomes_dedicated = wanted.elb_class == "performance" and wanted.kind is not LoadBalancerKind.DEDICATED
    if specification or becomes_dedicated:
        made[AUTOCREATE] = _autocreate(given.get(AUTOCREATE, ""), specification, wanted, notes)
    else:
        made.pop(AUTOCREATE, None)
        made.pop(ELB + "tags", None)  # of load balancers that CCE makes
        made[ID] = FILL_IN
        _say(notes, wanted.ref, f"balancer_id_{wanted.elb_class}", old=given.get(ID, "").replace(FILL_IN, "") or "—")
    if wanted.kind is LoadBalancerKind.DNAT:
        _say(notes, wanted.ref, "was_dnat")
    if eip := given.get(ELB + "custom-eip-id"):
        _say(notes, wanted.ref, "eip", eip=eip)
    return dict(sorted(made.items())), notes


def _understood(given: Mapping[str, str], wanted: Wanted, notes: list[Note]) -> dict[str, str]:
    made, too_new, unknown = {}, [], []
    for key, value in _renamed(given).items():
        if key in _OF_THE_OLD or (key == _SUBNET and wanted.target.minor > 11):
            continue
        if key.startswith(ELB):
            name = key.removeprefix(ELB)
            since = _SINCE.get(name)
            if name == "keepalive_timeout" and wanted.elb_class == "performance":
                since = _DEDICATED_KEEPALIVE
            if since and not reached(wanted.target, since):
                too_new.append(key)
                continue
            if not since and name not in _ALWAYS:
                unknown.append(key)
        made[key] = value
    if too_new:
        _say(notes, wanted.ref, "annotations_dropped", names=sorted(too_new), target=str(wanted.target))
    if unknown:
        _say(notes, wanted.ref, "annotations_kept", names=sorted(unknown))
    if others := sorted(k for k in made if k.startswith(_OTHER_CLOUDS)):
        _say(notes, wanted.ref, "annotations_foreign", names=others)
    return made


def _renamed(given: Mapping[str, str]) -> dict[str, str]:
    """The annotations under the names of today; where both names stand, the newer one holds."""
    today = {new: given[old] for old, new in _RENAMED.items() if old in given}
    return {**today, **{key: value for key, value in given.items() if key not in _RENAMED}}


def reached(target: Version, since: tuple[str, ...]) -> bool:
    """Whether ``target`` has what each version of ``since`` brought to its own minor and the first to all later ones.

    A target without a patch stands for the offered patch of its minor, which has all that the minor ever got.
    """
    begins = [Version.parse(v) for v in since]
    own = next((v for v in begins if v.minor == target.minor), None)
    if own is not None:
        return target.patch < 0 or own.patch < 0 or (target.patch, max(target.revision, 0)) >= (own.patch, own.revision)
    return target.minor > begins[0].minor


def _autocreate(old_text: str, old: dict[str, Any], wanted: Wanted, notes: list[Note]) -> str:
    """The specification of a load balancer that CCE makes; fields of the other kind and the old address are out."""
    made: dict[str, Any] = dict(old) if old else {"type": "public" if wanted.public else "inner"}
    if not old and wanted.public:
        made |= {
            "bandwidth_name": FILL_IN,
            "bandwidth_chargemode": "traffic",
            "bandwidth_size": 5,
            "bandwidth_sharetype": "PER",
            "eip_type": "5_bgp",
        }
    made.pop("vip_address", None)  # of the old load balancer, which still stands
    if wanted.target.minor < 21:
        made.pop("vip_subnet_cidr_id", None)
    if wanted.elb_class == "performance":
        zones = made.get("available_zone")
        kept = [z for z in zones if z] if isinstance(zones, list) else []
        made["available_zone"] = kept or [FILL_IN]
        for flavor in ("l4_flavor_name", "l7_flavor_name"):
            if not made.get(flavor):
                made.pop(flavor, None)
        if wanted.flavor not in made:
            made[wanted.flavor] = FILL_IN
    else:
        for field in _ONLY_DEDICATED:
            made.pop(field, None)
    text = orjson.dumps(made).decode()
    _say(notes, wanted.ref, "balancer_specification" if FILL_IN in text else "balancer_made")
    if "vip_address" in old:
        _say(notes, wanted.ref, "vip_address", address=str(old["vip_address"]))
    return old_text if made == old else text


def _json(annotation: str) -> dict[str, Any]:
    try:
        found = orjson.loads(annotation or "{}")
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


_CLOSED = frozenset(("annotations_kept", "annotations_foreign", "balancer_made", "vip_address"))


def _say(notes: list[Note], ref: ObjectRef, sentence: str, **values: Any) -> None:
    text = msg(f"network.note.{sentence}", name=str(ref), **values)
    notes.append(Note(ref=ref, text=text, open=sentence not in _CLOSED))

"""All objects of the old cluster as manifests for the new one: chosen, cleaned, converted, laid out in waves."""

from __future__ import annotations

import re
import shlex
from collections import defaultdict
from collections.abc import Iterator, Mapping

import orjson

from migrator.catalog.model import Catalog
from migrator.conversion.access import own_settings
from migrator.conversion.apis import SNAPSHOTS, is_builtin
from migrator.conversion.cleaning import clean, drop_odd_annotations, has_text_maps, without_nulls
from migrator.conversion.context import Context, LeaveOutError, Manifest
from migrator.conversion.kinds import Kinds
from migrator.conversion.layout import laid_out
from migrator.conversion.limits import refused_name, too_large
from migrator.conversion.masked import MARK, masked_fields, unreadable_fields
from migrator.conversion.model import Bundle, LeftOut, ManifestFile, Note, Options
from migrator.conversion.paths import Paths
from migrator.conversion.schemas import Schemas
from migrator.conversion.selection import Selection
from migrator.conversion.storage import bodies_of, convert_all_storage
from migrator.conversion.waves import INVALID, STORAGE, wave_of
from migrator.conversion.yamltext import Shape, Writer
from migrator.locale import Msg, msg
from migrator.memory import without_cyclic_collection
from migrator.snapshot.manifests import named_only
from migrator.snapshot.model import Manifest as Kept
from migrator.snapshot.model import ObjectRef, Snapshot
from migrator.snapshot.readers import cce_api, helm
from migrator.versions import Version

# Rotation and path of logs, which CCE added to the API for itself.
_IN_MOUNTS_OF_CCE = re.compile(r".*\.volumeMounts\[\d+\]\.(?:extendPathMode|policy)")
_MOST_SHAPES = 5_000  # remembered at a time
_NULL, _TIMELESS = b":null", b'"creationTimestamp":null'
_HELM = "sh.helm.release."
_NOTHING_WITHOUT_SPEC = frozenset(
    (
        *("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job", "CronJob", "Pod"),
        *("Service", "Ingress", "HorizontalPodAutoscaler"),
    )
)
# Controllers make them by themselves, whoever owns them.
_PASSING = frozenset(("EndpointSlice", "ControllerRevision", "Event", "Lease", "PodMetrics"))
_IN_STORAGE = frozenset(("PersistentVolume", "PersistentVolumeClaim"))


@without_cyclic_collection()
def convert_all(
    snapshot: Snapshot, source: Version, target: Version, catalog: Catalog, options: Options | None = None
) -> Bundle:
    """The bundle of manifests for a new cluster of ``target``; the same bytes for the same arguments."""
    return _Conversion(Context(snapshot, target, catalog, options or Options())).run()


class _Conversion:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._kinds, self._selection = Kinds(context), Selection(context.catalog)
        self._schemas = Schemas(context.minor)
        self._paths, self._writer = Paths(), Writer()
        self._valid: set[tuple[str, str, Shape]] = set()  # API version, kind, shape
        self._files: list[ManifestFile] = []
        self._left: list[LeftOut] = []
        self._taken: set[tuple[str, str, str, str]] = set()  # group, kind, namespace, name
        snapshot = context.snapshot
        self._selected = {(s.namespace, s.name) for s in snapshot.services if s.selector}
        self._releases = {f"{r.name}.v{r.revision}" for r in snapshot.helm_releases}
        self._named: set[tuple[str, str, str]] = set()  # kind, namespace, name of all that was decided on

    def run(self) -> Bundle:
        snapshot = self._context.snapshot
        for manifest in _in_order(self._context.by_kind):
            self._one(manifest)
        self._storage()
        self._namespaces()
        for ref in named_only(snapshot):
            self._only_named(ref)
        self._owned()
        files = sorted(self._files, key=lambda f: f.path)
        notes = sorted(self._context.notes, key=_place)
        return Bundle(
            files=laid_out(files, self._context.target),
            notes=tuple(notes),
            left_out=tuple(sorted(self._left, key=_place)),
        )

    def _one(self, manifest: Kept) -> None:
        ref = self._context.ref = manifest.ref
        builtin = is_builtin(ref)
        self._named.add((ref.kind, ref.namespace, ref.name))
        if reason := self._selection.reason_to_leave(ref, builtin=builtin):
            self._left.append(LeftOut(ref=ref, reason=reason))
            if builtin and ref.kind == "ServiceAccount" and ref.namespace not in self._selection.system_namespaces:
                self._tell_account(orjson.loads(memoryview(manifest.body)))
            return
        if builtin and ref.kind in _IN_STORAGE:
            return  # with its volume or claim, below
        raw = bytes(memoryview(manifest.body))
        if builtin and _NULL in raw:  # in every template of a pod, and not worth a walk
            raw = raw.replace(b"," + _TIMELESS, b"").replace(_TIMELESS + b",", b"").replace(_TIMELESS, b"")
        body = orjson.loads(raw)
        if builtin and _NULL in raw:
            body = without_nulls(body)
        known = len(self._context.notes)
        if MARK in raw:
            self._tell_masked(body)
        clean(body)
        if builtin and not ref.namespace:
            body["metadata"].pop("namespace", None)  # of a kind that has none
        try:
            body = self._kinds.convert(body)
        except LeaveOutError as left:
            self._context.notes[known:] = left.notes
            self._left.append(LeftOut(ref=ref, reason=left.reason))
            return
        except (AttributeError, KeyError, TypeError, ValueError):
            # Only an object that no server would have taken has another shape than its kind.
            self._context.note("not_converted", open=True)
            self._put(body, (ref,), INVALID)
            return
        self._put(body, (ref,), wave_of(ref.kind, builtin=builtin or ref.group == SNAPSHOTS))

    def _tell_masked(self, body: Manifest) -> None:
        shown = {k: v for k, v in body.items() if k != "status"}
        if self._context.ref.kind != "Secret" and (fields := list(masked_fields(shown))):
            self._context.note("masked", open=True, fields=fields[:20], count=len(fields))

    def _tell_account(self, body: Manifest) -> None:
        """Of an account that every namespace has: what people set at it must be set again."""
        if settings := own_settings(body, self._context):
            ref, patch = self._context.ref, orjson.dumps(settings).decode()
            command = f"kubectl -n {shlex.quote(ref.namespace)} patch serviceaccount {ref.name} -p {shlex.quote(patch)}"
            self._context.note("account_settings", open=True, command=command)

    def _storage(self) -> None:
        context = self._context
        system = self._selection.system_namespaces
        snapshot = context.snapshot
        for stored in convert_all_storage(snapshot, bodies_of(snapshot), context.minor, system):
            by_kind = {ref.kind: ref for ref in stored.refs}
            for made in stored.objects:
                ref = context.ref = by_kind.get(made["kind"], stored.refs[-1])
                self._put(made, (ref,), STORAGE)
            context.notes += stored.notes
            self._left += [LeftOut(ref=ref, reason=reason) for ref, reason in stored.left_out]
            self._named |= {(r.kind, r.namespace, r.name) for r in stored.refs}
        for workload, made in self._kinds.workloads.beside:
            metadata = made["metadata"]
            context.ref = ObjectRef(
                api_version="v1",
                kind=made["kind"],
                namespace=metadata.get("namespace", ""),
                name=metadata["name"],
            )
            self._put(made, (workload,), STORAGE)  # the old cluster had no object of its own for it

    def _namespaces(self) -> None:
        """Those that the dump only names: without them nothing inside can be made."""
        known = {name for _, kind, _, name in self._taken if kind == "Namespace"}
        system = {"", "default", *self._selection.system_namespaces}
        used = {namespace for _, _, namespace, _ in self._taken}
        for name in sorted(used - known - system):
            ref = self._context.ref = ObjectRef(api_version="v1", kind="Namespace", name=name)
            body: Manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
            self._kinds.namespace(body)
            self._context.note("namespace_added")
            self._named.add(("Namespace", "", name))
            self._put(body, (ref,), wave_of("Namespace", builtin=True))

    def _only_named(self, ref: ObjectRef) -> None:
        if cce_api.is_cce(ref) or (ref.kind, ref.namespace, ref.name) in self._named:
            return
        reason = self._selection.reason_to_leave(ref, builtin=is_builtin(ref)) or self._why_not_kept(ref)
        if reason:
            self._left.append(LeftOut(ref=ref, reason=reason))
            return
        self._context.ref = ref
        self._context.note("named_only", open=True)

    def _owned(self) -> None:
        """What a controller made of something that the input does not hold: nothing else stands for it here."""
        snapshot, system = self._context.snapshot, self._context.catalog.system_namespaces
        made: dict[tuple[str, str], list[ObjectRef]] = defaultdict(list)
        for thing in snapshot.objects:
            if thing.owner:
                made[thing.ref.namespace, thing.owner].append(thing.ref)
        kinds = {owner.partition("/")[0] for _, owner in made}
        here = {(o.ref.namespace, f"{kind}/{o.ref.name}") for kind in kinds for o in snapshot.objects_of(kind)}
        for (namespace, owner), owned in made.items():
            if (namespace, owner) in here or ("", owner) in here or namespace in system or owner.startswith("Node/"):
                continue
            # A claim comes along, whoever owns it.
            if refs := [ref for ref in owned if ref.kind not in _PASSING and ref.kind not in _IN_STORAGE]:
                count = len(set(refs))
                self._left.append(
                    LeftOut(ref=min(refs), reason=msg("conversion.left.owner_unseen", owner=owner, count=count))
                )

    def _why_not_kept(self, ref: ObjectRef) -> Msg | None:
        """Reading keeps no content of what follows a selector, nor of what Helm stores."""
        if ref.kind == "EndpointSlice" or (ref.kind == "Endpoints" and (ref.namespace, ref.name) in self._selected):
            return msg("conversion.left.runtime", kind=ref.kind)
        if ref.kind in helm.KINDS and (ref.name.startswith(_HELM) or ref.name in self._releases):
            return msg("conversion.left.helm")
        return None

    @staticmethod
    def _id(ref: ObjectRef) -> tuple[str, str, str, str]:
        return ("" if is_builtin(ref) else ref.group, ref.kind, ref.namespace, ref.name)

    def _put(self, body: Manifest, refs: tuple[ObjectRef, ...], wave: str) -> None:
        """Judge the manifest as the target's API server would and write it."""
        ref = self._context.ref
        group, kind, namespace, name = self._id(ref)
        # Without a namespace an object is made in the namespace "default", where it may stand already.
        place = (group, kind, namespace or "default", name)
        if place in self._taken:
            self._left.append(LeftOut(ref=ref, reason=msg("conversion.left.twice")))
            return
        self._taken.add(place)
        if keys := drop_odd_annotations(body["metadata"]):
            self._context.note("annotation_keys", open=True, keys=keys)
        try:
            text, shape = self._writer.text_and_shape(body)
            if wave != INVALID and not self._is_valid(body, shape):
                if not self._is_taken_by_the_server(body):
                    wave = INVALID
                text = self._writer.text(body)
        except RecursionError:
            self._left.append(LeftOut(ref=ref, reason=msg("conversion.left.too_deep")))
            return
        if wave != INVALID and (reason := refused_name(group, kind, name) or too_large(body)):
            wave = INVALID
            self._refused((reason,))
        if wave != INVALID and (odd := unreadable_fields(body, text)):
            wave = INVALID
            self._context.note("control_characters", open=True, fields=odd[:20])
        path = self._paths.of(wave, namespace, kind, group, name)
        self._files.append(ManifestFile(path=path, wave=wave, refs=refs, text=text))

    def _is_valid(self, body: Manifest, shape: Shape) -> bool:
        """Schemas tell of keys and types, never of texts: what holds of one manifest holds of all of its shape."""
        key = (body["apiVersion"], body["kind"], shape)
        if key in self._valid:
            return True
        valid = self._schemas.is_valid(body)
        valid = has_text_maps(body["metadata"]) if valid is None else valid and not _lacking(body)
        if valid and len(self._valid) < _MOST_SHAPES:
            self._valid.add(key)
        return valid

    def _is_taken_by_the_server(self, body: Manifest) -> bool:
        """What is not valid may yet be taken, without the fields that the target does not know."""
        valid = self._schemas.is_valid(body)
        if valid is None:
            self._refused((msg("conversion.invalid.maps"),))
            return False
        if valid:
            self._refused((msg("conversion.invalid.missing", field=_lacking(body)),))
            return False
        judgement = self._schemas.judge(body)
        own = [field for field in judgement.dropped if _IN_MOUNTS_OF_CCE.fullmatch(field)]
        if own:
            self._context.note("cce_fields", open=True, fields=sorted(own)[:20])
        if others := sorted(set(judgement.dropped) - set(own)):
            self._context.note("fields_dropped", fields=others[:20], target=f"1.{self._context.minor}")
        if judgement.refused:
            self._refused(judgement.refused)
        return not judgement.refused

    def _refused(self, reasons: tuple[Msg, ...]) -> None:
        for reason in reasons[:5]:
            self._context.note("invalid", open=True, reason=reason)


def _in_order(by_kind: Mapping[str, list[Kept]]) -> Iterator[Kept]:
    """By kind, API version, namespace and name, so that of several versions of one object the newest comes first."""
    for kind in sorted(by_kind):
        yield from sorted(by_kind[kind], key=lambda manifest: manifest.ref.api_version)


def _lacking(body: Manifest) -> str:
    """A field that a server demands although the published schema does not; pages that lost their indents lack it."""
    if body["kind"] not in _NOTHING_WITHOUT_SPEC:
        return ""
    spec = body.get("spec")
    if not spec:
        return "spec"
    if body["kind"] == "Ingress" and not (spec.get("rules") or spec.get("defaultBackend") or spec.get("backend")):
        return "spec.rules"
    return ""


def _place(said: Note | LeftOut) -> tuple[str, str, str]:
    return (said.ref.namespace, said.ref.kind, said.ref.name)

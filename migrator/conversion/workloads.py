"""Workloads of every API version as the target takes them (domain facts D.2 a to d)."""

from __future__ import annotations

from migrator.conversion.cleaning import OF_THE_SERVER
from migrator.conversion.context import Context, Manifest, leave_out
from migrator.conversion.pods import Pods
from migrator.conversion.storage import convert_claim_templates, convert_pod_volumes
from migrator.snapshot.model import ObjectRef

_FOR_EVER = 2_147_483_647  # what extensions/v1beta1 took for "no deadline" and "keep all revisions"
_BY_THE_CONTROLLER = (
    *("controller-uid", "job-name", "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name"),
    *("pod-template-hash", "controller-revision-hash", "pod-template-generation"),
)
_ZONED = ("CRON_TZ=", "TZ=")
_DEFAULT_TOLERATIONS = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
_CONVERTED = frozenset(
    (
        *("flexVolume", "awsElasticBlockStore", "gcePersistentDisk", "azureDisk", "cinder", "vsphereVolume"),
        *("photonPersistentDisk", "glusterfs", "rbd", "cephfs", "gitRepo", "ephemeral"),
    )
)


class Workloads:
    """Converts workloads; objects that they need beside them are in ``beside``, each with the workload."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._pods = Pods(context)
        self._classes = {c.name: c for c in context.snapshot.storage_classes}
        self.beside: list[tuple[ObjectRef, Manifest]] = []

    def scaled(self, body: Manifest) -> None:
        """Deployment, StatefulSet, DaemonSet, ReplicaSet or ReplicationController."""
        spec = body.get("spec")
        if not isinstance(spec, dict):
            return
        old, kind = self._context.ref.api_version, body["kind"]
        if old != "apps/v1" and kind != "ReplicationController":
            _old_defaults(old, kind, spec)
            template = spec.get("template") or {}
            labels = (template.get("metadata") or {}).get("labels")
            if not spec.get("selector") and labels:
                spec["selector"] = {"matchLabels": dict(labels)}
        for field in ("rollbackTo", "templateGeneration"):
            spec.pop(field, None)
        if kind == "StatefulSet":
            spec.setdefault("serviceName", "")  # as a server stores it; published schemas demand it
        if kind == "StatefulSet" and spec.get("volumeClaimTemplates"):
            made = convert_claim_templates(self._context.ref, body, self._classes)
            spec["volumeClaimTemplates"] = made.templates
            self._context.notes += made.notes
        self._template(spec)

    def cron_job(self, body: Manifest) -> None:
        spec = body.get("spec")
        if not isinstance(spec, dict):
            return
        schedule = spec.get("schedule") or ""
        if schedule.startswith(_ZONED) and self._context.minor >= 25:  # refused there from 1.29 on
            zone, _, rest = schedule.partition(" ")
            spec["schedule"], spec["timeZone"] = rest.strip(), zone.partition("=")[2]
            self._context.note("time_zone", zone=spec["timeZone"])
        job = (spec.get("jobTemplate") or {}).get("spec")
        if job:
            metadata = spec["jobTemplate"].pop("metadata", None) or {}
            if kept := {k: v for k, v in metadata.items() if k not in OF_THE_SERVER}:
                spec["jobTemplate"]["metadata"] = kept
            self._job_spec(job)

    def job(self, body: Manifest) -> None:
        metadata = body["metadata"]
        _without_labels(metadata)
        if spec := body.get("spec"):
            self._job_spec(spec)
        self._context.note("job_runs", open=True)

    def _job_spec(self, spec: Manifest) -> None:
        if spec.get("manualSelector"):
            labels = (spec.get("selector") or {}).get("matchLabels") or {}
            for label in _BY_THE_CONTROLLER:
                labels.pop(label, None)
        else:
            spec.pop("selector", None)
            spec.pop("manualSelector", None)
        if metadata := (spec.get("template") or {}).get("metadata"):
            _without_labels(metadata)
        self._template(spec)

    def pod(self, body: Manifest) -> None:
        metadata = body["metadata"]
        annotations = metadata.get("annotations") or {}
        if "kubernetes.io/config.mirror" in annotations or "kubernetes.io/config.source" in annotations:
            raise leave_out("static_pod")
        _without_labels(metadata)
        metadata.pop("generateName", None)
        if spec := body.get("spec"):
            tolerations = [t for t in spec.get("tolerations") or () if not _is_default(t)]
            spec.pop("tolerations", None)
            if tolerations:
                spec["tolerations"] = tolerations
            self._pods.pod(metadata, spec)
            self._volumes(spec)
        self._context.note("pod_runs", open=True)

    def pod_template(self, body: Manifest) -> None:
        if template := body.get("template"):
            self._pods.template(template)

    def _template(self, spec: Manifest) -> None:
        if template := spec.get("template"):
            self._pods.template(template)
            if pod := template.get("spec"):
                self._volumes(pod)

    def _volumes(self, pod: Manifest) -> None:
        volumes = pod.get("volumes")
        if not volumes or all(_CONVERTED.isdisjoint(v) for v in volumes):
            return
        made = convert_pod_volumes(self._context.ref, pod, self._context.minor, self._classes)
        pod["volumes"] = made.volumes
        self.beside += ((self._context.ref, made_beside) for made_beside in made.objects)
        self._context.notes += made.notes


def _old_defaults(api_version: str, kind: str, spec: Manifest) -> None:
    """Where the defaults of the old version were others than today's, they are written out."""
    if kind == "Deployment":
        if api_version == "extensions/v1beta1":
            spec.setdefault("progressDeadlineSeconds", _FOR_EVER)
            spec.setdefault("revisionHistoryLimit", _FOR_EVER)
            strategy = spec.setdefault("strategy", {})
            if strategy.setdefault("type", "RollingUpdate") == "RollingUpdate":
                rolling = strategy["rollingUpdate"] = strategy.get("rollingUpdate") or {}
                rolling.setdefault("maxSurge", 1)
                rolling.setdefault("maxUnavailable", 1)
        elif api_version == "apps/v1beta1":
            spec.setdefault("revisionHistoryLimit", 2)
    elif (kind, api_version) in (("DaemonSet", "extensions/v1beta1"), ("StatefulSet", "apps/v1beta1")):
        spec["updateStrategy"] = spec.get("updateStrategy") or {}
        spec["updateStrategy"].setdefault("type", "OnDelete")


def _without_labels(metadata: Manifest) -> None:
    if labels := metadata.get("labels"):
        for label in _BY_THE_CONTROLLER:
            labels.pop(label, None)
        if not labels:
            del metadata["labels"]


def _is_default(toleration: Manifest) -> bool:
    """Given to every pod by admission."""
    return toleration.get("key") in _DEFAULT_TOLERATIONS and toleration.get("tolerationSeconds") == 300

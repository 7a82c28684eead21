"""Workloads and pods: what runs, in which images, on which storage and with which demands on its node."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.snapshot.addons import part_of_platform
from migrator.snapshot.model import ClaimTemplate, HostPort, Mount, NodeSetting, ObjectRef, Pod, Workload
from migrator.snapshot.redaction import mask_labels, mask_map, mask_text
from migrator.snapshot.scripts import sysctl_commands
from migrator.snapshot.values import (
    Body,
    annotations_of,
    dig,
    first,
    labels_of,
    mapping,
    mappings,
    metadata,
    number,
    text,
    text_map,
    texts,
    truth,
)

# Every group in which a kind of workload was ever served.
GROUPS = {
    "Deployment": ("apps", "extensions"),
    "StatefulSet": ("apps",),
    "DaemonSet": ("apps", "extensions"),
    "ReplicaSet": ("apps", "extensions"),
    "ReplicationController": ("",),
    "Job": ("batch", "extensions"),
    "CronJob": ("batch",),
    "ScheduledJob": ("batch",),
    "Pod": ("",),
}
_NEEDS_SELECTOR = frozenset(("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"))
_SYSCTL_ANNOTATIONS = ("security.alpha.kubernetes.io/sysctls", "security.alpha.kubernetes.io/unsafe-sysctls")
_HOSTNAME = "kubernetes.io/hostname"
_STORAGE_CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class"


def is_workload(ref: ObjectRef) -> bool:
    return ref.group in GROUPS.get(ref.kind, ())


def pod_spec(ref: ObjectRef, body: Body) -> Body:
    """The specification of the pods that a workload makes."""
    return mapping(pod_template(ref, body).get("spec"))


def pod_template(ref: ObjectRef, body: Body) -> Body:
    if ref.kind == "Pod":
        return body
    if ref.kind in ("CronJob", "ScheduledJob"):
        return mapping(dig(body, "spec", "jobTemplate", "spec", "template"))
    return mapping(mapping(body.get("spec")).get("template"))


def workload(ref: ObjectRef, body: Body, system: bool, owner: str = "") -> Workload:
    spec, status = mapping(body.get("spec")), mapping(body.get("status"))
    template = pod_template(ref, body)
    pods = mapping(template.get("spec"))
    all_containers = containers(pods)
    images = tuple(sorted({_image(i) for c in all_containers if (i := text(c.get("image")))}))
    return Workload(
        ref=ref,
        replicas=number(spec.get("replicas")),
        ready=_ready(ref, status),
        images=images,
        labels=mask_labels(labels_of(template)),
        node_selector=_node_selector(pods, template is not body),
        mounts=tuple(
            sorted((_mount(v) for v in mappings(pods.get("volumes"))), key=lambda m: (m.name, m.kind, m.target))
        ),
        claim_templates=tuple(_claim_template(t) for t in mappings(spec.get("volumeClaimTemplates"))),
        service_name=text(spec.get("serviceName")),
        host_network=truth(pods.get("hostNetwork")) or False,
        host_ports=tuple(_host_ports(all_containers)),
        sysctls=_sysctls(template, pods),
        privileged=any(map(is_privileged, all_containers)),
        has_selector=ref.kind not in _NEEDS_SELECTOR or bool(mapping(spec.get("selector"))),
        suspended=truth(spec.get("suspend")) or False,
        schedule=text(spec.get("schedule")),
        system=system,
        owner=owner,
        platform_part=part_of_platform(ref.name, body, images) if system else "",
    )


def _node_selector(pods: Body, from_template: bool) -> dict[str, str]:
    """Labels of nodes that are asked for. A template that names its node asks for that node's own; the node of a Pod
    was chosen by the scheduler."""
    given = mask_labels(text_map(pods.get("nodeSelector")))
    node = text(pods.get("nodeName")) if from_template else ""
    return {_HOSTNAME: node, **given} if node else given


def containers(pods: Body) -> list[Body]:
    return [*mappings(pods.get("initContainers")), *mappings(pods.get("containers"))]


def is_privileged(container: Body) -> bool:
    return "securityContext" in container and (truth(dig(container, "securityContext", "privileged")) or False)


def _image(value: str) -> str:
    return mask_text(value) if "@" in value or " " in value else value  # a login, or a digest


def _ready(ref: ObjectRef, status: Body) -> int | None:
    if ref.kind == "DaemonSet":
        return number(status.get("numberReady"))
    if "readyReplicas" in status:
        return number(status["readyReplicas"])
    return 0 if "replicas" in status else None  # the server leaves out a figure of zero


def _mount(volume: Body) -> Mount:
    name = text(volume.get("name"))
    for key, kind, field in (
        ("persistentVolumeClaim", "claim", "claimName"),
        ("hostPath", "host_path", "path"),
        ("configMap", "config_map", "name"),
        ("secret", "secret", "secretName"),
        ("flexVolume", "flex", "driver"),
        ("csi", "csi", "driver"),
    ):
        if key in volume:
            target = text(mapping(volume[key]).get(field))
            return Mount(name=name, kind=kind, target=mask_text(target) if kind == "host_path" else target)
    if "nfs" in volume:
        return Mount(name=name, kind="nfs", target=mask_text(nfs_target(mapping(volume["nfs"]))))
    if "emptyDir" in volume:
        return Mount(name=name, kind="empty_dir")
    return Mount(name=name, kind="other", target=next((k for k in sorted(volume, key=str) if k != "name"), ""))


def nfs_target(source: Body) -> str:
    server = text(source.get("server")).rpartition("@")[2]  # no NFS server takes a login, but people write one
    return f"{server}:{text(source.get('path'))}"


def _claim_template(template: Body) -> ClaimTemplate:
    spec = mapping(template.get("spec"))
    return ClaimTemplate(
        name=text(metadata(template).get("name")),
        storage_class=first(
            text(spec.get("storageClassName")), annotations_of(template).get(_STORAGE_CLASS_ANNOTATION, "")
        ),
        access_modes=texts(spec.get("accessModes")),
        request=text(dig(spec, "resources", "requests", "storage")),
    )


def _host_ports(all_containers: list[Body]) -> Iterator[HostPort]:
    for container in all_containers:
        for port in mappings(container.get("ports")):
            host_port = number(port.get("hostPort"))
            if host_port:
                protocol = text(port.get("protocol")) or "TCP"
                yield HostPort(container=text(container.get("name")), port=host_port, protocol=protocol)


def _sysctls(template: Body, pods: Body) -> dict[str, str]:
    given = annotations_of(template)
    result = {}
    for annotation in _SYSCTL_ANNOTATIONS:  # clusters before 1.11
        if annotation in given:
            for pair in filter(None, given[annotation].split(",")):
                key, _, value = pair.partition("=")
                result[key.strip()] = value.strip()
    for entry in mappings(dig(pods, "securityContext", "sysctls")):
        result[text(entry.get("name"))] = text(entry.get("value"))
    return mask_map(result) if result else result


def node_settings(pods: Body) -> Iterator[NodeSetting]:
    """Kernel parameters that a privileged container sets on the node it runs on: settings that reach beyond the pod."""
    for container in containers(pods):
        if is_privileged(container):
            script = " ".join((*texts(container.get("command")), *texts(container.get("args"))))
            for key, value in sysctl_commands(script):
                yield NodeSetting(node="*", category="sysctl", key=key, value=mask_text(value))


def pod(ref: ObjectRef, body: Body, owner: str, system: bool) -> Pod:
    spec, status = mapping(body.get("spec")), mapping(body.get("status"))
    return Pod(
        namespace=ref.namespace,
        name=ref.name,
        phase=text(status.get("phase")),
        ready=_pod_ready(status),
        node=text(spec.get("nodeName")),
        owner=owner,
        waiting_reason=_waiting_reason(status),
        system=system,
        claims=_claims_of(ref.name, spec),
    )


def _claims_of(pod_name: str, spec: Body) -> tuple[str, ...]:
    """The names of the claims that a Pod mounts; one that is made for the Pod alone is called after Pod and volume."""
    found = []
    for volume in mappings(spec.get("volumes")):
        if "persistentVolumeClaim" in volume:
            found.append(text(dig(volume, "persistentVolumeClaim", "claimName")))
        elif "ephemeral" in volume:
            found.append(f"{pod_name}-{text(volume.get('name'))}")
    return tuple(filter(None, found))


def _pod_ready(status: Body) -> bool | None:
    for condition in mappings(status.get("conditions")):
        if condition.get("type") == "Ready":
            return text(condition.get("status")) == "True"
    return None


def _waiting_reason(status: Body) -> str:
    for field in ("initContainerStatuses", "containerStatuses"):
        for container in mappings(status.get(field)):
            state = container.get("state")
            if not isinstance(state, dict) or "waiting" not in state:
                continue
            reason = text(dig(state, "waiting", "reason"))
            # A container that waits for its init containers is no fault of its own.
            if reason and reason != "PodInitializing":
                return mask_text(reason)
    return mask_text(text(status.get("reason")))

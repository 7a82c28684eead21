"""jq programs for objects that no manifest of the bundle holds; the preparation writes out those that are used.

They take one object or a List and give one object or a List. What is removed is what the old server wrote by itself;
what is converted is named in domain facts A.6, D.2 and F.1.
"""

from __future__ import annotations

from collections.abc import Iterable

from migrator.runbook.model import Step

_BARE = """\
# Removes what the old API server wrote by itself.
def bare:
  del(.status, .metadata.uid, .metadata.resourceVersion, .metadata.creationTimestamp, .metadata.selfLink,
      .metadata.generation, .metadata.managedFields, .metadata.ownerReferences, .metadata.finalizers,
      .metadata.deletionTimestamp, .metadata.deletionGracePeriodSeconds, .metadata.clusterName)
  | if .metadata.annotations == null then . else
      .metadata.annotations |= with_entries(select(.key
        | test("^(kubectl\\\\.kubernetes\\\\.io/|deployment\\\\.kubernetes\\\\.io/"
          + "|deprecated\\\\.(daemonset|deployment)\\\\.)") | not))
    end;
def each(f): if .kind == "List" then {apiVersion: "v1", kind: "List", items: [.items[] | f]} else f end;
"""

# For Secrets, and for what is masked or only named. ``api``, where it is given, is the version to write.
OBJECTS = (
    _BARE
    + """\
each(bare | .apiVersion = ($ARGS.named.api // .apiVersion)
  | if .kind == "ServiceAccount" then del(.secrets)
    elif .kind == "Endpoints" then
      del(.subsets[]? | (.addresses[]?, .notReadyAddresses[]?) | (.nodeName, .targetRef))
    else . end)
"""
)

# For Services and Ingresses that the input only names. Arguments, each where it is wanted: ``api`` as above, ``class``
# of an Ingress, ``elb`` and ``elb_class`` of the new load balancer.
SERVICES = (
    _BARE
    + """\
def given($name): $ARGS.named[$name] // "";
def balancer:
  if given("elb") == "" then . else
    del(.metadata.annotations["kubernetes.io/elb.autocreate", "kubernetes.io/elb.subnet-id", "kubernetes.io/elb.ip"])
    | .metadata.annotations += {"kubernetes.io/elb.class": given("elb_class"), "kubernetes.io/elb.id": given("elb")}
    | if .kind == "Ingress" then .metadata.annotations["kubernetes.io/elb.port"] //= "80" else . end
  end;
# Cluster addresses are given anew; node ports stay only where clients may use them (type NodePort).
def service:
  (if .spec.clusterIP == "None" then . else del(.spec.clusterIP) end)
  | del(.spec.clusterIPs, .spec.healthCheckNodePort, .spec.loadBalancerIP)
  | if .spec.type == "LoadBalancer" then .spec.ports |= map(del(.nodePort)) else . end;
def port: if type == "number" then {number: .}
  elif test("^[0-9]+$") then {number: tonumber} else {name: .} end;
def backend: if has("serviceName") then {service: {name: .serviceName, port: (.servicePort | port)}} else . end;
# The url-match-mode of the CCE controller (field property of a path) stays where it is.
def ingress:
  if .apiVersion == "networking.k8s.io/v1" then
    (if .spec.backend then .spec.defaultBackend = (.spec.backend | backend) | del(.spec.backend) else . end)
    | if .spec.rules then .spec.rules |= map(if .http then .http.paths |= map(
        .pathType //= "ImplementationSpecific" | .path //= "/" | .backend |= backend) else . end) else . end
    | if given("class") == "" then . else .spec.ingressClassName = given("class")
        | del(.metadata.annotations["kubernetes.io/ingress.class"]) end
  elif given("class") == "" then . else .metadata.annotations["kubernetes.io/ingress.class"] = given("class") end;
each(bare | .apiVersion = ($ARGS.named.api // .apiVersion)
  | if .kind == "Service" then service else ingress end | balancer)
"""
)

# Puts saved objects back into the old cluster: --argjson names lists "name" or "namespace/name". Volume and claim keep
# each other's names but lose what says that they are bound: a claim that says so of a volume that does not know the
# claim's new UID is Lost for good. A Pod goes to whichever node has room for it.
RESTORE = """\
{apiVersion: "v1", kind: "List", items: [(.items // [.])[]
  | (if .metadata.namespace then .metadata.namespace + "/" + .metadata.name else .metadata.name end) as $name
  | select($names | index([$name]) != null)
  | del(.status, .metadata.uid, .metadata.resourceVersion, .metadata.creationTimestamp, .metadata.selfLink,
      .metadata.managedFields, .metadata.deletionTimestamp, .metadata.deletionGracePeriodSeconds,
      .metadata.annotations["pv.kubernetes.io/bind-completed", "pv.kubernetes.io/bound-by-controller",
        "kubectl.kubernetes.io/last-applied-configuration"], .spec.nodeName)
  | if .spec.claimRef then del(.spec.claimRef.uid, .spec.claimRef.resourceVersion) else . end
  | if .kind == "PersistentVolume" then .spec.persistentVolumeReclaimPolicy = "Retain" else . end]}
"""

WORKLOADS = (
    _BARE
    + """\
# Old storage classes have another name in the new cluster; the claims themselves exist already.
def new_class: {"sata": "csi-disk", "sas": "csi-disk", "ssd": "csi-disk", "nfs-rw": "csi-nas", "nfs-ro": "csi-nas",
  "obs-standard": "csi-obs", "obs-standard-ia": "csi-obs", "efs-standard": "csi-sfsturbo",
  "efs-performance": "csi-sfsturbo"}[ascii_downcase] // .;
def old_class: .spec.storageClassName // .metadata.annotations["volume.beta.kubernetes.io/storage-class"];
def template:
  old_class as $old | bare
  | del(.metadata.annotations["volume.beta.kubernetes.io/storage-class"],
        .metadata.annotations["volume.beta.kubernetes.io/storage-provisioner"])
  | if $old == null then . else .spec.storageClassName = ($old | new_class) end
  | if ($old // "" | ascii_downcase | IN("sata", "sas", "ssd")) then
      .metadata.annotations["everest.io/disk-volume-type"] = ($old | ascii_upcase) else . end;
# Tokens of service accounts are mounted by the new cluster itself.
def tokens: [.volumes[]? | select(.secret.secretName // "" | test("-token-[a-z0-9]{5}$")) | .name];
# Nodes of the new cluster have other labels and other names. What must stand on one node gets that node by hand.
def node_label: {"failure-domain.beta.kubernetes.io/is-baremetal": "node.kubernetes.io/baremetal",
  "kubernetes.io/availablezone": "failure-domain.beta.kubernetes.io/zone"}[.] // .;
def terms: map(
    .matchExpressions |= ((. // []) | map(select(.key != "kubernetes.io/hostname") | .key |= node_label))
    | del(.matchFields) | select(.matchExpressions != []));
def placed:
  if .nodeSelector then
    .nodeSelector |= with_entries(select(.key != "kubernetes.io/hostname") | .key |= node_label)
    | if .nodeSelector == {} then del(.nodeSelector) else . end
  else . end
  | if .affinity.nodeAffinity then .affinity.nodeAffinity |= (
      if .requiredDuringSchedulingIgnoredDuringExecution then
        .requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms |= terms
        | if .requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms == [] then
            del(.requiredDuringSchedulingIgnoredDuringExecution) else . end
      else . end
      | if .preferredDuringSchedulingIgnoredDuringExecution then
          .preferredDuringSchedulingIgnoredDuringExecution |= map(
            .preference = ([.preference] | terms | first) | select(.preference))
        else . end)
    else . end;
def pod: tokens as $tokens
  | placed | del(.nodeName, .serviceAccount)
  | if .volumes then .volumes |= map(select(.name as $n | $tokens | index($n) | not)) else . end
  | (.containers[]?, .initContainers[]?) |= (if .volumeMounts
      then .volumeMounts |= map(select(.name as $n | $tokens | index($n) | not)) else . end);
def generated: del(.["controller-uid"], .["job-name"], .["batch.kubernetes.io/controller-uid"],
  .["batch.kubernetes.io/job-name"]);
def workload:
  bare
  | if (.kind | IN("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")) then
      .apiVersion = "apps/v1"
      | .spec.selector //= {matchLabels: .spec.template.metadata.labels}
      | del(.spec.rollbackTo, .spec.templateGeneration)
    elif .kind == "CronJob" then .apiVersion = ($ARGS.named.cronjobs // .apiVersion) | .spec.suspend = true
    else . end
  | if .kind == "Pod" then .spec |= pod
    elif .kind == "Job" then
      del(.spec.selector, .spec.manualSelector, .metadata.labels["controller-uid"])
      | if .spec.template.metadata.labels then .spec.template.metadata.labels |= generated else . end
      | .spec.template.spec |= pod
    elif .kind == "CronJob" then .spec.jobTemplate.spec.template.spec |= pod
    else .spec.template.spec |= pod end
  | if .spec.volumeClaimTemplates then .spec.volumeClaimTemplates |= map(template) else . end;
each(workload)
"""
)

# A kubeconfig with one cluster, user and context under the name given. Kubeconfigs of CCE use the same names for every
# cluster, and of two with the same name kubectl silently takes the first: even put together these stay apart.
KUBECONFIG = """\
(.contexts[] | select(.name == $from)) as $old
| .clusters |= map(select(.name == $old.context.cluster) | .name = $name)
| .users |= map(select(.name == $old.context.user) | .name = $name)
| .contexts = [{name: $name, context: {cluster: $name, user: $name}}]
| ."current-context" = $name
"""

FILES = {
    "objects.jq": OBJECTS,
    "workloads.jq": WORKLOADS,
    "services.jq": SERVICES,
    "restore.jq": RESTORE,
    "kubeconfig.jq": KUBECONFIG,
}
RESTORING = ("restore.jq", "kubeconfig.jq")  # all that an upgrade in place needs


def programs_in(steps: Iterable[Step]) -> tuple[str, ...]:
    """The programs that the commands of these steps name, and the one that makes kubeconfigs."""
    commands = [a.command for s in steps for a in (*s.actions, *s.verify, *s.rollback)]
    return tuple(name for name in FILES if name == "kubeconfig.jq" or any(f'/{name}"' in c for c in commands))

#!/bin/sh
# 0.1 do 7: prepare.bastion

cat > "$HOME/cce-migration/workloads.jq" <<'END_OF_FILE'
# Removes what the old API server wrote by itself.
def bare:
  del(.status, .metadata.uid, .metadata.resourceVersion, .metadata.creationTimestamp, .metadata.selfLink,
      .metadata.generation, .metadata.managedFields, .metadata.ownerReferences, .metadata.finalizers,
      .metadata.deletionTimestamp, .metadata.deletionGracePeriodSeconds, .metadata.clusterName)
  | if .metadata.annotations == null then . else
      .metadata.annotations |= with_entries(select(.key
        | test("^(kubectl\\.kubernetes\\.io/|deployment\\.kubernetes\\.io/"
          + "|deprecated\\.(daemonset|deployment)\\.)") | not))
    end;
def each(f): if .kind == "List" then {apiVersion: "v1", kind: "List", items: [.items[] | f]} else f end;
# Old storage classes have another name in the new cluster; the claims themselves exist already.
def new_class: {"sata": "csi-disk", "sas": "csi-disk", "ssd": "csi-disk", "nfs-rw": "csi-nas", "nfs-ro": "csi-nas",
  "obs-standard": "csi-obs", "obs-standard-ia": "csi-obs", "efs-standard": "csi-sfsturbo",
  "efs-performance": "csi-sfsturbo"}[.] // .;
def old_class: .spec.storageClassName // .metadata.annotations["volume.beta.kubernetes.io/storage-class"];
def template:
  old_class as $old | bare
  | del(.metadata.annotations["volume.beta.kubernetes.io/storage-class"],
        .metadata.annotations["volume.beta.kubernetes.io/storage-provisioner"])
  | if $old == null then . else .spec.storageClassName = ($old | new_class) end
  | if ($old | IN("sata", "sas", "ssd")) then
      .metadata.annotations["everest.io/disk-volume-type"] = ($old | ascii_upcase) else . end;
# Tokens of service accounts are mounted by the new cluster itself.
def tokens: [.volumes[]? | select(.secret.secretName // "" | test("-token-[a-z0-9]{5}$")) | .name];
# Nodes of the new cluster have other labels and other names. What must stand on one node gets that node by hand.
def node_label: {"failure-domain.beta.kubernetes.io/is-baremetal": "node.kubernetes.io/baremetal",
  "kubernetes.io/availablezone": "failure-domain.beta.kubernetes.io/zone"}[.] // .;
def terms: map(
    .matchExpressions |= ((. // []) | map(select(.key != "kubernetes.io/hostname") | .key |= node_label))
    | del(.matchFields) | select(.matchExpressions != []));
def placed: if $ARGS.named.labels == "old" then . else (
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
    else . end) end;
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
    elif .kind == "CronJob" then .apiVersion = $cronjobs | .spec.suspend = true
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
END_OF_FILE

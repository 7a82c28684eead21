#!/bin/sh
# 0.1 do 6: prepare.bastion

cat > "$HOME/cce-migration/objects.jq" <<'END_OF_FILE'
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
# CustomResourceDefinition of v1beta1 as v1: everything hangs below its version, and a schema is mandatory.
def any_schema: {openAPIV3Schema: {type: "object", "x-kubernetes-preserve-unknown-fields": true}};
# v1 wants a type at every level of a schema, and knows neither references nor types inside anyOf and its like. Types
# that follow from the rest are added; a schema with anything else that v1 refuses gives way to one that takes all.
def guessed:
  if .properties or .additionalProperties then "object" elif .items then "array"
  elif ([.enum[]? | type] | unique | length) == 1 then (.enum[0] | type)
  elif .pattern or .minLength or .maxLength then "string"
  elif (.format // "" | IN("int32", "int64")) then "integer" elif (.format // "" | IN("float", "double")) then "number"
  else null end;
def either: [.anyOf[]?, .oneOf[]? | .type?] | sort == ["integer", "string"];
def typed:
  if type != "object" then . else
    if .properties then .properties |= map_values(typed) else . end
    | if (.items | type) == "object" then .items |= typed else . end
    | if (.additionalProperties | type) == "object" then .additionalProperties |= typed else . end
    | if .["x-kubernetes-int-or-string"] or ((.type // "") == "" and either) then
        del(.type, .anyOf, .oneOf) | .["x-kubernetes-int-or-string"] = true
      elif (.type // "") != "" then . elif guessed then .type = guessed
      else .["x-kubernetes-preserve-unknown-fields"] = true end
  end;
def accepted:
  ([.. | objects | select(has("$ref") or has("definitions") or has("dependencies") or has("patternProperties")
      or .uniqueItems == true or (.items | type) == "array" or .additionalProperties == false
      or (has("properties") and has("additionalProperties")))] == [])
  and ([.. | objects | (.allOf[]?, .anyOf[]?, .oneOf[]?, .not?) | .. | objects
      | select(has("type") or has("description") or has("default") or has("nullable"))] == []);
def structural: typed | if accepted then . else any_schema.openAPIV3Schema end;
def column: if .JSONPath then .jsonPath = .JSONPath | del(.JSONPath) else . end;
def definition:
  . as $old
  | .spec.versions //= [{name: .spec.version, served: true, storage: true}]
  | .spec.versions |= map(
      .schema //= ($old.spec.validation // any_schema)
      | .schema.openAPIV3Schema |= ((. // any_schema.openAPIV3Schema) | .type = "object" | structural)
      | if $old.spec.preserveUnknownFields == false then .
        else .schema.openAPIV3Schema["x-kubernetes-preserve-unknown-fields"] = true end
      | if (.subresources // $old.spec.subresources) then .subresources //= $old.spec.subresources else . end
      | if (.additionalPrinterColumns // $old.spec.additionalPrinterColumns) then
          .additionalPrinterColumns = ((.additionalPrinterColumns // $old.spec.additionalPrinterColumns) | map(column))
        else . end)
  | if .spec.conversion.webhookClientConfig then
      .spec.conversion.webhook = {clientConfig: .spec.conversion.webhookClientConfig,
        conversionReviewVersions: (.spec.conversion.conversionReviewVersions // ["v1", "v1beta1"])}
      | del(.spec.conversion.webhookClientConfig, .spec.conversion.conversionReviewVersions)
    else . end
  | del(.spec.version, .spec.validation, .spec.subresources, .spec.additionalPrinterColumns)
  | .spec.preserveUnknownFields = false;
# Admission webhooks of v1beta1 as v1: the old defaults written out, what v1 demands added.
def webhook:
  .webhooks |= map(.failurePolicy //= "Ignore" | .matchPolicy //= "Exact" | .timeoutSeconds //= 30
    | .admissionReviewVersions //= ["v1", "v1beta1"]
    | if (.sideEffects | IN("None", "NoneOnDryRun")) then . else .sideEffects = "None" end);
def convert:
  if $api == "" or .apiVersion == $api then . else
    (if .kind == "CustomResourceDefinition" then definition
     elif (.kind | endswith("WebhookConfiguration")) then webhook else . end)
    | .apiVersion = $api
  end;
each(bare | convert
  | if .kind == "ServiceAccount" then del(.secrets) else . end
  | if .kind == "Endpoints" and .subsets then .subsets |= map(
        if .addresses then .addresses |= map(del(.nodeName, .targetRef)) else . end
        | if .notReadyAddresses then .notReadyAddresses |= map(del(.nodeName, .targetRef)) else . end)
    else . end)
END_OF_FILE

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

#!/bin/sh
# 0.1 do 9: prepare.bastion

cat > "$HOME/cce-migration/ingresses.jq" <<'END_OF_FILE'
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
def port: if type == "number" then {number: .}
  elif test("^[0-9]+$") then {number: tonumber} else {name: .} end;
def backend: if has("serviceName") then {service: {name: .serviceName, port: (.servicePort | port)}} else . end;
# The url-match-mode of the CCE controller (field property of a path) stays where it is.
def to_v1:
  .apiVersion = "networking.k8s.io/v1"
  | if .spec.backend then .spec.defaultBackend = (.spec.backend | backend) | del(.spec.backend) else . end
  | if .spec.rules then .spec.rules |= map(if .http then .http.paths |= map(
      .pathType //= "ImplementationSpecific" | .path //= "/" | .backend |= backend) else . end) else . end
  | if $class != "" then .spec.ingressClassName = $class
      | del(.metadata.annotations["kubernetes.io/ingress.class"]) else . end;
def to_v1beta1:
  .apiVersion = "networking.k8s.io/v1beta1"
  | if $class != "" then .metadata.annotations["kubernetes.io/ingress.class"] = $class else . end;
def balancer:
  if $elb == "" then . else
    del(.metadata.annotations["kubernetes.io/elb.autocreate"], .metadata.annotations["kubernetes.io/elb.ip"])
    | .metadata.annotations["kubernetes.io/elb.class"] = $elb_class
    | .metadata.annotations["kubernetes.io/elb.id"] = $elb
    | .metadata.annotations["kubernetes.io/elb.port"] //= "80" end;
each(bare | (if $api == "v1" then to_v1 else to_v1beta1 end) | balancer)
END_OF_FILE

#!/bin/sh
# 6.10 do 1: outage.attach:orders/StatefulSet/db

cat > "$HOME/cce-migration/new/orders.data-db-0.yaml" <<'END_OF_FILE'
apiVersion: v1
kind: PersistentVolume
metadata:
  name: pv-db
  annotations:
    pv.kubernetes.io/provisioned-by: everest-csi-provisioner
  labels:
    failure-domain.beta.kubernetes.io/region: region-1
    failure-domain.beta.kubernetes.io/zone: az-1
spec:
  accessModes:
  - ReadWriteOnce
  capacity:
    storage: 50Gi
  claimRef:
    name: data-db-0
    apiVersion: v1
    kind: PersistentVolumeClaim
    namespace: orders
  csi:
    driver: disk.csi.everest.io
    fsType: ext4
    volumeAttributes:
      everest.io/disk-mode: SCSI
      everest.io/disk-volume-type: SAS
      storage.kubernetes.io/csiProvisionerIdentity: everest-csi-provisioner
    volumeHandle: disk-1
  persistentVolumeReclaimPolicy: Retain
  storageClassName: csi-disk
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: data-db-0
  annotations:
    everest.io/disk-volume-type: SAS
    volume.beta.kubernetes.io/storage-provisioner: everest-csi-provisioner
  labels:
    failure-domain.beta.kubernetes.io/region: region-1
    failure-domain.beta.kubernetes.io/zone: az-1
  namespace: orders
spec:
  accessModes:
  - ReadWriteOnce
  resources:
    requests:
      storage: 50Gi
  storageClassName: csi-disk
  volumeName: pv-db
END_OF_FILE

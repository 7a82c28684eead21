#!/bin/sh
# 1.2 do 1: logs.collector

cat > "$HOME/cce-migration/new/filebeat.yaml" <<'END_OF_FILE'
apiVersion: v1
kind: ServiceAccount
metadata:
  name: filebeat
  namespace: cce-logging
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: filebeat
rules:
- apiGroups: [""]
  resources: [namespaces, pods, nodes]
  verbs: [get, list, watch]
- apiGroups: [apps]
  resources: [replicasets]
  verbs: [get, list, watch]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: filebeat
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: filebeat
subjects:
- kind: ServiceAccount
  name: filebeat
  namespace: cce-logging
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: filebeat
  namespace: cce-logging
data:
  filebeat.yml: |
    filebeat.autodiscover:
      providers:
      - type: kubernetes
        node: ${NODE_NAME}
        hints.enabled: true
        hints.default_config:
          type: container
          paths: ["/var/log/containers/*${data.kubernetes.container.id}.log"]
    output.elasticsearch:
      hosts: ["${ELASTICSEARCH_HOST}:${ELASTICSEARCH_PORT}"]
      username: elastic
      password: ${ELASTICSEARCH_PASSWORD}
      indices:
      - index: "%{[kubernetes.annotations.logs-index]}-%{+yyyy.MM.dd}"
        when.has_fields: [kubernetes.annotations.logs-index]
      - index: "kubernetes-%{+yyyy.MM.dd}"
    setup.ilm.enabled: false
    setup.template.name: kubernetes
    setup.template.pattern: "kubernetes-*"
---
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: filebeat
  namespace: cce-logging
spec:
  selector:
    matchLabels:
      app: filebeat
  template:
    metadata:
      labels:
        app: filebeat
    spec:
      serviceAccountName: filebeat
      tolerations:
      - effect: NoSchedule
        operator: Exists
      containers:
      - name: filebeat
        image: docker.elastic.co/beats/filebeat:8.15.3
        args: ["-c", "/etc/filebeat.yml", "-e"]
        env:
        - name: NODE_NAME
          valueFrom:
            fieldRef:
              fieldPath: spec.nodeName
        - name: ELASTICSEARCH_HOST
          value: ELASTICSEARCH_ADDRESS
        - name: ELASTICSEARCH_PORT
          value: "9200"
        - name: ELASTICSEARCH_PASSWORD
          valueFrom:
            secretKeyRef:
              name: elasticsearch
              key: password
        securityContext:
          runAsUser: 0
        resources:
          requests:
            cpu: 100m
            memory: 100Mi
          limits:
            memory: 200Mi
        volumeMounts:
        - name: config
          mountPath: /etc/filebeat.yml
          subPath: filebeat.yml
          readOnly: true
        - name: data
          mountPath: /usr/share/filebeat/data
        - name: logs
          mountPath: /var/log
          readOnly: true
        - name: docker
          mountPath: /var/lib/docker/containers
          readOnly: true
      volumes:
      - name: config
        configMap:
          name: filebeat
          defaultMode: 0640
      - name: data
        hostPath:
          path: /var/lib/filebeat-data
          type: DirectoryOrCreate
      - name: logs
        hostPath:
          path: /var/log
      - name: docker
        hostPath:
          path: /var/lib/docker/containers
          type: DirectoryOrCreate
END_OF_FILE

#!/bin/sh
# 2.3 do 2: traces.agents

printf 'image of the agent in SWR: ' && read -r PINPOINT_AGENT_IMAGE
traced() { cat <<END_OF_FILE
spec:
  template:
    spec:
      initContainers:
      - name: pinpoint-agent
        image: $PINPOINT_AGENT_IMAGE
        command: [sh, -c, cp -r /pinpoint-agent/. /pinpoint/]
        volumeMounts:
        - name: pinpoint
          mountPath: /pinpoint
      containers:
      - name: $container
        env:
        - name: POD_IP
          valueFrom:
            fieldRef:
              fieldPath: status.podIP
        - name: JAVA_TOOL_OPTIONS
          value: >-
            -javaagent:/pinpoint/pinpoint-bootstrap.jar
            -Dpinpoint.agentId=\$(POD_IP)
            -Dpinpoint.applicationName=$application
        volumeMounts:
        - name: pinpoint
          mountPath: /pinpoint
      volumes:
      - name: pinpoint
        emptyDir: {}
END_OF_FILE
}
awk -F '\t' '$6 == "yes"' "$HOME/cce-migration/tracing.tsv" \
  | while IFS="$(printf '\t')" read -r namespace kind name container application mark; do
      ~/cce-migration/kubectl-new --namespace "$namespace" patch "$kind" "$name" --patch "$(traced)" < /dev/null
    done

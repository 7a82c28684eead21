"""Operations: collecting the logs of containers (I.2). What the course applies is refused by later clusters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from migrator.locale import msg
from migrator.runbook.contents import Content
from migrator.runbook.inventory import Inventory
from migrator.runbook.kubectl import WORK, declare, kubectl
from migrator.runbook.model import Role, Step, StepKind, Where
from migrator.runbook.served import writing
from migrator.runbook.steps.base import FILL_IN, do, estimate, run, step, table, write_manifest

PHASE = "operations.logs"
SPACE = "cce-logging"
_FILE = "filebeat.yaml"
_DIRECTORY = "$HOME/elk"
# Elastic's own images; the address of a mirror in SWR is written in by whoever has copied them there.
_VERSION = "8.15.3"


def logs(inventory: Inventory, contents: Mapping[str, Content], after: Sequence[str]) -> list[Step]:
    return [_elk(after), _collector(inventory), _declarations(inventory, contents), _check(inventory)]


def _elk(after: Sequence[str]) -> Step:
    """Elasticsearch and Kibana on a host of their own, as in the course; with passwords, which it leaves out."""
    kernel = "sysctl -w vm.max_map_count=262144\necho vm.max_map_count=262144 >> /etc/sysctl.d/90-elk.conf"
    passwords = (
        f'umask 077\nmkdir -p "{_DIRECTORY}" && cd "{_DIRECTORY}"\n'
        "printf 'ELASTIC_PASSWORD=%s\\nKIBANA_PASSWORD=%s\\n' \\\n"
        '  "$(openssl rand -hex 16)" "$(openssl rand -hex 16)" > .env'
    )
    start = (
        f'cd "{_DIRECTORY}" && docker compose up -d elasticsearch && . ./.env\n'
        'until curl -sf -u "elastic:$ELASTIC_PASSWORD" http://127.0.0.1:9200 > /dev/null; do sleep 3; done\n'
        'curl -sf -u "elastic:$ELASTIC_PASSWORD" -H "Content-Type: application/json" \\\n'
        '  -d "{\\"password\\": \\"$KIBANA_PASSWORD\\"}" http://127.0.0.1:9200/_security/user/kibana_system/_password\n'
        "docker compose up -d"
    )
    return step(
        "logs.elk",
        PHASE,
        actions=[
            do(Where.HOST, "log_host"),
            run(kernel, where=Where.HOST),
            run(passwords, where=Where.HOST),
            run(
                f"cat > \"{_DIRECTORY}/docker-compose.yml\" <<'END_OF_FILE'\n{_COMPOSE}END_OF_FILE",
                where=Where.HOST,
                manifest=_COMPOSE,
            ),
            run(start, where=Where.HOST),
        ],
        verify=[
            run(f'cd "{_DIRECTORY}" && docker compose ps', where=Where.HOST),
            do(Where.HOST, "kibana_opens"),
        ],
        rollback=[run(f'cd "{_DIRECTORY}" && docker compose down', where=Where.HOST)],
        minutes=(30, 60),
        after=after,
        warnings=[msg("runbook.warning.logs_hold_data")],
    )


def _collector(inventory: Inventory) -> Step:
    pilots = [w for w in inventory.snapshot.workloads if any("log-pilot" in i for i in w.images)]
    warnings = [msg("runbook.warning.log_pilot_api", target=str(inventory.target))]
    if pilots:
        names = [f"{w.ref.kind} {w.ref.namespace}/{w.ref.name}" for w in pilots]
        warnings.append(msg("runbook.warning.log_pilot_here", names=names))
    minor = inventory.target.minor
    secret = f'secret generic elasticsearch --namespace {SPACE} --from-literal=password="$password"'
    return step(
        "logs.collector",
        PHASE,
        actions=[
            write_manifest(_FILE, _FILEBEAT),
            do(Where.BASTION, "fill_in_elasticsearch", file=_FILE),
            run(
                f"{declare(f'namespace {SPACE}', minor)}\n"
                "printf 'password of elastic: ' && stty -echo && read -r password && stty echo && echo\n"
                f"{declare(secret, minor, writing('Secret', minor))}\nunset password"
            ),
            run(kubectl("new", f'apply -f "{WORK}/new/{_FILE}"')),
        ],
        verify=[
            run(kubectl("new", "rollout status daemonset/filebeat --timeout=10m", "--namespace", SPACE)),
            run(kubectl("new", "get pods -o wide", "--namespace", SPACE)),
        ],
        rollback=[run(kubectl("new", f'delete --ignore-not-found -f "{WORK}/new/{_FILE}"'))],
        minutes=estimate((15, 30), (0.1, 0.5), len(inventory.nodes)),
        after=["logs.elk"],
        warnings=warnings,
        target=str(inventory.target),
    )


def _declarations(inventory: Inventory, contents: Mapping[str, Content]) -> Step:
    """What Log-Pilot was told by each workload, and how Filebeat is told the same."""
    rows = [
        (
            f"{w.ref.kind} {w.ref.namespace}/{w.ref.name}",
            name,
            path,
            msg(f"table.value.log_{'stdout' if path == 'stdout' else 'file'}", name=name),
        )
        for w in inventory.workloads
        for name, path in (contents[w.key].logs if w.key in contents else ())
    ]
    return step(
        "logs.declarations",
        PHASE,
        kind=StepKind.MANUAL,
        actions=[do(Where.BASTION, "declare_logs" if rows else "choose_logs")],
        verify=[do(Where.CONSOLE, "indices_exist")],
        rollback=[do(Where.BASTION, "take_declarations_back")],
        minutes=estimate((10, 30), (2, 5), len(rows)),
        after=["logs.collector"],
        tables=[
            table("workload index path treatment", rows or [(FILL_IN, FILL_IN, FILL_IN, msg("table.value.log_new"))])
        ],
        count=len(rows),
    )


def _check(inventory: Inventory) -> Step:
    return step(
        "logs.check",
        PHASE,
        kind=StepKind.VERIFY,
        role=Role.BUSINESS_OWNER,
        actions=[do(Where.CONSOLE, "search_logs")],
        verify=[do(Where.CONSOLE, "logs_survive_pods")],
        minutes=(10, 20),
        after=["logs.declarations"],
        namespaces=len(inventory.namespaces),
    )


_COMPOSE = f"""\
services:
  elasticsearch:
    image: docker.elastic.co/elasticsearch/elasticsearch:{_VERSION}
    restart: unless-stopped
    environment:
      discovery.type: single-node
      xpack.security.enabled: "true"
      xpack.security.http.ssl.enabled: "false"
      ELASTIC_PASSWORD: ${{ELASTIC_PASSWORD}}
      ES_JAVA_OPTS: -Xms2g -Xmx2g
    ports:
    - "9200:9200"
    volumes:
    - data:/usr/share/elasticsearch/data
  kibana:
    image: docker.elastic.co/kibana/kibana:{_VERSION}
    restart: unless-stopped
    depends_on:
    - elasticsearch
    environment:
      ELASTICSEARCH_HOSTS: http://elasticsearch:9200
      ELASTICSEARCH_USERNAME: kibana_system
      ELASTICSEARCH_PASSWORD: ${{KIBANA_PASSWORD}}
      I18N_LOCALE: zh-CN
    ports:
    - "5601:5601"
volumes:
  data: {{}}
"""

_FILEBEAT = f"""\
apiVersion: v1
kind: ServiceAccount
metadata:
  name: filebeat
  namespace: {SPACE}
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
  namespace: {SPACE}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: filebeat
  namespace: {SPACE}
data:
  filebeat.yml: |
    filebeat.autodiscover:
      providers:
      - type: kubernetes
        node: ${{NODE_NAME}}
        hints.enabled: true
        hints.default_config:
          type: container
          paths: ["/var/log/containers/*${{data.kubernetes.container.id}}.log"]
    output.elasticsearch:
      hosts: ["${{ELASTICSEARCH_HOST}}:${{ELASTICSEARCH_PORT}}"]
      username: elastic
      password: ${{ELASTICSEARCH_PASSWORD}}
      indices:
      - index: "%{{[kubernetes.annotations.logs-index]}}-%{{+yyyy.MM.dd}}"
        when.has_fields: [kubernetes.annotations.logs-index]
      - index: "kubernetes-%{{+yyyy.MM.dd}}"
    setup.ilm.enabled: false
    setup.template.name: kubernetes
    setup.template.pattern: "kubernetes-*"
---
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: filebeat
  namespace: {SPACE}
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
        image: docker.elastic.co/beats/filebeat:{_VERSION}
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
"""

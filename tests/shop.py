"""A hand-written dump with something to find: removed APIs, a claim, a node with an elastic IP."""

from __future__ import annotations

from pathlib import Path

# Old enough for the course's route: a workload, an Ingress and a volume whose APIs are gone in 1.25.
SHOP = {
    "cluster/nodes.yaml": b"""apiVersion: v1
kind: NodeList
items:
- metadata: {name: node-1, uid: n1}
  status:
    addresses: [{type: InternalIP, address: 10.0.0.11}, {type: ExternalIP, address: 203.0.113.7}]
    nodeInfo: {kubeletVersion: v1.13.10-r0, containerRuntimeVersion: "docker://18.9.0"}
""",
    "shop/workloads.yaml": b"""apiVersion: extensions/v1beta1
kind: Deployment
metadata: {name: web, namespace: shop, uid: d1}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: "nginx:1.15"}]
      volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
---
apiVersion: extensions/v1beta1
kind: Ingress
metadata: {name: web, namespace: shop, uid: i1}
spec: {rules: [{host: shop.example.com, http: {paths: [{backend: {serviceName: web, servicePort: 80}}]}}]}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: shop, uid: c1}
spec: {accessModes: [ReadWriteOnce], storageClassName: sas, volumeName: pv-data, resources: {requests: {storage: 10Gi}}}
status: {phase: Bound}
""",
}


def written(dump: dict[str, bytes], folder: Path) -> Path:
    for name, content in dump.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder

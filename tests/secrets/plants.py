"""Objects of Kubernetes with a mark in every place that can hold a credential. All of it is made up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.secrets.marks import encoded, mark
from tests.unit.snapshot.helm_records import helm_2, helm_3
from tests.unit.snapshot.helpers import kube

Body = dict[str, Any]

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def pem(place: str, kind: str = "RSA PRIVATE") -> str:
    return f"-----BEGIN {kind} KEY-----\nMIIE{mark(place)}\n{mark(place)}==\n-----END {kind} KEY-----\n"


def jwt(place: str) -> str:
    return f"eyJhbGciOiJSUzI1NiJ9.{mark(place)}eyJzdWIiOiIx.{mark(place)}"


def login(place: str, scheme: str = "https") -> str:
    return f"{scheme}://admin:{mark(place)}@db.example:3306/x"


def registry(place: str) -> Body:
    """The configuration of Docker for one registry."""
    auth = encoded(f"user:{mark(f'{place} auth')}")
    return {"auths": {"swr.example": {"username": "u", "password": mark(f"{place} password"), "auth": auth}}}


def kubeconfig(place: str) -> Body:
    user = {
        "token": mark(f"{place} token"),
        "password": mark(f"{place} password"),
        "client-key-data": encoded(pem(f"{place} client-key-data")),
        "exec": {"command": "aws", "env": [{"name": "AWS_SECRET_ACCESS_KEY", "value": mark(f"{place} exec env")}]},
        "auth-provider": {"config": {"access-token": mark(f"{place} auth-provider"), "id-token": jwt(f"{place} id")}},
    }
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": "https://10.0.0.1:5443"}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "users": [{"name": "u", "user": user}],
    }


def applied(body: Body) -> Body:
    """The object as ``kubectl apply`` leaves it: with itself in an annotation."""
    meta = dict(body["metadata"])
    meta["annotations"] = {**meta.get("annotations", {}), LAST_APPLIED: json.dumps(body)}
    return {**body, "metadata": meta}


# --- Secrets ------------------------------------------------------------------------------------------------------


def secrets() -> Iterator[Body]:
    def secret(name: str, kind: str = "Opaque", **data: str) -> Body:
        return kube("Secret", name, "shop", type=kind, data={k: encoded(v) for k, v in data.items()})

    written = {"token": mark("Secret stringData"), "app.properties": f"db.password={mark('Secret stringData file')}"}
    yield applied(kube("Secret", "db", "shop", data={"password": encoded(mark("Secret data"))}, stringData=written))
    yield kube("Secret", "plain", "shop", data={"password": mark("Secret data not in base64")})
    yield kube("Secret", "odd", "shop", data=mark("Secret data that is no map"))
    yield kube("Secret", "list", "shop", data=[mark("Secret data that is a list")])
    yield kube("Secret", "deep", "shop", data={"a": {"b": mark("Secret data that is deep")}})
    yield kube("Secret", "noted", "shop", annotations={"note": f"password: {mark('Secret annotation')}"}, data={})
    yield secret("tls", "kubernetes.io/tls", **{"tls.key": pem("Secret tls.key"), "tls.crt": "public"})
    yield secret("sa", "kubernetes.io/service-account-token", token=jwt("Secret service account"), namespace="shop")
    yield secret("basic", "kubernetes.io/basic-auth", username="u", password=mark("Secret basic-auth"))
    yield secret("ssh", "kubernetes.io/ssh-auth", **{"ssh-privatekey": pem("Secret ssh-auth", "OPENSSH PRIVATE")})
    token = {"token-id": "abcdef", "token-secret": mark("Secret bootstrap token")}
    yield secret("bootstrap-token-abcdef", "bootstrap.kubernetes.io/token", **token)
    pull = json.dumps(registry("Secret dockerconfigjson"))
    yield secret("pull", "kubernetes.io/dockerconfigjson", **{".dockerconfigjson": pull})
    old = json.dumps(registry("Secret dockercfg")["auths"])
    yield secret("old-pull", "kubernetes.io/dockercfg", **{".dockercfg": old})
    yield secret("cloud", "cfe/secure-opaque", **{"access.key": mark("Secret AK"), "secret.key": mark("Secret SK")})
    yield secret("config", kubeconfig=json.dumps(kubeconfig("Secret kubeconfig")))


def helm() -> Iterator[Body]:
    """Releases of both versions of Helm; their manifests hold Secrets, their values passwords."""

    def manifest(place: str) -> str:
        return (
            "apiVersion: v1\nkind: Secret\nmetadata: {name: web, namespace: shop}\n"
            f"stringData: {{password: {mark(f'{place} manifest')}}}\n---\n"
            "apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: web, namespace: shop}\n"
            f"# password: {mark(f'{place} comment')}\n---\nbroken: {{{mark(f'{place} broken manifest')}\n"
        )

    values = {"config": {"db": {"password": mark("Helm 3 values")}}, "info": {"notes": mark("Helm 3 notes")}}
    yield helm_3(manifest=manifest("Helm 3"), **values)
    yield helm_3(
        "cm", kind="ConfigMap", manifest=manifest("Helm 3 ConfigMap"), config={"x": mark("Helm 3 in ConfigMap")}
    )
    yield helm_3(
        "login", chart={"metadata": {"name": login("Helm chart name"), "version": f"token={mark('Helm version')}"}}
    )
    yield helm_2(manifest=manifest("Helm 2"))
    yield helm_2("secret", kind="Secret", manifest=manifest("Helm 2 Secret"))
    broken = kube("Secret", "sh.helm.release.v1.bad.v1", "shop", type="helm.sh/release.v1")
    yield {**broken, "data": {"release": encoded(mark("Helm record that is none"))}}


# --- ConfigMaps ---------------------------------------------------------------------------------------------------

FILES = {
    "app.properties": "spring.datasource.password={0}\nspring.redis.password = {0}\n",
    "application.yml": "spring:\n  datasource:\n    username: a\n    password: {0}\n  mail: {{password: '{0}'}}\n",
    "defaults.yml": "password: ${{DB_PASSWORD:{0}}}\n",
    "config.json": '{{"db": {{"host": "h", "password": "{0}"}}, "api_key": "{0}"}}',
    "settings.xml": "<server><username>a</username><password>{0}</password></server>",
    "core-site.xml": "<property><name>fs.obs.secret.key</name><value>{0}</value></property>",
    "my.cnf": "[client]\nuser=root\npassword={0}\n",
    "redis.conf": "port 6379\nrequirepass {0}\nmasterauth {0}\n",
    "nginx.conf": 'location / {{\n  proxy_set_header Authorization "Basic {0}==";\n  proxy_pass http://b;\n}}\n',
    ".env": "DB_HOST=h\nDB_PASSWORD={0}\nexport API_TOKEN='{0}'\n",
    "job.sh": "#!/bin/sh\nmysqldump -uroot -p{0} shop\ncurl -u admin:{0} http://x\nredis-cli -a {0} ping\n",
    "init.sql": "CREATE USER 'a'@'%' IDENTIFIED BY '{0}';",
    ".netrc": "machine h login a password {0}\n",
    "users.htpasswd": "admin:$apr1$abc12345${0}\n",
    "jdbc": "jdbc:mysql://db:3306/shop?user=root&password={0}&useSSL=false",
    "amqp": "amqp://user:{0}@mq:5672/",
    "mongodb": "mongodb://user:{0}@m1,m2/db",
    "redis": "redis://:{0}@redis:6379/0",
    "postgres": "postgres://user:p@ss/{0}@pg:5432/db",
    "dsn": "root:{0}@tcp(db:3306)/shop",
    "webhook": "https://oapi.dingtalk.com/robot/send?access_token={0}",
    "wecom": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={0}",
    "feishu": "https://open.feishu.cn/open-apis/bot/v2/hook/{0}",
    "obs.yaml": "endpoint: obs.example\nak: {0}\nsk: {0}\n",
    "说明.txt": "数据库密码：{0}\n",
}
NAMED = ("password", "apiToken", "AK", "sk", "client_secret", "数据库密码", ".dockerconfigjson")


def config_maps() -> Iterator[Body]:
    files = {name: content.format(mark(f"ConfigMap {name}")) for name, content in FILES.items()}
    files |= {name: mark(f"ConfigMap key {name}") for name in NAMED}
    files["id_rsa"] = pem("ConfigMap id_rsa", "OPENSSH PRIVATE")
    files["signer.pem"] = pem("ConfigMap PKCS8", "PRIVATE")
    files["pgp.asc"] = pem("ConfigMap PGP", "PGP PRIVATE").replace("KEY-----", "KEY BLOCK-----")
    files["kubeconfig"] = json.dumps(kubeconfig("ConfigMap kubeconfig"), indent=2)
    files["config.docker"] = json.dumps(registry("ConfigMap config.json"))
    files["session"] = f"session {jwt('ConfigMap JWT')}"
    yield applied(kube("ConfigMap", "conf", "shop", data=files))
    binary = {
        "app.bin": encoded(f"password={mark('ConfigMap binaryData')}"),
        "token": encoded(mark("ConfigMap binary key")),
    }
    yield kube("ConfigMap", "binary", "shop", binaryData=binary)
    yield kube("ConfigMap", "odd", "shop", data={login("ConfigMap key that is an URL"): "x"})
    yield kube("ConfigMap", "unlikely", "shop", data={"plain": mark("ConfigMap value without a name")})
    corefile = f""".:53 {{
  etcd {{
    credentials root {mark("Corefile etcd")}
    endpoint {login("Corefile endpoint")}
  }}
  route53 x. {{ aws_access_key AKID {mark("Corefile route53")} }}
  azure g:z {{
    client_secret {mark("Corefile azure")}
  }}
  tsig {{
    secret key.name. {mark("Corefile tsig")}
  }}
  # password: {mark("Corefile comment")}
  forward . tls://9.9.9.9
  proxy . 10.0.0.2
}}
"""
    yield kube("ConfigMap", "coredns", "kube-system", data={"Corefile": corefile})


# --- workloads ----------------------------------------------------------------------------------------------------


def pods(place: str) -> Body:
    """A specification of pods with a mark in every place."""

    def m(field: str) -> str:
        return mark(f"{place} {field}")

    environment = {name: m(f"env {name}") for name in ("DB_PASSWORD", "dbPassword", "AK", "SK", "API_TOKEN", "OBS_SK")}
    environment |= {
        "DATABASE_URL": login(f"{place} env URL", "mysql"),
        "JAVA_OPTS": f"-Xmx1g -Ddb.password={m('env JAVA_OPTS')}",
        "SIGNER": pem(f"{place} env PEM"),
        "SESSION": jwt(f"{place} env JWT"),
        "LOG4J": f'{{"name": "token", "value": "{m("env JSON")}"}}',
        "HINT": f"用户 root，密码：{m('env Chinese')}",
    }
    header = [
        {"name": "Authorization", "value": f"Basic {m('probe header')}"},
        {"name": "X-Token", "value": m("X-Token")},
    ]
    app = {
        "name": "app",
        "image": f"https://user:{m('image')}@swr.example/a:1",
        "env": [
            *({"name": name, "value": value} for name, value in environment.items()),
            {"name": "FROM", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}},
        ],
        "command": ["sh", "-c", f"mysql -uroot -p{m('command')} -e 'select 1'; sysctl -w vm.swappiness=1"],
        "args": ["--db", login(f"{place} args"), "--api-token", m("args option"), f"--password={m('args assigned')}"],
        "livenessProbe": {"exec": {"command": ["redis-cli", "-a", m("livenessProbe"), "ping"]}},
        "readinessProbe": {"httpGet": {"path": f"/ready?access_token={m('probe path')}", "httpHeaders": header}},
        "startupProbe": {"exec": {"command": ["sh", "-c", f"curl -u admin:{m('startupProbe')} http://localhost"]}},
        "lifecycle": {
            "postStart": {"exec": {"command": ["sh", "-c", f"export PGPASSWORD={m('postStart')}; psql"]}},
            "preStop": {"httpGet": {"path": "/stop", "httpHeaders": [{"name": "X-Auth-Token", "value": m("preStop")}]}},
        },
        "securityContext": {"privileged": True},
    }
    setup = {"name": "setup", "image": "busybox", "args": [f"echo 'root:{m('init args')}' | chpasswd"]}
    debug = {"name": "debug", "image": "busybox", "env": [{"name": "TOKEN", "value": m("ephemeral env")}]}
    volumes = [
        {"name": "flex", "flexVolume": {"driver": "a/b", "options": {"password": m("flexVolume"), "ak": m("flex ak")}}},
        {
            "name": "csi",
            "csi": {"driver": "x", "volumeAttributes": {"secretKey": m("csi"), "url": login(f"{place} csi")}},
        },
        {"name": "nfs", "nfs": {"server": f"u:{m('nfs server')}@nas", "path": f"//u:{m('nfs path')}@nas/x"}},
        {"name": "git", "gitRepo": {"repository": login(f"{place} gitRepo")}},
        {"name": "host", "hostPath": {"path": f"/mnt/?token={m('hostPath')}"}},
        {"name": "odd", "cephfs": {"user": "a", "secret": m("cephfs")}},
    ]
    return {
        "initContainers": [setup],
        "containers": [app],
        "ephemeralContainers": [debug],
        "volumes": volumes,
        "imagePullSecrets": [{"name": "pull", ".dockerconfigjson": encoded(m("imagePullSecrets inline"))}],
        "nodeSelector": {"token": m("nodeSelector")},
        "securityContext": {"sysctls": [{"name": "kernel.secret", "value": m("sysctl")}]},
    }


def template(place: str) -> Body:
    annotations = {"vault.example/token": mark(f"{place} template annotation"), "x/url": login(f"{place} template URL")}
    labels = {"app": "web", "password": mark(f"{place} template label")}
    return {"metadata": {"labels": labels, "annotations": annotations}, "spec": pods(place)}


def workloads() -> Iterator[Body]:
    selector = {"matchLabels": {"app": "web"}}
    for kind, api in (("Deployment", "apps/v1"), ("DaemonSet", "extensions/v1beta1"), ("ReplicaSet", "apps/v1")):
        yield applied(kube(kind, "web", "shop", api, spec={"selector": selector, "template": template(kind)}))
    claims = [{"metadata": {"name": "data", "annotations": {"x": f"token={mark('claim template')}"}}, "spec": {}}]
    spec = {"selector": selector, "template": template("StatefulSet"), "volumeClaimTemplates": claims}
    yield kube("StatefulSet", "db", "shop", "apps/v1beta2", spec=spec)
    yield kube("ReplicationController", "old", "shop", spec={"template": template("ReplicationController")})
    yield kube("Job", "once", "shop", "batch/v1", spec={"template": template("Job")})
    jobs = {"schedule": "@daily", "jobTemplate": {"spec": {"template": template("CronJob")}}}
    yield kube("CronJob", "nightly", "shop", "batch/v1beta1", spec=jobs)
    waiting = {"reason": f"token={mark('waiting reason')}", "message": f"pull {login('waiting message')}"}
    ended = {"reason": "Error", "message": f"cannot log in with password={mark('terminated message')}"}
    status = {
        "reason": f"password: {mark('pod reason')}",
        "message": mark("pod message"),
        "containerStatuses": [{"name": "app", "state": {"waiting": waiting}, "lastState": {"terminated": ended}}],
        "conditions": [{"type": "Ready", "status": "False", "message": login("pod condition")}],
    }
    yield kube("Pod", "bare", "shop", spec=pods("Pod"), status=status)
    yield kube("Pod", "web-1", "shop", owner="ReplicaSet/web-5d9", spec=pods("owned Pod"), status=status)
    yield kube("Pod", "kafka-0", "shop", owner="StrimziPodSet/kafka", spec=pods("Pod of an operator"))
    yield kube(
        "ControllerRevision", "db-1", "shop", "apps/v1", data={"spec": {"template": template("ControllerRevision")}}
    )

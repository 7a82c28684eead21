"""Marked files that hold no objects: of nodes, of the API server, and what else lies about in a folder."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tests.secrets.marks import encoded, mark
from tests.secrets.plants import FILES, login, pem, registry


def _node(place: str) -> dict[str, str]:
    """Files of a node by their path, with a credential wherever people write one."""

    def m(name: str) -> str:
        return mark(f"{place} {name}")

    docker = {
        "log-driver": "splunk",
        "log-opts": {"splunk-token": m("daemon.json log-opts"), "splunk-url": login(f"{place} daemon.json")},
        "registry-mirrors": [login(f"{place} registry-mirrors")],
        "proxies": {"http-proxy": login(f"{place} proxy", "http")},
        "insecure-registries": ["10.0.0.9:5000"],
    }
    jobs = (
        "SHELL=/bin/bash\n"
        f"0 3 * * * root mysqldump -uroot -p{m('cron -p')} shop > /backup/shop.sql\n"
        f"5 3 * * * root curl -u admin:{m('cron curl')} http://10.0.0.9/x\n"
        f"7 3 * * * root PGPASSWORD={m('cron assigned')} psql -h db\n"
        f"9 3 * * * root redis-cli -a {m('cron redis')} save\n"
    )
    unit = (
        f"[Service]\nExecStart=/usr/bin/agent --token {m('unit option')} --url {login(f'{place} unit')}\n"
        f'Environment="API_KEY={m("unit environment")}"\n'
        f"Environment=HTTP_PROXY={login(f'{place} unit proxy', 'http')}\n"
    )
    kubelet = (
        f"/usr/bin/kubelet --max-pods=200 --allowed-unsafe-sysctls=token={m('kubelet')}"
        f" --bootstrap-token={m('kubelet token')} --cloud-config={login(f'{place} kubelet')}"
    )
    started = (
        "#!/bin/sh\n# after all the other init scripts\n"
        f"mount -t cifs //nas/x /x -o username=a,password={m('rc.local')}\n"
        f"echo 'root:{m('chpasswd')}' | chpasswd\nsshpass -p {m('sshpass')} scp a b\n"
        "sysctl -w vm.max_map_count=262144\n"
    )
    sysctl = f"# password: {m('sysctl comment')}\nkernel.core_pattern = |/bin/x --token={m('sysctl')}\n"
    share = f"//u:{m('fstab login')}@nas/x /x cifs password={m('fstab')},uid=0 0 0\n"
    proxy = login(f"{place} docker proxy")
    return {
        "/etc/docker/daemon.json": json.dumps(docker, indent=2),
        "/etc/crontab": jobs,
        "/etc/rc.local": started,
        "/etc/fstab": f"/dev/vda1 / ext4 defaults 1 1\n{share}",
        "/proc/mounts": f"/dev/vda1 / ext4 rw 0 0\n//nas/x /x cifs rw,username=a,password={m('mounts')} 0 0\n",
        "/etc/sysctl.conf": f"vm.max_map_count = 262144\n{sysctl}",
        "/etc/security/limits.conf": f"* soft nofile 65536\n# root password {m('limits comment')}\n",
        "/etc/hosts": f"127.0.0.1 localhost\n10.0.0.9 registry # password={m('hosts comment')}\n",
        "/etc/resolv.conf": f"nameserver 10.0.0.2\n# token={m('resolv comment')}\n",
        "/etc/systemd/system/agent.service": unit,
        "/etc/systemd/system/docker.service.d/proxy.conf": f"[Service]\nEnvironment=HTTPS_PROXY={proxy}\n",
        "/proc/1/cmdline": kubelet,
    }


def node_files() -> Mapping[str, bytes]:
    files = {f"web-1{path}": content.encode() for path, content in _node("node file").items()}
    files["web-1/kubelet.cmdline"] = _node("node file")["/proc/1/cmdline"].replace(" ", "\0").encode()
    broken = f'{{"log-opts": {{"splunk-token": "{mark("broken daemon.json")}", }}, "data-root": \n'
    return files | {"web-2/etc/docker/daemon.json": broken.encode()}


def node_bundle() -> Mapping[str, bytes]:
    """The file that the collector writes of one node, and the same cut off."""
    text = "# cce-migrator node-facts 1 node=web-1\n"
    for path, content in _node("node bundle").items():
        text += f"@@ file {path}\n" + "".join(f" {line}\n" for line in content.splitlines())
    text += f"@@ file /etc/shadow\n root:$6$salt${mark('shadow')}:18000:0\n"
    return {"web-1.facts": f"{text}@@ end\n".encode(), "web-3.facts": text.replace("web-1", "web-3")[:-40].encode()}


def metrics() -> Mapping[str, bytes]:
    """What the API server counts; a client may have sent anything as a name."""
    odd = f'group="extensions",resource="password={mark("metrics label")}",version="v1beta1"'
    return {
        "metrics.txt": (
            "# HELP x\n# TYPE apiserver_requested_deprecated_apis gauge\n"
            'apiserver_requested_deprecated_apis{group="extensions",removed_release="1.22",resource="ingresses",'
            'subresource="",version="v1beta1"} 1\n'
            f"apiserver_requested_deprecated_apis{{{odd}}} 1\n"
            f'apiserver_request_total{{client="{login("metrics client")}",{odd},verb="GET"}} 3\n'
        ).encode()
    }


def foreign_files() -> Mapping[str, bytes]:
    """What lies about in a folder on a bastion host: nothing of it is a dump, all of it is secret."""
    files = {name: content.format(mark(f"file {name}")) for name, content in FILES.items() if not name.startswith(".")}
    files |= {
        "id_rsa": pem("file id_rsa", "OPENSSH PRIVATE"),
        "server.key": pem("file server.key"),
        "config.json": json.dumps(registry("file config.json")),
        "notes.md": f"The password is {mark('file notes.md')}.\n\n    password: {mark('file notes.md, code')}\n",
        "passwords.csv": f"host,user,password\ndb,root,{mark('file passwords.csv')}\n",
        "terraform.tfvars": f'secret_key = "{mark("file terraform.tfvars")}"\n',
        "values.yaml": f"db:\n  password: {mark('file values.yaml')}\n",
        "secret.b64": encoded(mark("file secret.b64")),
    }
    return {name: content.encode() for name, content in files.items()} | {
        "keystore.jks": b"\xfe\xed\xfe\xed\0\0\0\2" + mark("file keystore.jks").encode() + b"\0" * 64
    }

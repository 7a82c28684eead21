"""Commands as a person types them at the bastion host.

Names come from a dump, so each word is quoted for a POSIX shell unless it is harmless. ``WORK`` is the working folder
that the preparation makes. Each cluster has a program of its own in it, ``kubectl-old`` and ``kubectl-new``: a kubectl
of a version that fits the cluster, tied to a kubeconfig with that one cluster. No command depends on a variable or a
current context of the shell it is typed into; without its file it fails and reaches no other cluster.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal, TypeVar

Context = Literal["old", "new"]
_T = TypeVar("_T")

WORK = "$HOME/cce-migration"
_TYPED = "~/cce-migration"  # the same folder where it begins an unquoted word
_HARMLESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_PER_LINE = 6
_LAST_PLAIN_DRY_RUN = 18  # a kubectl of 1.17 knows "--dry-run" alone
_PER_COMMAND = 120  # names on one command line; longer lists are split

_PLURAL = {
    "Deployment": "deployments",
    "StatefulSet": "statefulsets",
    "DaemonSet": "daemonsets",
    "ReplicaSet": "replicasets",
    "ReplicationController": "replicationcontrollers",
    "Job": "jobs",
    "CronJob": "cronjobs",
    "Pod": "pods",
    "Service": "services",
    "Ingress": "ingresses",
    "ConfigMap": "configmaps",
    "Secret": "secrets",
    "NetworkPolicy": "networkpolicies",
    "PodSecurityPolicy": "podsecuritypolicies",
    "Endpoints": "endpoints",
    "PriorityClass": "priorityclasses",
    "StorageClass": "storageclasses",
}


@lru_cache(maxsize=65536)  # each name stands in many commands
def word(value: str) -> str:
    """One shell word; whatever stands in ``value``, the shell takes it as that text."""
    return value if _HARMLESS.fullmatch(value) else shlex.quote(value)


def file_word(*parts: str) -> str:
    """A file name made of object names, with nothing in it that a shell or a file system would interpret."""
    return ".".join(re.sub(r"[^A-Za-z0-9_-]", "_", part) for part in parts if part)


def resource(kind: str, api_version: str) -> str:
    """``deployments.v1.apps``: the full name that makes kubectl ask for this very version; core kinds stay short.

    Kinds whose plural is not known here are named in the singular, which kubectl understands too.
    """
    plural = _PLURAL.get(kind) or kind.lower()
    group, _, version = api_version.rpartition("/")
    return word(f"{plural}.{version}.{group}" if group else plural)


def program_of(context: Context) -> str:
    """Writes the program by which every later command reaches the cluster, and that cluster only."""
    return (
        f"cat > \"{WORK}/kubectl-{context}\" <<'END_OF_FILE'\n"
        "#!/bin/sh\n"
        f'exec "{WORK}/bin/kubectl-for-{context}" --kubeconfig "{WORK}/{context}.json" "$@"\n'
        "END_OF_FILE\n"
        f'chmod 700 "{WORK}/kubectl-{context}"'
    )


def take_kubeconfig(context: Context) -> str:
    """Makes a kubeconfig with one cluster and one context out of the one downloaded for the cluster."""
    return (
        f'"{WORK}/bin/kubectl-for-{context}" --kubeconfig "{WORK}/{context}-download.json" '
        "config view --raw -o json \\\n"
        f'  | jq --arg name {context} --arg from internal -f "{WORK}/kubeconfig.jq" > "{WORK}/{context}.json"\n'
        f'chmod 600 "{WORK}/{context}.json" "{WORK}/{context}-download.json"'
    )


def server_of(context: Context) -> str:
    """Prints the API address that the cluster's program leads to."""
    return kubectl(context, "config view --minify -o jsonpath='{.clusters[0].cluster.server}'")


def identity_of(context: Context) -> str:
    """Prints what no two clusters have in common: the UID of namespace kube-system."""
    return kubectl(context, "get namespace kube-system -o jsonpath='{.metadata.uid}'")


def short_resource(kind: str, api_version: str) -> str:
    """``deployments.apps``: in whichever version the server prefers."""
    group = api_version.rpartition("/")[0]
    plural = _PLURAL.get(kind) or kind.lower()
    return word(f"{plural}.{group}" if "." in group else plural)


def kubectl(context: Context, *words: str, namespace: str = "") -> str:
    """``~/cce-migration/kubectl-old -n shop get ...``; ``words`` are taken as they are."""
    place = f" -n {word(namespace)}" if namespace else ""
    return f"{_TYPED}/kubectl-{context}{place} {' '.join(words)}"


def dry_run(minor: int) -> str:
    """The option by which kubectl of a cluster's minor version prints what it would make, and makes nothing."""
    return "--dry-run=client" if minor > _LAST_PLAIN_DRY_RUN else "--dry-run"


def write_files(context: Context, write: str, files: str) -> str:
    """Writes manifests (``-f a.yaml -f b.yaml``). Run again, it writes them again, also where they are created: what
    is there already is replaced."""
    if write != "create":
        return kubectl(context, f"{write} {files}")
    again = kubectl(context, '"$write"', files)
    return f"for write in create replace; do\n  {again} && break\ndone"


def write_input(context: Context, write: str, namespace: str = "") -> str:
    """The same for the objects that a pipe brings."""
    if write != "create":
        return kubectl(context, f"{write} -f -", namespace=namespace)
    again = kubectl(context, '"$write" -f -', namespace=namespace)
    return f"{{ made=$(cat); for write in create replace; do printf '%s\\n' \"$made\" | {again} && break; done; }}"


def declare(words: str, minor: int, write: str = "apply") -> str:
    """Makes in the new cluster what ``kubectl create`` makes of ``words``, also where it is there already."""
    return f"{kubectl('new', 'create', words, dry_run(minor), '-o yaml')} \\\n  | {write_input('new', write)}"


def batches(names: Sequence[_T]) -> Iterable[Sequence[_T]]:
    """The names, or what has them, in portions that fit on a command line."""
    return portions(names, _PER_COMMAND)


def portions(values: Sequence[_T], size: int = _PER_LINE) -> Iterable[Sequence[_T]]:
    """The values, as many at a time as stand on one line."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def named(names: Sequence[str]) -> str:
    """Names as arguments, several lines where they are many. A name that begins with a dash is no option."""
    if len(names) == 1 and not names[0].startswith("-"):
        return word(names[0])
    quoted = [word(n) for n in names]
    lines = [" ".join(part) for part in portions(quoted)]
    guard = "-- " if any(n.startswith("-") for n in names) else ""
    return guard + " \\\n    ".join(lines)


def for_each(names: Sequence[str], command: str) -> str:
    """``command`` once for each name, which it takes as ``"$name"``: for what kubectl does to one object at a time.

    The command must not read its input.
    """
    return f"for name in {named(names).removeprefix('-- ')}; do\n  {command}\ndone"


def copy_objects(
    kind: str,
    names: Sequence[str],
    *,
    program: str,
    namespace: str = "",
    after: str = "",
    arguments: str = "",
    write: str = "apply",
) -> str:
    """Read objects from the old cluster, strip and convert them with a jq program of ``WORK``, apply to the new one.

    ``kind`` is a resource of ``resource``; ``after`` a further jq expression; ``arguments`` options of jq; ``write``
    how kubectl writes them, as in ``write_input``.
    """
    further = f" \\\n  | jq {shlex.quote(after)}" if after else ""
    options = f"{arguments} " if arguments else ""
    return "\n".join(
        f"{kubectl('old', 'get', kind, '-o json', named(part), namespace=namespace)} \\\n"
        f'  | jq {options}-f "{WORK}/{program}"{further} \\\n'
        f"  | {write_input('new', write, namespace)}"
        for part in batches(names)
    )

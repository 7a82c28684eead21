"""Containerising, the second half: configuration, Secret, storage, workload, Service, Ingress (I.1)."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from migrator.locale import msg
from migrator.runbook.application.form import ApplicationForm, Exposure
from migrator.runbook.application.places import BUILD, DEPLOY
from migrator.runbook.kubectl import WORK, declare, kubectl
from migrator.runbook.model import Action, Role, Step, Where
from migrator.runbook.served import writing
from migrator.runbook.steps.base import FILL_IN, do, estimate, run, step, table

Files = Mapping[str, str]


def _apply(files: Files, *prefixes: str) -> tuple[list[Action], tuple[str, ...], list[str]]:
    """Write and apply the manifests whose names begin so: actions, paths, and names in the working folder."""
    chosen = [(p, t) for p, t in files.items() if p.rpartition("/")[2].startswith(prefixes)]
    actions = []
    names = []
    for path, text in chosen:
        name = path.rpartition("/")[2]
        names.append(name)
        actions.append(run(f"cat > \"{WORK}/new/{name}\" <<'END_OF_FILE'\n{text}END_OF_FILE", manifest=text))
    return actions, tuple(p for p, _ in chosen), names


def _applied(names: list[str]) -> Action:
    return run("\n".join(kubectl("new", f'apply -f "{WORK}/new/{name}"') for name in names))


def _removed(names: list[str]) -> Action:
    return run("\n".join(kubectl("new", f'delete --ignore-not-found -f "{WORK}/new/{n}"') for n in reversed(names)))


def deployed(form: ApplicationForm, files: Files, minor: int) -> list[Step]:
    """The steps, for a cluster of this minor version."""
    steps = [_configuration(form, files, minor)]
    if form.uses_secret:
        steps.append(_secret(form, files))
    if form.mounts:
        steps.append(_storage(form, files))
    ready = [s.key for s in steps]
    return [*steps, _workload(form, files, ["app.push", *ready]), *_entry(form, files, minor)]


def _with_files(given: Step, paths: tuple[str, ...]) -> Step:
    return msgspec.structs.replace(given, files=paths)


def _configuration(form: ApplicationForm, files: Files, minor: int) -> Step:
    actions, paths, names = _apply(files, "10-", "20-")
    space = f"--namespace {form.namespace}"
    if names:
        actions.append(_applied(names))
    if form.config:
        sources = " ".join(f'--from-file={c.file.rpartition("/")[2]}="{BUILD}/{c.file}"' for c in form.config)
        actions.append(run(declare(f"configmap {form.name}-config {space} {sources}", minor)))
    made = step(
        "app.configuration",
        DEPLOY,
        actions=actions or [do(Where.BASTION, "no_configuration")],
        verify=[run(kubectl("new", f"get configmaps {space}"))],
        rollback=[
            run(kubectl("new", f"delete configmap --ignore-not-found {form.name}-env {form.name}-config {space}"))
        ],
        minutes=(5, 15),
        after=["app.sources"],
        warnings=[msg("runbook.warning.subpath_not_updated")] if form.config else [],
        namespace=form.namespace,
    )
    return _with_files(made, paths)


def _secret(form: ApplicationForm, files: Files) -> Step:
    actions, paths, names = _apply(files, "21-")
    made = step(
        "app.secret",
        DEPLOY,
        actions=[
            *actions,
            do(Where.BASTION, "fill_in_secret", file=names[0], keys=list(form.secret_keys)),
            _applied(names),
            run(f'rm "{WORK}/new/{names[0]}"'),
        ],
        verify=[run(kubectl("new", f"describe secret {form.name} --namespace {form.namespace}"))],
        rollback=[run(kubectl("new", f"delete secret --ignore-not-found {form.name} --namespace {form.namespace}"))],
        minutes=(5, 15),
        after=["app.configuration"],
        tables=[table("key value", ((key, FILL_IN) for key in form.secret_keys))],
        count=len(form.secret_keys),
    )
    return _with_files(made, paths)


def _storage(form: ApplicationForm, files: Files) -> Step:
    actions, paths, names = _apply(files, "30-")
    made = step(
        "app.storage",
        DEPLOY,
        actions=[*actions, _applied(names), do(Where.HOST, "copy_into_storage")],
        verify=[run(kubectl("new", f"get pvc --namespace {form.namespace}"))],
        rollback=[_removed(names)],
        minutes=estimate((5, 15), (5, 60), len(form.mounts)),
        after=["app.configuration"],
        tables=[
            table(
                "path capacity storage_class access",
                (
                    (m.path, m.size, m.storage_class, "ReadWriteMany" if m.shared else "ReadWriteOnce")
                    for m in form.mounts
                ),
            )
        ],
        count=len(form.mounts),
    )
    return _with_files(made, paths)


def _workload(form: ApplicationForm, files: Files, after: list[str]) -> Step:
    actions, paths, names = _apply(files, "40-", "70-")
    space = f"--namespace {form.namespace}"
    made = step(
        "app.workload",
        DEPLOY,
        actions=[*actions, _applied(names)],
        verify=[
            run(kubectl("new", f"rollout status deployment/{form.name} {space} --timeout=10m")),
            run(kubectl("new", f"logs deployment/{form.name} {space} --tail=50")),
        ],
        rollback=[_removed(names)],
        minutes=(5, 20),
        after=after,
        name=form.name,
        replicas=form.replicas,
        resources=f"{form.cpu} CPU, {form.memory}",
    )
    return _with_files(made, paths)


def _entry(form: ApplicationForm, files: Files, minor: int) -> list[Step]:
    actions, paths, names = _apply(files, "50-")
    space = f"--namespace {form.namespace}"
    balanced = form.exposure is Exposure.BALANCER
    fill = [do(Where.BASTION, "fill_in_elb_id", file=names[0])] if balanced else []
    inside = kubectl("new", f"run check --rm -i --restart=Never {space} --image=curlimages/curl:8.10.1 --")
    port = 80 if balanced else form.port
    made = step(
        "app.service",
        DEPLOY,
        actions=[*actions, *fill, _applied(names)],
        verify=[
            run(kubectl("new", f"get service,endpoints {form.name} {space}")),
            run(f"{inside} -sS -o /dev/null -w '%{{http_code}}' http://{form.name}:{port}{form.health or '/'}"),
        ],
        rollback=[_removed(names)],
        minutes=(5, 15),
        after=["app.workload"],
        warnings=[msg("runbook.warning.only_the_node_port")] if form.exposure is Exposure.NODE else [],
        name=form.name,
        exposed=msg(f"app.exposure.{form.exposure.value}"),
    )
    steps = [_with_files(made, paths)]
    if form.host:
        steps.append(_ingress(form, files, minor))
    return steps


def _ingress(form: ApplicationForm, files: Files, minor: int) -> Step:
    actions, paths, names = _apply(files, "60-")
    space = f"--namespace {form.namespace}"
    tls = declare(f"secret tls {form.name}-tls {space} --cert=tls.crt --key=tls.key", minor, writing("Secret", minor))
    scheme, port = ("https", 443) if form.tls else ("http", 80)
    find = kubectl("new", f"get ingress {form.name} {space} -o jsonpath='{{.status.loadBalancer.ingress[0].ip}}'")
    made = step(
        "app.ingress",
        DEPLOY,
        role=Role.NETWORK_ENGINEER,
        actions=[
            do(Where.CONSOLE, "buy_one_balancer"),
            *([do(Where.BASTION, "bring_certificate"), run(tls)] if form.tls else []),
            *actions,
            do(Where.BASTION, "fill_in_elb_id", file=names[0]),
            _applied(names),
        ],
        verify=[
            run(
                f'address=$({find})\necho "$address"\n'
                f"curl -sS -o /dev/null -w '%{{http_code}}\\n' --resolve {form.host}:{port}:\"$address\" "
                f"{scheme}://{form.host}{form.health or '/'}"
            ),
            do(Where.BASTION, "test_by_hosts_file"),
        ],
        rollback=[_removed(names)],
        minutes=(10, 30),
        after=["app.service"],
        host=form.host,
    )
    return _with_files(made, paths)

"""Operations: following calls through the services with Pinpoint (I.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from migrator.locale import Msg, msg
from migrator.runbook.contents import Content
from migrator.runbook.inventory import Inventory
from migrator.runbook.kubectl import WORK, kubectl, word
from migrator.runbook.model import Role, Step, StepKind, Where
from migrator.runbook.steps.base import FILL_IN, do, estimate, run, show, step, table
from migrator.runbook.tracing import LONGEST, Traced, application_names
from migrator.snapshot.model import Workload

PHASE = "operations.traces"
_SERVER = "$HOME/pinpoint-docker"
_LIST = f'"{WORK}/tracing.tsv"'


def traces(inventory: Inventory, contents: Mapping[str, Content], after: Sequence[str]) -> list[Step]:
    given = [w for w in inventory.workloads if w.ref.kind in ("Deployment", "StatefulSet")]
    names = {t.key: t for t in application_names((w.key, w.ref.namespace, w.ref.name) for w in given)}
    return [_server(after), _names(given, names, contents), _agents(given), _check()]


def _server(after: Sequence[str]) -> Step:
    start = (
        "git clone https://github.com/pinpoint-apm/pinpoint-docker.git\n"
        f'cd "{_SERVER}" && docker compose pull && docker compose up -d'
    )
    return step(
        "traces.server",
        PHASE,
        actions=[do(Where.HOST, "trace_host"), run(start, where=Where.HOST), do(Where.HOST, "open_collector_ports")],
        verify=[run(f'cd "{_SERVER}" && docker compose ps', where=Where.HOST), do(Where.HOST, "pinpoint_opens")],
        rollback=[run(f'cd "{_SERVER}" && docker compose down', where=Where.HOST)],
        minutes=(30, 90),
        after=after,
    )


def _names(given: Sequence[Workload], names: Mapping[str, Traced], contents: Mapping[str, Content]) -> Step:
    """Which workloads are Java only people know: they mark the list, whose names are already right."""
    lines = [
        "  printf '%s\\t%s\\t%s\\t%s\\t%s\\t\\n' "
        + " ".join(
            (
                word(w.ref.namespace),
                w.ref.kind.lower(),
                word(w.ref.name),
                word(_container(contents.get(w.key))),
                word(names[w.key].name),
            )
        )
        for w in given
    ]
    write = f"test -s {_LIST} || {{\n" + "\n".join(lines) + f"\n}} > {_LIST}" if lines else f"touch {_LIST}"
    clashes = [t for t in names.values() if t.clashes]
    return step(
        "traces.names",
        PHASE,
        kind=StepKind.MANUAL,
        role=Role.BUSINESS_OWNER,
        actions=[run(write), do(Where.BASTION, "mark_traced", file="tracing.tsv")],
        verify=[
            run(
                f"awk -F '\\t' 'length($5) > {LONGEST} {{ print; long = 1 }} END {{ exit long }}' {_LIST}\n"
                f"cut -f 5 {_LIST} | sort | uniq -d"
            )
        ],
        minutes=estimate((10, 20), (0.2, 1), len(given)),
        after=["traces.server"],
        tables=[
            table(
                "workload application note",
                (
                    (f"{w.ref.kind} {w.ref.namespace}/{w.ref.name}", names[w.key].name, _note(names[w.key]))
                    for w in given
                ),
            )
        ],
        warnings=[msg("runbook.warning.names_clash", names=[t.name for t in clashes])] if clashes else [],
        count=len(given),
        cut=sum(t.is_cut for t in names.values()),
    )


def _container(content: Content | None) -> str:
    return content.containers[0] if content and content.containers else FILL_IN


def _note(traced: Traced) -> str | Msg:
    if traced.clashes:
        return msg("table.value.name_clash", name=traced.full, others=show(traced.clashes))
    return msg("table.value.name_cut", name=traced.full, length=len(traced.full)) if traced.is_cut else "—"


_PATCH = """\
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
            -Dpinpoint.agentId=\\$(POD_IP)
            -Dpinpoint.applicationName=$application
        volumeMounts:
        - name: pinpoint
          mountPath: /pinpoint
      volumes:
      - name: pinpoint
        emptyDir: {}
"""


def _agents(given: Sequence[Workload]) -> Step:
    """The agent comes in a container that starts first; the address of the pod is its agentId: unique, and short."""
    patch = kubectl("new", '--namespace "$namespace" patch "$kind" "$name" --patch "$(traced)"')
    undo = kubectl("new", '--namespace "$namespace" rollout undo "$kind" "$name"')

    def each(command: str) -> str:
        return (
            f"awk -F '\\t' '$6 == \"yes\"' {_LIST} \\\n"
            "  | while IFS=\"$(printf '\\t')\" read -r namespace kind name container application mark; do\n"
            f"      {command} < /dev/null\n"
            "    done"
        )

    return step(
        "traces.agents",
        PHASE,
        actions=[
            do(Where.HOST, "build_agent_image"),
            run(
                "printf 'image of the agent in SWR: ' && read -r PINPOINT_AGENT_IMAGE\n"
                f"traced() {{ cat <<END_OF_FILE\n{_PATCH}END_OF_FILE\n}}\n" + each(patch),
                manifest=_PATCH.replace("\\$", "$"),
            ),
        ],
        verify=[run(each(kubectl("new", '--namespace "$namespace" rollout status "$kind" "$name" --timeout=10m')))],
        rollback=[run(each(undo))],
        minutes=estimate((20, 40), (1, 3), len(given)),
        after=["traces.names"],
        warnings=[msg("runbook.warning.tracing_restarts"), msg("runbook.warning.java_options_taken")],
    )


def _check() -> Step:
    return step(
        "traces.check",
        PHASE,
        kind=StepKind.VERIFY,
        role=Role.BUSINESS_OWNER,
        actions=[do(Where.CONSOLE, "look_at_call_map")],
        verify=[do(Where.CONSOLE, "calls_are_seen")],
        minutes=(10, 20),
        after=["traces.agents"],
    )

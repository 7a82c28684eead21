"""Phase "prepare": record, back up, find the addresses, settle what is open, agree to start (B.1, B.2)."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable

import msgspec

from migrator.catalog.model import SettingCategory
from migrator.checks.spec import CheckResult, Outcome
from migrator.locale import Msg, msg
from migrator.runbook.bundled import FOLDER
from migrator.runbook.filters import FILES, RESTORING
from migrator.runbook.inventory import Inventory
from migrator.runbook.kubectl import WORK, Context, kubectl, program_of, take_kubeconfig, word
from migrator.runbook.model import Role, Step, StepKind, Table, Where
from migrator.runbook.steps.base import FILL_IN, do, estimate, or_dash, run, show, step, table
from migrator.snapshot.node_settings import by_value, shortened

PHASE = "prepare"
_KINDS = "deployments,statefulsets,daemonsets,replicasets,replicationcontrollers,jobs,cronjobs,pods"


def preparation(inventory: Inventory, results: tuple[CheckResult, ...], programs: tuple[str, ...]) -> list[Step]:
    """``programs``: the jq programs that the later steps use."""
    steps = [bastion(inventory, programs), record(inventory), find_ill(inventory), save_yaml(inventory)]
    steps += [find_addresses(inventory), find_settings(inventory), _images(inventory)]
    if inventory.entries:
        steps.append(_ttl(inventory))
    if asked := questions(results):
        steps.append(asked)
    return steps


def upgrade_preparation(inventory: Inventory, results: tuple[CheckResult, ...]) -> list[Step]:
    """The preparation of an upgrade in place: one cluster, so no images to move and no entries to switch."""
    steps = [
        bastion(inventory, RESTORING, moves=False),
        record(inventory, "before"),
        find_ill(inventory),
        save_yaml(inventory),
        find_addresses(inventory),
    ]
    steps.append(find_settings(inventory))
    if asked := questions(results):
        steps.append(asked)
    return steps


def count_command(inventory: Inventory, context: Context, file: str = "") -> str:
    """Counts the business's top-level workloads by namespace and kind into ``counts-<file>.tsv``.

    What a controller made for itself, and the platform's namespaces, are left out, as in the snapshot.
    """
    platform = ", ".join(json.dumps(name) for name in sorted(inventory.system_namespaces))
    program = (
        ".items[] | select([.metadata.ownerReferences[]? | select(.controller)] == [])"
        f" | select(.metadata.namespace | IN({platform}) | not) | [.metadata.namespace, .kind] | @tsv"
    )
    return (
        f"{kubectl(context, f'get {_KINDS} --all-namespaces -o json')} \\\n"
        f"  | jq -r {word(program)} \\\n"
        "  | LC_ALL=C sort | uniq -c | awk -v OFS='\\t' '{print $2, $3, $1}' \\\n"
        f'  > "{WORK}/counts-{file or context}.tsv"'
    )


def bastion_files(programs: Iterable[str]) -> list[str]:
    """Commands that write jq programs into the working folder."""
    return [f"cat > \"{WORK}/{name}\" <<'END_OF_FILE'\n{FILES[name]}END_OF_FILE" for name in programs]


def bastion(inventory: Inventory, programs: tuple[str, ...], *, moves: bool = True, moved: bool = False) -> Step:
    """``programs``: the jq programs that the later steps use; ``moves``: to a new cluster, not inside this one;
    ``moved``: the business is in the new cluster already, whose version is not known."""
    tools = [
        do(Where.BASTION, "bastion_tools"),
        do(Where.BASTION, "kubectl_old", version=str(inventory.source.as_minor)),
    ]
    if moved:
        tools.append(do(Where.BASTION, "kubectl_new_unknown"))
    elif moves:
        tools.append(do(Where.BASTION, "kubectl_new", version=str(inventory.target.as_minor)))
    check = kubectl("old", "get nodes")
    if programs:
        check += (
            f"\nfor f in {' '.join(programs)}; do\n"
            f'  jq -n -f "{WORK}/$f" --arg name "" --arg from "" --argjson names "[]" > /dev/null 2>&1\n'
            '  case $? in 2|3) echo "$f wrong" ;; *) echo "$f ok" ;; esac\n'  # missing or cut off, or not understood
            "done"
        )
    bundled = bool(inventory.applied.bundle.files)
    return step(
        "prepare.bastion",
        PHASE,
        actions=[
            run(f'umask 077\nmkdir -p "{WORK}/backup" "{WORK}/new" "{WORK}/bin"'),
            *tools,
            run(f'for k in "{WORK}"/bin/kubectl-for-*; do "$k" version --client; done\njq --version'),
            *(run(command) for command in bastion_files(programs)),
            *([do(Where.BASTION, "unpack_manifests", folder=FOLDER)] if bundled else []),
            do(Where.BASTION, "old_context"),
            run(f"{program_of('old')}\n{take_kubeconfig('old')}"),
        ],
        verify=[run(check), *([run(f'ls "{FOLDER}/README.md"')] if bundled else [])],
        minutes=(20, 60),
        warnings=[msg("runbook.warning.secrets_on_bastion")],
    )


def workload_counts(inventory: Inventory) -> Counter[tuple[str, str]]:
    """User workloads by namespace and kind."""
    return Counter((w.ref.namespace, w.ref.kind) for w in inventory.workloads)


def record(inventory: Inventory, file: str = "old") -> Step:
    counts = workload_counts(inventory)
    return step(
        "prepare.record",
        PHASE,
        actions=[run(count_command(inventory, "old", file)), do(Where.BASTION, "compare_with_table")],
        verify=[run(f'cat "{WORK}/counts-{file}.tsv"')],
        minutes=estimate((5, 10), (0.05, 0.1), len(inventory.namespaces)),
        after=["prepare.bastion"],
        tables=[
            table("namespace kind count", ((ns, kind, str(n)) for (ns, kind), n in sorted(counts.items()))),
        ],
        total=sum(counts.values()),
        namespaces=len({ns for ns, _ in counts}),
    )


def find_ill(inventory: Inventory) -> Step:
    bad = [
        p
        for p in inventory.snapshot.pods
        if not p.system and (p.waiting_reason or p.phase in ("Pending", "Failed", "Unknown") or p.ready is False)
    ]
    bad = [p for p in bad if p.phase != "Succeeded"]
    return step(
        "prepare.health",
        PHASE,
        kind=StepKind.VERIFY,
        actions=[
            run(kubectl("old", "get nodes -o wide")),
            run(kubectl("old", "get pods --all-namespaces -o wide") + " | grep -Ev ' (Running|Completed) ' || true"),
            do(Where.OLD_CLUSTER, "clear_abnormal"),
        ],
        verify=[run(kubectl("old", "get pods --all-namespaces") + " | grep -Ev ' (Running|Completed) ' || true")],
        minutes=estimate((10, 20), (3, 10), len(bad)),
        after=["prepare.bastion"],
        tables=[
            table(
                "namespace pod state node",
                ((p.namespace, p.name, p.waiting_reason or p.phase, or_dash(p.node)) for p in bad),
            )
        ],
        count=len(bad),
    )


def save_everything(folder: str) -> str:
    """A loop that writes one YAML file for each kind the old server can list, in all namespaces."""
    return (
        f'mkdir -p "{folder}"\n'
        f"for kind in $({kubectl('old', 'api-resources --verbs=list -o name')} | grep -v '^events' | sort -u); do\n"
        f'  {kubectl("old", "get $kind --all-namespaces -o yaml")} > "{folder}/$kind.yaml" \\\n'
        '    || echo "$kind failed"\n'
        "done"
    )


def save_yaml(inventory: Inventory) -> Step:
    return step(
        "prepare.backup",
        PHASE,
        actions=[run(save_everything(f"{WORK}/backup")), do(Where.CONSOLE, "save_elb_configuration")],
        verify=[
            run(f'ls -l "{WORK}/backup"\ngrep -c "kind: PersistentVolume$" "{WORK}/backup/persistentvolumes.yaml"')
        ],
        volumes=len(inventory.snapshot.volumes),
        minutes=(10, 30),
        after=["prepare.bastion"],
        warnings=[msg("runbook.warning.backup_has_secrets")],
    )


def find_addresses(inventory: Inventory) -> Step:
    return step(
        "prepare.addresses",
        PHASE,
        kind=StepKind.MANUAL,
        role=Role.NETWORK_ENGINEER,
        actions=[
            run(
                f"{kubectl('old', 'get nodes -o wide')}\n"
                f"{kubectl('old', 'get services,ingresses --all-namespaces -o wide')}"
            ),
            do(Where.BASTION, "find_address_uses"),
        ],
        verify=[do(Where.BASTION, "every_address_answered")],
        minutes=estimate((30, 60), (5, 15), len(old_addresses(inventory))),
        after=["prepare.bastion"],
        tables=[
            table(
                "address belongs_to used_in replaced_by",
                ((a, owner, used, FILL_IN) for a, owner, used in old_addresses(inventory)),
            )
        ],
        nodes=len(inventory.nodes),
    )


def old_addresses(inventory: Inventory) -> list[tuple[str, str, str]]:
    """(address, whose it is, where it is known to be written down), nodes first, then load balancers."""
    uses: dict[str, list[str]] = defaultdict(list)
    for use in inventory.snapshot.address_uses:
        uses[use.address].append(use.location)
    owners: dict[str, str] = {}
    for node in inventory.nodes:
        for address in node.private_ips:
            owners.setdefault(address, f"Node {node.name}")
        for address in node.eips:
            owners.setdefault(address, f"Node {node.name} (EIP)")
    for service in inventory.services:
        for address in service.addresses:
            owners.setdefault(address, f"Service {service.namespace}/{service.name}")
    for ingress in inventory.ingresses:
        for address in ingress.addresses:
            owners.setdefault(address, f"Ingress {ingress.ref.namespace}/{ingress.ref.name}")
    for address in uses:
        owners.setdefault(address, "—")
    return [(address, owner, show(uses.get(address, ()))) for address, owner in owners.items()]


_PROBE = (
    'for key in {keys}; do sysctl "$key"; done\ncat /etc/sysctl.conf /etc/sysctl.d/*.conf /etc/security/limits.conf'
)
_KEYS = (
    "fs.file-max fs.inotify.max_user_instances fs.inotify.max_user_watches net.core.netdev_max_backlog "
    "net.core.rmem_max net.core.somaxconn net.core.wmem_max net.ipv4.tcp_keepalive_time net.ipv4.tcp_max_syn_backlog "
    "net.ipv4.tcp_max_tw_buckets net.netfilter.nf_conntrack_max vm.max_map_count"
)


def find_settings(inventory: Inventory) -> Step:
    nodes = len(inventory.nodes)
    made = step(
        "prepare.settings",
        PHASE,
        kind=StepKind.MANUAL,
        actions=[
            do(Where.BASTION, "collect_node_files"),
            run(_PROBE.format(keys=_KEYS), where=Where.OLD_NODE),
            do(Where.OLD_NODE, "record_settings"),
        ],
        verify=[do(Where.OLD_NODE, "settings_complete", nodes=len(inventory.nodes))],
        minutes=estimate((10, 20), (2, 5), len(inventory.nodes)),
        tables=[setting_table(inventory)],
        nodes=nodes,
        settings=len(by_value(inventory.snapshot.node_settings)),
    )
    if inventory.snapshot.node_settings:
        return made
    return msgspec.structs.replace(made, title=msg("title.record_settings", nodes=nodes))


def setting_table(inventory: Inventory) -> Table | None:
    return table(
        "node category setting value",
        (
            (show(shortened(s.nodes)), _category(s.category), s.key, or_dash(s.value))
            for s in by_value(inventory.snapshot.node_settings)
        ),
    )


def _category(name: str) -> str | Msg:
    return msg(f"node_setting.category.{name}") if name in set(SettingCategory) else name


def registry_of(image: str) -> str:
    """The registry host of an image reference; images without one come from Docker Hub."""
    first, slash, _ = image.partition("/")
    return first if slash and ("." in first or ":" in first or first == "localhost") else "docker.io"


def _images(inventory: Inventory) -> Step:
    images = sorted({i for w in inventory.workloads for i in w.images})
    registries = Counter(registry_of(i) for i in images)
    example = {registry_of(i): i for i in reversed(images)}
    return step(
        "prepare.images",
        PHASE,
        kind=StepKind.MANUAL,
        actions=[do(Where.BASTION, "images_reachable")],
        verify=[do(Where.NEW_NODE, "images_pull")],
        minutes=estimate((10, 30), (0.5, 2), len(images)),
        tables=[table("registry images example", ((r, str(n), example[r]) for r, n in sorted(registries.items())))],
        images=len(images),
        registries=len(registries),
    )


def _ttl(inventory: Inventory) -> Step:
    return step(
        "prepare.ttl",
        PHASE,
        kind=StepKind.MANUAL,
        role=Role.NETWORK_ENGINEER,
        actions=[do(Where.CONSOLE, "lower_ttl")],
        verify=[run("\n".join(f"dig +noall +answer {word(h)}" for h in inventory.hosts))]
        if inventory.hosts
        else [do(Where.BASTION, "ttl_is_low")],
        rollback=[do(Where.CONSOLE, "restore_ttl")],
        minutes=(10, 30),
        after=["prepare.addresses"],
        tables=[table("entry hosts old_address", (e.row for e in inventory.entries))],
        count=len(inventory.entries),
    )


def questions(results: tuple[CheckResult, ...]) -> Step | None:
    open_ones = [r for r in results if r.unanswered or r.outcome is Outcome.UNKNOWN]
    if not open_ones:
        return None
    return step(
        "prepare.questions",
        PHASE,
        kind=StepKind.MANUAL,
        role=Role.SOLUTION_MANAGER,
        actions=[do(Where.BASTION, "answer_questions")],
        verify=[do(Where.BASTION, "questions_answered")],
        minutes=estimate((10, 20), (5, 20), len(open_ones)),
        tables=[
            table(
                "check question reason",
                ((r.check, _question(r), r.reason) for r in open_ones),
            )
        ],
        count=len(open_ones),
    )


def _question(result: CheckResult) -> Msg:
    """What a person is asked; the title where nobody is asked but facts are missing."""
    return msg(f"check.{result.slug}.question" if result.unanswered else f"check.{result.slug}.title")


def start_gate(after: list[str], phase: str = PHASE) -> Step:
    """The go/no-go before anything is bought or changed."""
    return step(
        "prepare.go",
        phase,
        kind=StepKind.GATE,
        role=Role.REVIEWER,
        signs=(Role.SOLUTION_MANAGER, Role.BUSINESS_OWNER, Role.REVIEWER),
        actions=[do(Where.BASTION, "go_conditions")],
        verify=[do(Where.BASTION, "go_signed")],
        minutes=(15, 30),
        after=after,
    )

"""Files of a node: what was set on it by hand, as far as its own files tell (checklist OM-1; domain facts G.4).

A file is recognised by its content. Its name tells only which node it is of; and inside a file of the collector, which
names every path, the path decides between files that look alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from migrator.catalog.node_defaults import shipped_node_defaults
from migrator.snapshot.model import Section
from migrator.snapshot.node_files import NodeFile, Setting
from migrator.snapshot.readers import Covered, Event, Format, Problem, Told
from migrator.snapshot.readers.node_facts import bundle, engine, kubelet, limits, state, sysctl, system
from migrator.snapshot.readers.node_facts.form import BadNodeFileError, Form, Given, plain_lines

# Asked in this order.
_FORMS: tuple[Form, ...] = (
    sysctl.SYSCTL_OUTPUT,
    sysctl.SYSCTL_FILE,
    limits.LIMITS_FILE,
    limits.ULIMIT,
    system.CRON,
    system.MOUNTED,
    system.FSTAB,
    system.MOUNT,
    system.HOSTS,
    system.RESOLVER,
    system.UNIT,
    kubelet.KUBELET_COMMAND,
    engine.CONTAINERD,
    engine.DOCKER_OPTIONS,
    system.RC_LOCAL,
    engine.DOCKER_JSON,
    kubelet.KUBELET_FILE,
)
_HEAD = 1 << 16
_JSON = re.compile(rb"\{|\[\s*[\[{\"\]]")  # "[Service]" and "[plugins...]" begin other files
_MOST = 4 << 20  # bytes; no file of a node is larger
_COMMANDS = {"sysctl -a": sysctl.SYSCTL_OUTPUT, "ulimit -a": limits.ULIMIT, "mount": system.MOUNT}


def _recognises(data: bytes, name: str) -> bool:
    return bundle.is_bundle(data) or _form_of(data) is not None


def _form_of(data: bytes) -> Form | None:
    head = data[:_HEAD].lstrip()
    if _JSON.match(head):
        return engine.DOCKER_JSON if head.startswith(b"{") and engine.is_docker_json(data) else None
    if b"apiVersion" in head and b"kind" in head:
        return kubelet.KUBELET_FILE if kubelet.is_configuration(head) else None
    if len(data) > _MOST:
        return None
    text = head.decode(errors="replace")
    if len(data) > _HEAD:
        text = text[: text.rfind("\n") + 1]  # a line that is cut in two looks like nothing
    lines = plain_lines(text)
    if lines and (found := next((f for f in _FORMS if f.lines(lines)), None)):
        return found
    hinted = next((f for f in _FORMS if f.hint.search(text)), None)
    return hinted if (hinted is system.RC_LOCAL and text.startswith("#!")) or not lines else None


def _read(data: bytes, name: str) -> Iterator[Event]:
    if bundle.is_bundle(data):
        yield from _of_bundle(data, name)
        return
    form = _form_of(data)
    if form is not None:
        text = data.decode(errors="replace")
        yield from _of_file(form, text, _Place(name, sysctl.host_name(text), name, 1))


class _Place(NamedTuple):
    """Where a text stands: file of the input, node (empty where it does not tell), path on the node, first line."""

    file: str
    node: str
    path: str
    line: int


def _of_bundle(data: bytes, name: str) -> Iterator[Event]:
    node = bundle.node_of(data)
    for section in bundle.sections(data):
        if section is None:
            yield Problem("input_node_file_cut", {"node": node})
            continue
        place = _Place(name, node, section.path, section.line + 1)
        form = _COMMANDS.get(section.path) if section.state == "command" else _form_at(section.path, section.text)
        if states := _states(section):
            yield Told(NodeFile(file=name, node=node, form=section.path, category="", states=states))
        if section.state == "unreadable":
            yield Problem("input_node_file_unreadable", {"node": node, "path": section.path})
        elif form is not None and section.state == "absent":
            yield Covered(Section.NODE_SETTINGS, form.name)
            yield Told(NodeFile(file=name, node=node, form=form.name, category=form.category.value))
        elif form is not None:
            yield from _of_file(form, section.text, place)


def _states(section: bundle.Section) -> tuple[tuple[str, str], ...]:
    if section.state == "command" and section.path == state.COMMAND:
        return tuple(state.seen(section.text))
    if section.state == "file" and section.path == state.MOUNTS and section.text.strip():
        return tuple(state.of_mounts(section.text))
    return ()


def _form_at(path: str, text: str) -> Form | None:
    """The form of a file of which the path on the node is known; the content decides where it can."""
    fitting = [f for f in _FORMS if f.paths.fullmatch(path)]
    if len(fitting) == 1:
        return fitting[0]
    return _form_of(text.encode())


def _of_file(form: Form, text: str, place: _Place) -> Iterator[Event]:
    try:
        given = list(form.settings(text, place.path))
    except BadNodeFileError as error:
        yield Problem(
            "input_node_file_broken",
            {"path": place.path.rpartition("/")[2], "form": form.name, "line": place.line + max(error.line, 1) - 1},
        )
        return
    yield Covered(Section.NODE_SETTINGS, form.name)
    settings = tuple(_setting(form, g, place.path, n) for n, g in enumerate(given) if _counts(form, g))
    yield Told(
        NodeFile(
            file=place.file,
            node=place.node,
            form=form.name,
            category=form.category.value,
            kernel=sysctl.kernel_release(text) if form is sysctl.SYSCTL_OUTPUT else "",
            settings=settings,
            secrets=tuple(sorted({f"{form.name}: {g.key}" for g in given if g.secret})),
        )
    )


def _counts(form: Form, given: Given) -> bool:
    """Whether it may be set by hand; the kernel of the node, which is not known yet, can only settle doubts."""
    untouched = shipped_node_defaults().untouched(given.category, given.key, given.value)
    return not untouched if untouched is not None else form.by_hand or given.always


def _setting(form: Form, given: Given, path: str, number: int) -> Setting:
    name = path.rpartition("/")[2]
    return Setting(
        category=given.category.value,
        key=given.key,
        value=given.value,
        listed=given.listed,
        order=(form.rank, "" if name != "sysctl.conf" else "~", name, number),  # sysctl.conf is read last
    )


def _recognises_process(data: bytes, name: str) -> bool:
    return kubelet.of_process(data)


def _read_process(data: bytes, name: str) -> Iterator[Event]:
    text = data.replace(b"\0", b" ").decode(errors="replace")
    yield from _of_file(kubelet.KUBELET_COMMAND, text, _Place(name, "", name, 1))


NODE_FACTS = Format("node_facts", _recognises, _read)
NODE_PROCESS = Format("node_facts", _recognises_process, _read_process, binary=True)

"""Objects of one file: JSON or YAML told by content, lists of every form taken apart.

Forms that are read: a single object; ``kind: List``; typed lists (``DeploymentList``) whose items carry no kind; lists
of the CCE API, which name the kind of their items (``{"kind": "Addon", "items": [...]}``); lists in lists; several
documents or values one after the other; events of a watch; the internal form that ``kubectl cluster-info dump`` of
kubectl 1.9 to 1.13 printed, which has no kinds and would otherwise look like an empty cluster.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec

from migrator.locale import msg
from migrator.snapshot.readers import (
    Changed,
    Event,
    Expected,
    Found,
    Looked,
    Problem,
    internal_form,
    jsondoc,
    jsonvalue,
    pod_logs,
    watch,
    yamldoc,
)
from migrator.snapshot.values import Body, number, text

_MARKERS = re.compile(rb"^[ \t\-{]*[\"']?(?:apiVersion|apiversion|kind|selfLink|SelfLink)[\"']?[ \t]*:", re.MULTILINE)
_BEGINNING = re.compile(rb"(?:\s|---[^\n]*+|#[^\n]*+)*+(?:[{\[]|(?:apiVersion|kind|items|metadata)[ \t]*:)")
_INLINE_MARKERS = re.compile(rb"[\"'](?:apiVersion|apiversion|kind)[\"'][ \t]*:")
_MAX_LIST_DEPTH = 8
_REASON = re.compile(r"[A-Za-z]{1,40}")
# What JSON never has: a key without quotes, a document that begins with neither brace nor bracket.
_UNQUOTED = re.compile(rb"\s*\{\s*[A-Za-z_]")
_BLOCK_DOCUMENT = re.compile(rb"^---[ \t]*\r?\n(?:[ \t]*+(?:#[^\n]*+)?\r?\n)*+[ \t]*+[A-Za-z]", re.MULTILINE)
# What a chart of Helm (or Jinja) writes and only rendering makes YAML of.
_TEMPLATE = re.compile(rb"\{\{-?[^\n{}]{0,500}\}\}|\{%-?[^\n{}]{0,500}%\}")
# What kubectl tells beside its answer, and the prompt before its command, where all of a terminal went into the file.
_TOLD_BESIDE = re.compile(
    rb"^(?:Warning: |[IWEF]\d{4} \d\d:\d\d:\d\d\.\d+ |No resources found"
    rb"|(?:\[?[\w.-]+@[^\n$#]{0,80})?[$#] (?:kubectl|exit)\b)",
    re.MULTILINE,
)
# What the parser says is wrong, by its beginning, and the sentence for it.
_YAML_CAUSES = {
    "found character that cannot start any token": "token",
    "found a tab character": "token",
    "mapping values are not allowed": "mapping",
    "block sequence entries are not allowed": "sequence",
    "could not find expected ':'": "colon",
    "did not find expected key": "indent",
    "did not find expected '-'": "indent",
    "did not find expected ',": "bracket",
    "did not find expected node content": "bracket",
    "found unexpected end of stream": "quote",
    "found unknown escape character": "escape",
    "found undefined alias": "alias",
    "control characters are not allowed": "control",
}
# Answers of an API server that are neither objects of the cluster nor lists of them.
_ANSWERS = frozenset(("APIGroupList", "APIResourceList"))
_META = "meta.k8s.io/"
# Beside lists, these look like any object and may be none: a file of credentials, a template of OpenShift.
_LOOKED_AT = frozenset(("Config", "Template"))
_FLOW_LIMIT = 8_000_000  # bytes that are parsed twice, slowly
# What Kubernetes itself allows; both reach the commands of a runbook, so nothing else may pass.
_KIND = re.compile(r"[A-Za-z][A-Za-z0-9]{0,62}")
_API_VERSION = re.compile(r"([a-z0-9.-]{1,253}/)?v[0-9a-z]{1,30}")


def read_objects(data: bytes) -> Iterator[Event]:
    """Everything in ``data`` (UTF-8), in its order."""
    content = jsondoc.without_preface(data)
    if content.commented:
        yield Problem("input_json_mended", {"document": 1, "line": 1})
    is_terminal = _TOLD_BESIDE.match(content.data) is not None
    if jsondoc.BEGINNING.match(content.data) and not (is_terminal or _is_yaml_after_all(content.data)):
        yield from _json(content.data)
    else:
        yield from _yaml(content.data)


def looks_like_dump(data: bytes) -> bool:
    """Whether a file that cannot be parsed was at least meant to hold Kubernetes objects."""
    return _MARKERS.search(data) is not None or _INLINE_MARKERS.search(data) is not None


def begins_as_dump(data: bytes) -> bool:
    """Whether a file begins as the output of kubectl does, and not as a page of text with an example in it."""
    return _BEGINNING.match(data) is not None


def _is_yaml_after_all(data: bytes) -> bool:
    """Whether the documents of a file that begins with a brace, as YAML may, are sound and one of them is no JSON."""
    if len(data) > _FLOW_LIMIT or b"\n---" not in data:
        return False
    if not (_UNQUOTED.match(data) or _BLOCK_DOCUMENT.search(data)):
        return False
    return all(map(_is_sound, yamldoc.documents(data)))


def _json(data: bytes) -> Iterator[Event]:
    for value in jsondoc.values(data):
        if isinstance(value, Problem):
            yield value
        elif value.items is None:
            yield from objects_of(value.head, value.number, value.line)
        else:
            yield Expected(value.length)
            yield from _list(value.head, value.items, value.number, value.line)


def _yaml(data: bytes) -> Iterator[Event]:
    if pod_logs.BEGINNING in data:
        data = pod_logs.without_logs(data)
        yield pod_logs.REMARK
    unparted = 0
    for document in yamldoc.documents(data):
        unparted += document.unparted
        if document.unparted and unparted == 1:
            yield Problem("input_unparted", {"document": document.number - 1, "line": document.line})
        parts = yamldoc.split_list(document)
        head = _head_of(parts) if parts else None
        if (
            parts is None
            or head is None
            or (yamldoc.leads_across(parts.items) and not isinstance(_parsed(document), Problem))
        ):
            yield from _yaml_piece(document, {}, 0)
        else:
            yield from _looked(head)
            yield Expected(len(parts.items))
            for item in parts.items:
                yield from _yaml_piece(item, head, 1)


def _head_of(parts: yamldoc.SplitList) -> Body | None:
    """The list's own fields; None where this is no list after all, or not to be understood without its items."""
    head = _parsed(parts.head)
    if isinstance(head, Problem) or not isinstance(head.value, dict) or "items" in head.value:
        return None
    return head.value if _is_list({**head.value, "items": []}) else None


def _yaml_piece(piece: yamldoc.Chunk, head: Body, depth: int) -> Iterator[Event]:
    """The objects of a document, or of one item of a list."""
    parsed = _parsed(piece)
    if isinstance(parsed, Problem):
        yield parsed
        return
    yield from _remarks(piece, parsed)
    if jsonvalue.is_too_large(piece.text, parsed.value):
        yield jsonvalue.too_large(piece.number, piece.line)
    elif depth:
        yield from _object(_named(parsed.value, head), piece.number, piece.line, depth)
    elif parsed.value is not None:
        yield from objects_of(parsed.value, piece.number, piece.line)


def _is_sound(document: yamldoc.Chunk) -> bool:
    return not isinstance(_parsed(document), Problem)


def _parsed(piece: yamldoc.Chunk) -> yamldoc.Parsed | Problem:
    try:
        return yamldoc.parse(piece.text)
    except yamldoc.YamlError as error:
        if _TOLD_BESIDE.search(piece.text) is None:
            return _yaml_problem(piece, error)
    try:
        return yamldoc.parse(_TOLD_BESIDE.sub(b"#", piece.text))
    except yamldoc.YamlError as error:
        return _yaml_problem(piece, error)


def _yaml_problem(chunk: yamldoc.Chunk, error: yamldoc.YamlError) -> Problem:
    values: dict[str, Any] = {"document": chunk.number, "line": chunk.line + error.line - 1}
    if error.code == "input_yaml_broken" and _TEMPLATE.search(chunk.text):
        return Problem("input_template", values)
    if error.code == "input_yaml_broken":
        cause = next((c for begin, c in _YAML_CAUSES.items() if error.problem.startswith(begin)), "other")
        values["problem"] = msgspec.to_builtins(msg(f"input.yaml.{cause}"))
    return Problem(error.code, values)


def _remarks(chunk: yamldoc.Chunk, parsed: yamldoc.Parsed) -> Iterator[Problem]:
    for code, name, places in (
        ("input_duplicate_key", "key", parsed.duplicates),
        ("input_not_a_number", "constant", parsed.constants),
    ):
        for found, line in places[:1]:
            yield Problem(code, {"document": chunk.number, "line": chunk.line + line - 1, name: found})


def objects_of(value: Any, document: int, line: int = 1, depth: int = 0) -> Iterator[Event]:
    """The objects of one parsed value: itself, or what its lists hold."""
    if isinstance(value, list):
        yield from _list({}, iter(value), document, line, depth)
    elif isinstance(value, dict) and _is_list(value):
        yield from _list(value, iter(value["items"] or ()), document, line, depth)
    else:
        yield from _object(value, document, line, depth)


def _list(head: Body, items: Iterator[Any], document: int, line: int, depth: int = 0) -> Iterator[Event]:
    if depth > _MAX_LIST_DEPTH:
        yield Problem("input_too_deep", {"document": document, "line": line})
        return
    yield from _looked(head)
    for item in items:
        if (found := _ordinary(item, document)) is not None:
            yield found
        elif isinstance(item, Problem):
            yield item
        elif item is not None:
            yield from _object(_named(item, head), document, line, depth + 1)


def _ordinary(item: Any, document: int) -> Found | None:
    """The item where it is an object that names its own type, as nearly all do; None where it needs a closer look."""
    if not isinstance(item, dict) or "items" in item:
        return None
    kind, api = item.get("kind"), item.get("apiVersion")
    if not isinstance(kind, str) or not isinstance(api, str) or kind in _LOOKED_AT or not is_type(api, kind):
        return None
    if is_answer(api, kind, item):
        return None
    return Found(api, kind, item, document)


def _object(value: Any, document: int, line: int, depth: int) -> Iterator[Event]:
    if not isinstance(value, dict):
        yield Problem("input_no_kind", {"document": document, "line": line}, foreign=True)
    elif _is_list(value):
        yield from objects_of(value, document, line, depth)
    elif (kind := value.get("kind")) and isinstance(kind, str) and (api := _api_version(value)):
        if kind == "Config" and api == "v1" and "clusters" in value:
            yield Problem("input_kubeconfig", {"document": document, "line": line}, foreign=True)
        elif is_answer(api, kind, value):
            yield _answer(value, document, line)
        elif _is_template(api, kind, value):
            yield Problem("input_template_openshift", {"document": document, "line": line})
        elif is_type(api, kind):
            yield Found(api, kind, value, document)
        else:
            yield Problem("input_bad_kind", {"document": document, "line": line})
    elif watch.is_event(value):
        yield from _change(value, document, line, depth)
    elif internal_form.is_internal(value):
        yield from internal_form.objects(value, document, line)
    else:
        yield Problem("input_no_kind", {"document": document, "line": line}, foreign=True)


def is_answer(api_version: str, kind: str, value: Body) -> bool:
    """Whether it is what an API server answers beside objects: a refusal, a printed table, what it serves."""
    if api_version == "v1":
        return kind in _ANSWERS or (kind == "Status" and value.get("status") == "Failure")
    return api_version.startswith(_META)


def _answer(value: Body, document: int, line: int) -> Problem:
    """A refusal says that something was to be read here and was not."""
    values: dict[str, Any] = {"document": document, "line": line, "kind": text(value.get("kind"))}
    if value.get("kind") == "Status":
        return Problem("input_api_refused", values | {"reason": _reason(value)})
    return Problem("input_api_answer", values, foreign=True)


def _reason(status: Body) -> str:
    reason, code = text(status.get("reason")), number(status.get("code"))
    if _REASON.fullmatch(reason):  # a server gives one word; nothing else is passed on
        return reason
    return str(code) if code is not None else "Failure"


def _is_template(api_version: str, kind: str, value: Body) -> bool:
    """Whether its objects are yet to be made of it, by ``oc process``; kinds of that name elsewhere are objects."""
    return kind == "Template" and "objects" in value and api_version in ("v1", "template.openshift.io/v1")


def _change(event: Body, document: int, line: int, depth: int) -> Iterator[Event]:
    change = event["type"]
    if change == "BOOKMARK":  # a mark of how far the watch has come
        yield Changed(change, None)
    elif change == "ERROR":
        yield Changed(change, None)
        values = {"document": document, "line": line, "reason": _reason(event["object"])}
        yield Problem("input_watch_error", values)
    else:
        for found in objects_of(event["object"], document, line, depth + 1):
            yield Changed(change, found) if isinstance(found, Found) else found


def _is_list(value: Body) -> bool:
    if "items" not in value or not isinstance(value["items"], list | None):
        return False
    kind = value.get("kind")
    return kind is None or (isinstance(kind, str) and (kind.endswith("List") or _api_version(value) == "v3"))


def _api_version(value: Body) -> str:
    return text(value.get("apiVersion")) or text(value.get("apiversion"))  # the CCE API writes both


def _item_kind(head: Body) -> str:
    kind = text(head.get("kind"))
    if kind.endswith("List"):
        return kind[:-4]
    return kind if _api_version(head) == "v3" else ""


def _named(item: Any, head: Body) -> Any:
    """The item with kind and version of its list where it has none of its own."""
    if not isinstance(item, dict) or (item.get("kind") and _api_version(item)):
        return item
    kind, api = item.get("kind") or _item_kind(head), _api_version(item) or _api_version(head)
    if not kind or not api or "Items" in item:
        return item
    return {**item, "kind": kind, "apiVersion": api}


def _looked(head: Body) -> Iterator[Looked]:
    api, kind = _api_version(head), _item_kind(head)
    if head.get("kind") and is_type(api, kind or "List"):
        yield Looked(api, kind)


@lru_cache(maxsize=1024)
def is_type(api_version: str, kind: str) -> bool:
    """Whether both are written as Kubernetes demands of the type of an object."""
    return _KIND.fullmatch(kind) is not None and is_api_version(api_version)


@lru_cache(maxsize=1024)
def is_api_version(value: str) -> bool:
    return _API_VERSION.fullmatch(value) is not None

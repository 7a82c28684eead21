"""Checks that look into objects: all of them in one pass over the contents, each object parsed once.

A check of this kind judges one object of the kinds that it names. An object whose content the input does not hold (one
that was typed into a form) cannot be judged, so that the check cannot pass.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import orjson

from migrator.checks.spec import CheckContext, Unresolved, Yield
from migrator.locale import msg
from migrator.snapshot.model import Manifest, ObjectRef
from migrator.snapshot.values import Body, mapping, mappings, metadata
from migrator.snapshot.workloads import pod_template

if TYPE_CHECKING:
    from migrator.checks.registry import Judge, RegisteredCheck

    _Looking = tuple[str, Judge, list[Yield]]

EVERY_KIND = "*"


class Content:
    """An object with its content.

    Attributes:
        ref: its name.
        body: the object as JSON holds it, without credentials and without what only the server writes; it is parsed
            when it is first looked at.
        system: whether it stands in a namespace of the platform.
    """

    __slots__ = ("_body", "_containers", "_pods", "_raw", "_template", "ref", "system")

    def __init__(self, ref: ObjectRef, raw: bytes, *, system: bool) -> None:
        self.ref = ref
        self.system = system
        self._raw = raw
        self._body: Body | None = None
        self._template: Body | None = None
        self._pods: Body | None = None
        self._containers: list[Body] | None = None

    def mentions(self, field: str) -> bool:
        """Whether a field of that name may stand anywhere in the object; told without parsing it."""
        return f'"{field}":'.encode() in self._raw

    def holds(self, *texts: str) -> bool:
        """Whether one of ``texts`` may stand anywhere in the object; told without parsing it."""
        return any(text.encode() in self._raw for text in texts)

    @property
    def body(self) -> Body:
        body = self._body
        if body is None:
            body = self._body = orjson.loads(self._raw)
        return body

    @property
    def metadata(self) -> Body:
        return metadata(self.body)

    @property
    def spec(self) -> Body:
        return mapping(self.body.get("spec"))

    @property
    def pods(self) -> Body:
        """The pod spec of a workload, of a bare Pod its own; empty for any other kind."""
        pods = self._pods
        if pods is None:
            pods = self._pods = mapping(self._pod_template.get("spec"))
        return pods

    @property
    def containers(self) -> list[Body]:
        """The containers of ``pods``, without those that run before them."""
        found = self._containers
        if found is None:
            found = self._containers = mappings(self.pods.get("containers"))
        return found

    @property
    def pod_metadata(self) -> Body:
        """Labels and annotations of the pods that a workload makes."""
        return metadata(self._pod_template)

    @property
    def _pod_template(self) -> Body:
        template = self._template
        if template is None:
            template = self._template = pod_template(self.ref, self.body)
        return template


class Judged:
    """What the checks said of the objects, by code: all that one yielded, or the exception that it ended with."""

    def __init__(self) -> None:
        self._yields: dict[str, list[Yield]] = defaultdict(list)
        self._errors: dict[str, Exception] = {}

    def looking(self, checks: Iterable[RegisteredCheck]) -> dict[str, list[_Looking]]:
        """Who looks at the objects of which kind, and where it writes down what it sees."""
        named: dict[str, list[_Looking]] = defaultdict(list)
        for check in checks:
            if check.judge is not None:
                for kind in check.kinds:
                    named[kind].append((check.spec.code, check.judge, self._yields[check.spec.code]))
        return named

    def take(self, looking: Iterable[_Looking], context: CheckContext, content: Content) -> None:
        errors = self._errors
        for code, judge, said in looking:
            if errors and code in errors:
                continue
            try:
                said.extend(judge(context, content))
            except Exception as error:  # told by the runner as the check's own; the other checks go on
                errors[code] = error

    def of(self, code: str) -> list[Yield]:
        """All that the check yielded; raises what it raised."""
        if code in self._errors:
            raise self._errors[code]
        return self._yields[code]


def judge_objects(context: CheckContext, checks: Sequence[RegisteredCheck]) -> Judged:
    """Let each of ``checks`` that judges objects look at every object of its kinds."""
    judged = Judged()
    named = judged.looking(checks)
    if not named:
        return judged
    everywhere = named.pop(EVERY_KIND, [])
    wanted = {kind: [*some, *everywhere] for kind, some in named.items()}
    for manifest in context.snapshot.manifests:
        if looking := wanted.get(manifest.ref.kind, everywhere):
            judged.take(looking, context, _content(context, manifest))
    for ref in context.named_only:
        for _, _, said in wanted.get(ref.kind, everywhere):
            said.append(Unresolved(ref, msg("check.reason.no_content")))
    return judged


def contents(context: CheckContext, *kinds: str, mentioning: str = "") -> Iterator[Content]:
    """The objects of these kinds with their contents, for a check that needs several at once.

    Args:
        mentioning: a field; objects in whose text it stands nowhere are passed over unparsed.
    """
    sought = f'"{mentioning}":'.encode() if mentioning else b""
    for manifest in context.manifests.of(kinds):
        if not sought or sought in bytes(manifest.body):
            yield _content(context, manifest)


def unseen_kinds(context: CheckContext, kinds: Iterable[str]) -> list[str]:
    """Those of ``kinds`` of which the input holds no object, and that it does not say it has none of."""
    return sorted(set(kinds) - context.snapshot.kinds_seen - {EVERY_KIND})


def _content(context: CheckContext, manifest: Manifest) -> Content:
    system = manifest.ref.namespace in context.system_namespaces
    return Content(manifest.ref, bytes(manifest.body), system=system)

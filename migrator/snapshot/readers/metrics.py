"""The API server's own count of requests for deprecated APIs: ``kubectl get --raw /metrics``, from Kubernetes 1.19 on.

Each API server counts for itself and from its start on: an export may show less than was asked for, never more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from migrator.snapshot.model import ApiUse, ApiUseSource, ObjectRef, Section
from migrator.snapshot.readers import Covered, Event, Format, Told

_DEPRECATED = b"apiserver_requested_deprecated_apis"
# Others have metrics of the same form; only an API server with a storage of its own has one of these.
_OF_THE_SERVER = (_DEPRECATED, b"apiserver_storage_objects", b"etcd_object_counts")
_HEAD = 1 << 16
# The first line that is no comment: name, labels, number.
_FIRST_SAMPLE = re.compile(
    rb"\s*(?:#[^\n]*\n\s*)*[a-zA-Z_]\w*(?:\{[^\n]*\})?[ \t]+[-+]?(?:[0-9][0-9.]*(?:e[-+]?[0-9]+)?|nan|inf)\s",
    re.IGNORECASE,
)
_SERIES = re.compile(rb"^%s\{([^\n]*)\}[ \t]+([0-9.e+]+)" % _DEPRECATED, re.MULTILINE)
_LABEL = re.compile(r'(group|version|resource|subresource|removed_release)="([a-zA-Z0-9./-]{0,253})"')


def _recognises(content: bytes, name: str) -> bool:
    """Whether it is the metrics of an API server, whole or only the lines in question."""
    return _FIRST_SAMPLE.match(content[:_HEAD] + b"\n") is not None and any(m in content for m in _OF_THE_SERVER)


def _read(content: bytes, name: str) -> Iterator[Event]:
    yield Covered(Section.API_REQUESTS, "metrics")
    for labels, value in _SERIES.findall(content):
        given = dict(_LABEL.findall(labels.decode("ascii", "replace")))
        if float(value) and given.get("version") and given.get("resource"):
            api_version = "/".join(filter(None, (given.get("group"), given["version"])))
            resource = "/".join(filter(None, (given["resource"], given.get("subresource"))))
            yield Told(
                ApiUse(
                    ref=ObjectRef(api_version=api_version, kind=resource),
                    source=ApiUseSource.METRICS,
                    place=given.get("removed_release", ""),
                    file=name,
                )
            )


METRICS = Format("metrics", _recognises, _read)

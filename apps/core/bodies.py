"""WSGI: bodies that come in chunks, without a length, reach the framework, which reads none without one."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from typing import Any

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class ChunkedBodies:
    """Wraps the application.

    A form gets ``form_most``, the most that is read of any, as its length: the framework reads up to there or to the
    end. Any other body is small and is read here, as far as ``other_most`` and one byte more, by which the application
    sees that it was too much. Only where the server ends the stream by itself (``wsgi.input_terminated``).
    """

    def __init__(self, application: Application, *, form_most: int, other_most: int) -> None:
        self._application = application
        self._form_most = form_most
        self._other_most = other_most

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        chunked = environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked"
        if chunked and not environ.get("CONTENT_LENGTH") and environ.get("wsgi.input_terminated"):
            self._give_length(environ)
        return self._application(environ, start_response)

    def _give_length(self, environ: dict[str, Any]) -> None:
        if environ.get("CONTENT_TYPE", "").lower().startswith("multipart/"):
            environ["CONTENT_LENGTH"] = str(self._form_most)
            return
        body = _read(environ["wsgi.input"], self._other_most + 1)
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))


def _read(stream: Any, most: int) -> bytes:
    parts: list[bytes] = []
    left = most
    while left and (part := stream.read(left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)

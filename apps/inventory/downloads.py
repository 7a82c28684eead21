"""Answers that hand out a stored file."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse

from apps.inventory.models import Original
from apps.inventory.originals import original_open

_BLOCK = 1 << 20


def download(original: Original, actor: Any) -> FileResponse:
    """The file as an attachment, decrypted while it is sent. Raises what ``original_open`` raises."""
    stream = original_open(original, actor=actor)
    name = original.name.rpartition("/")[2]
    answer = FileResponse(stream, as_attachment=True, filename=name, content_type="application/octet-stream")
    answer.block_size = _BLOCK
    answer["Cache-Control"] = "no-store"
    return answer

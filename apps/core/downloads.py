"""Names of files to download, in whichever script, for every browser and every file system."""

from __future__ import annotations

import re
from urllib.parse import quote

_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')
_LONGEST = 150


def safe_name(name: str) -> str:
    """``name`` without what ends a path or no file may be called, so that nothing of it is cut off or put elsewhere."""
    return _UNSAFE.sub("-", name).strip(" .-")[:_LONGEST] or "cluster"


def disposition(name: str) -> str:
    """The header of an attachment: the name itself (RFC 5987), and one in ASCII for programs that know only such.

    Args:
        name: safe, with its ending.
    """
    plain = re.sub(r"[^ -~]+", "", name).replace('"', "").replace("%", "").lstrip(" .-_") or "download"
    encoded = f"; filename*=utf-8''{quote(name, safe='')}" if plain != name else ""
    return f'attachment; filename="{plain}"{encoded}'

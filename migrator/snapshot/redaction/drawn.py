"""Values that look as if a machine had drawn them: a key or token that no name and no form gives away."""

from __future__ import annotations

import re

# Large and small letters and digits in one run; the second half of a hash or an address has one case only.
_RUN = re.compile(r"(?=.{0,4000}?[A-Z])(?=.{0,4000}?[a-z])(?=.{0,4000}?[0-9])[A-Za-z0-9+/_-]{16,4096}={0,2}")
_CHANGES = re.compile(r"[a-z](?=[A-Z0-9])|[A-Z](?=[a-z0-9])|[0-9](?=[A-Za-z])")
# Of the places in a run, the share at which drawn characters change their class; words in one run stay below it.
_SHARE = 0.4
_CERTIFICATE = "LS0tLS1CRUdJTiBDRVJU"  # "-----BEGIN CERT" in base64: public


def looks_drawn(value: str) -> bool:
    """Whether the whole of ``value`` is one run of letters and digits in no order, as in ``hT7xQ0zLk29Vb4Nw``."""
    if len(value) < 16 or _RUN.fullmatch(value) is None or value.startswith(_CERTIFICATE):
        return False
    return len(_CHANGES.findall(value)) >= _SHARE * (len(value) - 1)

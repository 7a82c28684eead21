"""Credentials: found and masked while reading, so that none reaches a fact.

``names``: which names stand for one. ``texts`` and ``assigned``: where one stands in a free text. ``kept``: what facts
keep, cleaned. ``notices``: where in an object one stood, never what it was. ``trees``: a whole object without them.
"""

from __future__ import annotations

from migrator.snapshot.redaction.kept import (
    mask_annotations,
    mask_corefile,
    mask_fact,
    mask_labels,
    mask_map,
    mask_option,
    mask_values,
)
from migrator.snapshot.redaction.names import is_secret_name
from migrator.snapshot.redaction.notices import (
    LAST_APPLIED,
    cce_notices,
    config_notices,
    metadata_notices,
    other_notices,
    pod_notices,
    secret_notices,
    volume_notices,
)
from migrator.snapshot.redaction.texts import MASK, holds_secret, mask_text
from migrator.snapshot.redaction.trees import mask_tree

__all__ = (
    "LAST_APPLIED",
    "MASK",
    "cce_notices",
    "config_notices",
    "holds_secret",
    "is_secret_name",
    "mask_annotations",
    "mask_corefile",
    "mask_fact",
    "mask_labels",
    "mask_map",
    "mask_option",
    "mask_text",
    "mask_tree",
    "mask_values",
    "metadata_notices",
    "other_notices",
    "pod_notices",
    "secret_notices",
    "volume_notices",
)

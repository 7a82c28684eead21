"""The core's tests stay short: fewer random examples here than hypothesis takes by default."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("short", max_examples=40, deadline=None)
settings.load_profile("short")

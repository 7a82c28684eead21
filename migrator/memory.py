"""Memory while a large cluster is worked on."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_cyclic_collection() -> Iterator[None]:
    """Leave everything to the counting of references in the meantime.

    Dumps and facts are trees without cycles, millions of objects that stay until the end; the collector's passes over
    all of them would double the time of whatever makes more of them. Also a decorator.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            # Among the old ones, so that the first collection does not look at all that was made in the meantime.
            gc.freeze()
            gc.unfreeze()
            gc.enable()

"""``python -m migrator``: the command line without an installed script."""

from __future__ import annotations

import sys

try:
    from migrator.cli import main

    sys.exit(main())
except KeyboardInterrupt:  # while the modules were loading, before anything was read or written
    sys.exit(130)

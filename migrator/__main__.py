"""``python -m migrator``: the command line without an installed script."""

from __future__ import annotations

import sys

from migrator.cli import main

sys.exit(main())

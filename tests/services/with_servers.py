"""Runs a command with private MariaDB and Redis: ``python -m tests.services.with_servers COMMAND...``.

The command finds them through the same environment variables as in production.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

from tests.services.private import mariadb, redis


def main() -> int:
    with mariadb() as database, redis() as broker, tempfile.TemporaryDirectory(prefix="migrator-data-") as data:
        environment = {**os.environ, "DATABASE_URL": database, "CELERY_BROKER_URL": broker, "DATA_DIR": data}
        environment["SECRET_KEY"] = "for-tests-only-" + "x" * 50
        return subprocess.run(sys.argv[1:], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

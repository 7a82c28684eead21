"""Makes sure that the programs the tests need are on the machine; installs Debian's packages where it may.

Run as ``python -m tests.services.programs``. Says what it installs. Where something is missing and cannot be installed
from here it prints one line that names what to install, and exits with 1.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

# What must be there -> Debian package that brings it.
PROGRAMS = {
    "mariadbd": "mariadb-server",
    "mariadb-install-db": "mariadb-server",
    "redis-server": "redis-server",
    "chromium": "chromium",
    "busybox": "busybox",
    "cc": "build-essential",
    "pkg-config": "pkg-config",
}
SEARCH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin", "/usr/bin", "/sbin"])


def find(program: str) -> str | None:
    """The program's path, also where ``/usr/sbin`` is not on a plain user's PATH."""
    return shutil.which(program, path=SEARCH)


def missing_packages() -> list[str]:
    packages = {package for program, package in PROGRAMS.items() if find(program) is None}
    if not _has_client_headers():
        packages.add("default-libmysqlclient-dev")
    if not _has_chinese_font():
        packages.add("fonts-noto-cjk")
    return sorted(packages)


def _has_client_headers() -> bool:
    pkg_config = find("pkg-config")
    names = ("mysqlclient", "libmariadb", "mariadb")
    return pkg_config is not None and any(
        subprocess.run([pkg_config, "--exists", name], check=False).returncode == 0 for name in names
    )


def _has_chinese_font() -> bool:
    """The browser's pictures of Chinese pages need a font; any CJK font will do."""
    folders = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".fonts")
    return any(
        "cjk" in path.name.lower() for folder in folders if folder.is_dir() for path in folder.rglob("*.[ot]t[cf]")
    )


def main() -> int:
    missing = missing_packages()
    if not missing:
        return 0
    apt = find("apt-get")
    if apt is None or os.geteuid() != 0:
        print(
            f"make test: install first: {' '.join(missing)} (Debian's package names), then try again", file=sys.stderr
        )
        return 1
    print(f"make test: installing {' '.join(missing)}", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *missing]):
        done = subprocess.run([apt, *arguments], env=quiet, check=False, capture_output=True, text=True)
        if done.returncode:
            print(done.stdout, done.stderr, file=sys.stderr)
            print(f"make test: could not install; install by hand: {' '.join(missing)}", file=sys.stderr)
            return 1
    if still := missing_packages():
        print(f"make test: still missing after the installation: {' '.join(still)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Documents onto the disk: all of them or none, and never half of one."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from migrator.errors import MigratorError


def check_folder(folder: Path) -> None:
    """Refuse early what cannot become the folder of the documents; raises as ``write_files``."""
    for place in (folder, *folder.parents):
        if place.is_dir():
            return
        if place.exists() or place.is_symlink():
            raise MigratorError("out_not_a_folder", folder=str(folder), place=str(place))


def write_files(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write every file into ``folder``, which is made where it is missing, and return their paths.

    Names may lead into folders of it, ``manifests/40-workload.yaml``.

    The contents are first written into a hidden folder beside their places and then renamed: a reader sees the old
    file or the new one.

    Raises:
        MigratorError: ``out_not_a_folder``, or ``out_unwritable`` with the reason the system gives.
    """
    check_folder(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".migrator-", dir=folder))
        try:
            for name, content in files.items():
                (staging / name).parent.mkdir(parents=True, exist_ok=True)
                (staging / name).write_bytes(content)
            for name in files:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                os.replace(staging / name, folder / name)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        raise MigratorError("out_unwritable", folder=str(folder), problem=error.strerror or str(error)) from error
    return [folder / name for name in files]

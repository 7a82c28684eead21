"""Bundles on the disk, built by the kustomize inside kubectl: that of the environment, which a lock file pins."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from migrator.conversion.model import Bundle
from migrator.conversion.waves import INVALID

KUBECTL = shutil.which("kubectl", path=os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))


def write(bundle: Bundle, folder: Path) -> None:
    for file in bundle.files:
        place = folder / file.path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(file.text, encoding="utf-8")


def built(folder: Path) -> list[dict[str, Any]]:
    """The objects that the kustomization in ``folder`` gives."""
    assert KUBECTL, "no kubectl: make setup brings one"
    done = subprocess.run([KUBECTL, "kustomize", str(folder)], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return [d for d in yaml.load_all(done.stdout, Loader=yaml.CSafeLoader) if d]


def objects_of(bundle: Bundle) -> list[tuple[str, dict[str, Any]]]:
    """Path and content of every manifest."""
    return [
        (f.path, yaml.load(f.text, Loader=yaml.CSafeLoader))
        for f in bundle.files
        if f.path.endswith(".yaml") and not f.path.endswith("kustomization.yaml")
    ]


def valid_objects(bundle: Bundle) -> set[tuple[str, str, str, str]]:
    return {identity(m) for path, m in objects_of(bundle) if not path.startswith(INVALID)}


def identity(manifest: dict[str, Any]) -> tuple[str, str, str, str]:
    metadata = manifest["metadata"]
    return (manifest["apiVersion"], manifest["kind"], metadata.get("namespace", ""), metadata["name"])

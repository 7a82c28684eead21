"""The project's own files: versions, lock, import contracts, container files, size budget."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

import migrator

ROOT = Path(__file__).resolve().parents[2]
CODE = [
    p
    for top in ("migrator", "apps", "config")
    for p in sorted((ROOT / top).rglob("*.py"))
    if "migrations" not in p.parts
]


def test_version_is_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert migrator.__version__ == project["version"]
    assert f"cce-migrator:{migrator.__version__}" in (ROOT / "docker-compose.yml").read_text()


def test_lock_file_carries_hashes_and_no_addresses() -> None:
    text = (ROOT / "uv.lock").read_text()
    assert "://" not in text
    packages = tomllib.loads(text)["package"]
    downloads = [d for p in packages for d in [*p.get("wheels", []), *([p["sdist"]] if "sdist" in p else [])]]
    assert downloads
    assert all(d["hash"].startswith("sha256:") for d in downloads)


def test_the_wheel_carries_the_files_that_are_no_modules(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        names = set(packed.namelist())
    data = [p for p in (ROOT / "migrator").rglob("*") if p.suffix in (".sh", ".yaml", ".otf", ".ttf", ".txt", ".typ")]
    assert {"collect.sh", "node.sh", "node_settings.yaml"} <= {p.name for p in data}
    assert {p.relative_to(ROOT).as_posix() for p in data} <= names


def test_import_contracts_hold() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", CODE, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_module_grows_beyond_its_room(path: Path) -> None:
    lines = len(path.read_text("utf-8").splitlines())
    assert lines <= 500, f"{path.relative_to(ROOT)} has {lines} lines; give its parts rooms of their own"


# The keys of the Compose Specification that the file may use; anything else is a slip of the pen.
_TEXTS = {"type": "array", "items": {"type": "string"}}
_SERVICE: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["image", "restart"],
    "properties": {
        "build": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"context": {"type": "string"}, "dockerfile": {"type": "string"}},
        },
        "image": {"type": "string", "pattern": r"^[a-z0-9/-]+:[0-9.]+$"},
        "restart": {"enum": ["no", "unless-stopped"]},
        "command": _TEXTS,
        "environment": {"type": "object", "additionalProperties": {"type": "string"}},
        "volumes": _TEXTS,
        "ports": _TEXTS,
        "healthcheck": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "test": _TEXTS,
                "interval": {"type": "string"},
                "timeout": {"type": "string"},
                "retries": {"type": "integer"},
                "disable": {"type": "boolean"},
            },
        },
        "depends_on": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "required": ["condition"],
                "additionalProperties": False,
                "properties": {"condition": {"enum": ["service_healthy", "service_completed_successfully"]}},
            },
        },
    },
}
_COMPOSE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "services", "volumes"],
    "patternProperties": {"^x-": {}},
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z0-9-]+$"},
        "services": {"type": "object", "additionalProperties": _SERVICE},
        "volumes": {"type": "object", "additionalProperties": {"type": "null"}},
    },
}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    return parsed


def test_compose_file_is_of_the_specification(compose: dict[str, Any]) -> None:
    jsonschema.validate(compose, _COMPOSE)


def test_compose_file_refers_only_to_what_it_defines(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert set(service.get("depends_on", {})) <= set(compose["services"]), name
        named = {v.split(":")[0] for v in service.get("volumes", []) if not v.startswith((".", "/"))}
        assert named <= set(compose["volumes"]), name
        if "build" in service:
            assert (ROOT / service["build"]["dockerfile"]).is_file()


def test_compose_file_and_image_set_only_variables_that_the_settings_read(compose: dict[str, Any]) -> None:
    read = "".join(p.read_text("utf-8") for p in (ROOT / "config").glob("*.py"))
    for name in compose["services"]["web"]["environment"]:
        assert re.search(rf"[\"']{name}[\"']", read), f"{name} is set for the containers, and no setting reads it"


def test_image_copies_only_what_exists() -> None:
    sources = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "docker/Dockerfile").read_text(), re.MULTILINE)
    for source in " ".join(sources).split():
        assert (ROOT / source).exists(), source


def test_entrypoint_is_valid_shell() -> None:
    subprocess.run(["sh", "-n", str(ROOT / "docker/entrypoint.sh")], check=True)

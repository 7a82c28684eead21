"""``make bench``: how long a large cluster takes, as ratios that hold on any machine, each beside its limit.

Every figure is the median of five runs, each a fresh process; the runs of all tasks take turns, so that a machine that
slows down for a while slows both sides of a ratio. ``BENCH_SCALE`` (1.0, about 220 MB) makes the cluster smaller or
larger. Exits with 1 where a limit is exceeded; at other scales than 1.0 start-up weighs more, or less, than it should.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.bench.dump import write_json, write_yaml

RUNS = 5
YAML_SHARE = 0.2  # the yardstick reads ten megabytes of YAML in a second


class Run(NamedTuple):
    task: str
    file: str


class Limit(NamedTuple):
    """``run`` takes at most ``most`` times as long as ``base``."""

    title: str
    run: Run
    base: Run
    most: float | None = None  # None: printed for information


class Measured(NamedTuple):
    seconds: float
    memory: float  # MB, the peak
    held: float  # MB, before the work began


JSON, TWICE, YAML, SMALL = "cluster.json", "twice.json", "cluster.yaml", "small.json"
SMALL_SCALE = 0.005  # 60 workloads, at any scale of the rest
DOCUMENTS = Run("documents", SMALL)
DOCUMENTS_MOST = 5.0  # seconds of one core, for all formats in one language
ORJSON = Run("orjson.loads", JSON)
LARGE_XLSX, LARGE_PDF = Run("large xlsx", JSON), Run("large pdf", JSON)
LARGE_PDF_MEMORY = 1_000  # MB; its pages are counted where it is written
CORE = (
    Limit("read to a snapshot", Run("read", JSON), ORJSON, 1.5),
    Limit("read, YAML", Run("read", YAML), Run("ryaml.loads", YAML), 1.3),
    Limit("read, twice the cluster", Run("read", TWICE), Run("read", JSON), 2.2),
    Limit("all checks, once it is read", Run("checks", JSON), ORJSON, 0.5),
    Limit("all checks, twice the cluster", Run("checks", TWICE), Run("checks", JSON), 2.2),
    Limit("runbook with all manifests", Run("compile", JSON), ORJSON, 1.0),
    Limit("large cluster as Excel", LARGE_XLSX, ORJSON, 8.0),
    Limit("large cluster as PDF", LARGE_PDF, ORJSON, 30.0),
    Limit("read + assess", Run("assess", JSON), ORJSON),
    Limit("read + assess + compile", Run("plan", JSON), ORJSON),
    Limit("read + assess + compile + Markdown", Run("document", JSON), ORJSON),
)
JOB = (
    Limit("import job on MariaDB", Run("job", JSON), ORJSON, 6.0),
    Limit("import job, twice the cluster", Run("job", TWICE), Run("job", JSON), 2.2),
)
MEMORY_MOST = 500  # MB, of reading
GROWTH_MOST = 1.2  # of the checks, over what the snapshot holds


def main() -> int:
    scale = float(os.environ.get("BENCH_SCALE", "1.0"))
    with tempfile.TemporaryDirectory(prefix="migrator-bench-") as name, _database(Path(name)) as database:
        folder = Path(name)
        write_json(folder / JSON, scale)
        write_json(folder / TWICE, 2 * scale)
        write_yaml(folder / YAML, YAML_SHARE * scale)
        write_json(folder / SMALL, SMALL_SCALE)
        for file, size in ((JSON, scale), (TWICE, 2 * scale), (YAML, YAML_SHARE * scale)):
            print(f"{file}: scale {size:g}, {(folder / file).stat().st_size / 1e6:.0f} MB")
        limits = (*CORE, *(JOB if database else ()))
        results = measure(limits, folder, database)
    print(f"medians of {RUNS} fresh processes each", flush=True)
    held = [_told(limit, results) for limit in limits]
    held.append(_memory_told(results[Run("read", JSON)]))
    held.append(_growth_told(results[Run("checks", JSON)]))
    held.append(_documents_told(results[DOCUMENTS]))
    held.append(_pages_told(results[LARGE_PDF]))
    return 0 if all(held) else 1


def measure(limits: tuple[Limit, ...], folder: Path, variables: Mapping[str, str]) -> dict[Run, Measured]:
    runs = dict.fromkeys([*(run for limit in limits for run in (limit.base, limit.run)), DOCUMENTS])
    found: dict[Run, list[Measured]] = defaultdict(list)
    for _ in range(RUNS):
        for run in runs:
            found[run].append(_measured(run, folder, variables))
    return {
        run: Measured(*(statistics.median(figures) for figures in zip(*several, strict=True)))
        for run, several in found.items()
    }


def _measured(run: Run, folder: Path, variables: Mapping[str, str]) -> Measured:
    command = [sys.executable, "-m", "tests.bench.tasks", run.task, str(folder / run.file)]
    # Byte code is kept, as it is where the program is installed: else each run would compile all modules again.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", **variables}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment, cwd=Path.cwd())
    return Measured(*map(float, done.stdout.split()[-3:]))


def _verdict(held: bool) -> str:
    return "ok" if held else "over"


def _told(limit: Limit, results: Mapping[Run, Measured]) -> bool:
    run, base = results[limit.run], results[limit.base]
    ratio = run.seconds / base.seconds
    held = limit.most is None or ratio <= limit.most
    verdict = "" if limit.most is None else f"limit {limit.most:.1f}  {_verdict(held)}"
    of = limit.base.task if limit.base.task != limit.run.task else "once"
    print(f"  {limit.title:36} {run.seconds:7.2f} s  {ratio:5.2f} x {of:12}  peak {run.memory:5.0f} MB  {verdict}")
    return held


def _memory_told(read: Measured) -> bool:
    held = read.memory < MEMORY_MOST
    print(f"  {'peak of memory while reading':36} {read.memory:7.0f} MB  limit {MEMORY_MOST}  {_verdict(held)}")
    return held


def _growth_told(checks: Measured) -> bool:
    ratio = checks.memory / checks.held
    held = ratio <= GROWTH_MOST
    title = "peak of memory while checking"
    print(f"  {title:36} {checks.memory:7.0f} MB  {ratio:.2f} x held before  limit {GROWTH_MOST}  {_verdict(held)}")
    return held


def _documents_told(written: Measured) -> bool:
    held = written.seconds <= DOCUMENTS_MOST
    title = "all documents of 60 workloads"
    print(f"  {title:36} {written.seconds:7.2f} s of one core  limit {DOCUMENTS_MOST:.1f}  {_verdict(held)}")
    return held


def _pages_told(written: Measured) -> bool:
    held = written.memory < LARGE_PDF_MEMORY
    title = "peak of memory for the large PDF"
    print(f"  {title:36} {written.memory:7.0f} MB  limit {LARGE_PDF_MEMORY}  {_verdict(held)}")
    return held


@contextmanager
def _database(folder: Path) -> Iterator[dict[str, str]]:
    """The environment of a service with a private MariaDB; empty, with the reason printed, where there is none."""
    reason = _missing()
    if reason:
        print(f"import job on MariaDB: skipped, {reason}")
        yield {}
        return
    from tests.services.private import mariadb

    with mariadb() as address:
        variables = {
            "DATABASE_URL": address,
            "CELERY_BROKER_URL": "memory://localhost/",  # nobody listens: the bench does the operation itself
            "DATA_DIR": str(folder / "data"),
            "SECRET_KEY": "for-the-bench-only-" + "x" * 50,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "LOG_LEVEL": "WARNING",
        }
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0", "--skip-checks"]
        subprocess.run(migrate, check=True, env={**os.environ, **variables})
        yield variables


def _missing() -> str:
    from tests.services.programs import find

    programs = [p for p in ("mariadbd", "mariadb-install-db") if find(p) is None]
    if programs:
        return f"not installed: {' '.join(programs)}"
    try:
        import MySQLdb  # noqa: F401
    except ImportError:
        return "mysqlclient is not in the environment"
    return ""


if __name__ == "__main__":
    sys.exit(main())

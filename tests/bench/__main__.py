"""``make bench``: how long the core takes on the large cluster, as ratios to ``orjson.loads`` on the same file.

Each figure is the median of five runs, each a fresh process that reads the file; ratios of one run on one machine can
be compared, seconds cannot. ``BENCH_SCALE`` (default 1.0, about 200 MB) makes the cluster smaller or larger.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.cluster import write_dump

RUNS = 5


def baseline(path: Path) -> None:
    import orjson

    orjson.loads(path.read_bytes())


def read(path: Path) -> None:
    from migrator.snapshot.read import read_paths

    read_paths([path])


def assess(path: Path) -> None:
    _assessed(path)


def plan(path: Path) -> None:
    from migrator.engine import compile_runbook

    compile_runbook(*_assessed(path))


def document(path: Path) -> None:
    from migrator.engine import compile_runbook
    from migrator.render.markdown import render_markdown

    render_markdown(compile_runbook(*_assessed(path)), "zh")


def _assessed(path: Path):  # type: ignore[no-untyped-def]
    from migrator.engine import Request, assess
    from migrator.snapshot.read import read_paths

    snapshot = read_paths([path])
    return snapshot, assess(snapshot, Request(target="1.25"))


TASKS: dict[str, Callable[[Path], None]] = {
    "orjson.loads": baseline,
    "read to a snapshot": read,
    "read + assess": assess,
    "read + assess + compile": plan,
    "read + assess + compile + Markdown": document,
}


def child(name: str, path: Path) -> None:
    """One measured run: prints seconds and the peak of memory in MB."""
    begin = time.perf_counter()
    TASKS[name](path)
    seconds = time.perf_counter() - begin
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def measure(name: str, path: Path) -> tuple[float, float]:
    seconds, memory = [], []
    for _ in range(RUNS):
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench", name, str(path)], capture_output=True, text=True, check=True
        )
        first, second = done.stdout.split()
        seconds.append(float(first))
        memory.append(float(second))
    return statistics.median(seconds), statistics.median(memory)


def main() -> None:
    scale = float(os.environ.get("BENCH_SCALE", "1.0"))
    with tempfile.TemporaryDirectory(prefix="migrator-bench-") as folder:
        path = Path(folder) / "cluster.json"
        write_dump(path, scale)
        print(f"cluster of scale {scale}: {path.stat().st_size / 1e6:.0f} MB, medians of {RUNS} fresh processes")
        base, _ = measure("orjson.loads", path)
        for name in TASKS:
            seconds, memory = measure(name, path)
            print(f"  {name:38} {seconds:8.2f} s   {seconds / base:6.2f} x orjson.loads   peak {memory:6.0f} MB")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        child(sys.argv[1], Path(sys.argv[2]))
    else:
        main()

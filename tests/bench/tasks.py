"""What is measured: each task in a process of its own, ``python -m tests.bench.tasks NAME FILE``.

Prints the seconds and the peak of memory in MB. The time of a task of the core includes importing the program and
reading the file. That of the job begins when a worker, which runs for weeks, takes the operation: the upload lies
encrypted in the spool by then.
"""

from __future__ import annotations

import gc
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

PAGES_MOST = 300  # of the large cluster's PDF: what somebody still prints and leafs through


def orjson_loads(path: Path) -> None:
    import orjson

    orjson.loads(path.read_bytes())


def ryaml_loads(path: Path) -> None:
    import ryaml

    ryaml.loads(path.read_text("utf-8"))


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


def compiling(path: Path) -> Callable[[], None]:
    """Read and assess the file; what is returned makes the manifests of the new cluster and compiles the runbook."""
    from migrator.engine import compile_runbook

    snapshot, assessment = _assessed(path)
    _forget_peak()

    def work() -> None:
        compile_runbook(snapshot, assessment)

    return work


def waiting_import(path: Path) -> Callable[[], None]:
    """Spool the file into the database of ``DATABASE_URL``; what is returned does the operation as a worker does."""
    import django

    django.setup()
    from apps.inventory.services import cluster_create, import_start_from_paths
    from apps.operations.runner import run_operation

    cluster = cluster_create(actor=None, name=f"bench {time.time_ns()}")
    operation = import_start_from_paths(cluster=cluster, actor=None, paths=[path])

    def work() -> None:
        run_operation(str(operation.uid))
        operation.refresh_from_db()
        if operation.status != "succeeded":
            raise RuntimeError(f"the import {operation.status}: {operation.problem}")

    return work


def checking(path: Path) -> Callable[[], None]:
    """Start the program and read the file; what is returned runs all checks over it."""
    from migrator.catalog.loader import shipped_catalog
    from migrator.checks.registry import all_checks
    from migrator.engine import Request, assess
    from migrator.snapshot.read import read_paths

    shipped_catalog()
    all_checks()
    snapshot = read_paths([path])
    _forget_peak()

    def work() -> None:
        assess(snapshot, Request(target="1.25"))

    return work


def documents(path: Path) -> Callable[[], None]:
    """Compile the runbook; what is returned writes it in every format in Chinese, on one core.

    Programs and fonts load inside the time, as they do for the first document that somebody asks for.
    """
    from migrator.engine import compile_runbook

    runbook = compile_runbook(*_assessed(path))
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

    def work() -> None:
        from migrator.render import FORMATS, render_all

        render_all(runbook, [(wanted, "zh") for wanted in FORMATS.values()])

    return work


def large_pdf(path: Path) -> Callable[[], None]:
    """Compile the runbook with manifests; what is returned writes it as PDF in Chinese and counts its pages."""
    return _large(path, "pdf")


def large_xlsx(path: Path) -> Callable[[], None]:
    """The same as a workbook."""
    return _large(path, "xlsx")


def _large(path: Path, name: str) -> Callable[[], None]:
    from migrator.engine import compile_runbook
    from migrator.render import FORMATS

    runbook = compile_runbook(*_assessed(path))
    _forget_peak()

    def work() -> None:
        written = FORMATS[name].render(runbook, "zh")
        if name == "pdf":
            import io

            from pypdf import PdfReader

            pages = len(PdfReader(io.BytesIO(written)).pages)
            if pages > PAGES_MOST:
                raise RuntimeError(f"the PDF of the large cluster has {pages} pages, more than {PAGES_MOST}")

    return work


def _children() -> float:
    """The largest peak of memory of a child process in MB: typesetting has one."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def _forget_peak() -> None:
    """Let the peak of memory begin anew at what is held now (Linux)."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")


def _memory(field: str) -> float:
    """``VmRSS`` (held now) or ``VmHWM`` (the peak) in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:")) / 1024


CORE: dict[str, Callable[[Path], None]] = {
    "orjson.loads": orjson_loads,
    "ryaml.loads": ryaml_loads,
    "read": read,
    "assess": assess,
    "plan": plan,
    "document": document,
}


PREPARED: dict[str, Callable[[Path], Callable[[], None]]] = {
    "job": waiting_import,
    "checks": checking,
    "compile": compiling,
    "documents": documents,
    "large pdf": large_pdf,
    "large xlsx": large_xlsx,
}


def main(name: str, path: Path) -> None:
    work = PREPARED[name](path) if name in PREPARED else None
    held = _memory("VmRSS")
    begin = time.perf_counter()
    if work is not None:
        work()
    else:
        CORE[name](path)
    seconds = time.perf_counter() - begin
    print(seconds, max(_memory("VmHWM"), _children()), held)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))

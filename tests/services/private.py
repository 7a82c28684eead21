"""Private MariaDB and Redis for the tests: own data folder, free port, gone afterwards.

They neither need nor touch a server that already runs on the machine, and run as whoever runs the tests.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services.programs import find

START_SECONDS = 60
DATABASE = "migrator"
ROOM = 2 << 30
DATABASES = 256  # of Redis: messages, the cache, and the cache of each process of a run of tests


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def mariadb() -> Iterator[str]:
    """A fresh MariaDB with one empty utf8mb4 database; yields its ``mysql://`` address."""
    import MySQLdb

    with _server_folder("mariadb") as folder:
        port = free_port()
        socket_file = folder / "db.sock"
        user = ["--user=root"] if os.geteuid() == 0 else []
        common = ["--no-defaults", *user, f"--datadir={folder / 'data'}", f"--tmpdir={folder}"]
        _run([_program("mariadb-install-db"), *common, "--auth-root-authentication-method=normal", "--skip-test-db"])
        command = [
            _program("mariadbd"),
            *common,
            f"--socket={socket_file}",
            f"--port={port}",
            "--bind-address=127.0.0.1",
            f"--pid-file={folder / 'db.pid'}",
            f"--plugin-dir={_plugin_folder()}",
            "--skip-log-bin",
            "--innodb-flush-log-at-trx-commit=2",
            "--innodb-buffer-pool-size=512M",
            "--max-allowed-packet=256M",
        ]

        def connect() -> object:
            return MySQLdb.connect(host="127.0.0.1", port=port, user="root")

        with _running(command, folder / "log", connect):
            link = MySQLdb.connect(host="127.0.0.1", port=port, user="root")
            link.cursor().execute(f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4")
            link.close()
            yield f"mysql://root@127.0.0.1:{port}/{DATABASE}"


@contextmanager
def redis() -> Iterator[str]:
    """A fresh Redis without persistence; yields its ``redis://`` address (database 0)."""
    with _server_folder("redis") as folder:
        port = free_port()
        command = [
            _program("redis-server"),
            "--port",
            str(port),
            "--bind",
            "127.0.0.1",
            "--databases",
            str(DATABASES),
            "--save",
            "",
            "--dir",
            str(folder),
        ]

        def connect() -> object:
            return socket.create_connection(("127.0.0.1", port), timeout=1).close()

        with _running(command, folder / "log", connect):
            yield f"redis://127.0.0.1:{port}/0"


def _program(name: str) -> str:
    path = find(name)
    if path is None:
        raise RuntimeError(f"{name} is not installed; run: python -m tests.services.programs")
    return path


def _plugin_folder() -> Path:
    """MariaDB started with --no-defaults still wants a plugin folder that exists."""
    for folder in (Path("/usr/lib/mysql/plugin"), Path("/usr/lib64/mysql/plugin")):
        if folder.is_dir():
            return folder
    return Path("/tmp")


@contextmanager
def _server_folder(name: str) -> Iterator[Path]:
    # In memory where there is room: creating tables on a disk waits for the disk with every table.
    memory = Path("/dev/shm")
    roomy = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM
    folder = Path(tempfile.mkdtemp(prefix=f"migrator-{name}-", dir=memory if roomy else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(command: list[str], log: Path, ready: Callable[[], object]) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    try:
        _wait(process, log, ready)
        yield
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], log: Path, ready: Callable[[], object]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            ready()
        except Exception as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{process.args[0]} did not start:\n{log.read_text('utf-8', 'replace')}") from error
            time.sleep(0.1)
        else:
            return


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout}\n{done.stderr}")

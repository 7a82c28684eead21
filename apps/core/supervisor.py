"""Keeps the processes of the embedded profile running: web server and worker as children of one command.

A child that dies is started again with a growing pause; one that keeps dying ends everything with a clear line. The
children end when the supervisor is told to stop, and also when it is killed: the kernel tells them (PR_SET_PDEATHSIG),
so that no worker is left behind to take jobs from a later start.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import Self

PAUSE_LONGEST = 15.0
CRASHES_MOST = 5
CRASH_WINDOW = 60.0
STOP_SECONDS = 20.0
_PR_SET_PDEATHSIG = 1


class Stop(BaseException):
    """Somebody asked the command to end; not an ``Exception``, so that no handler takes it for an error."""


class ChildFailed(Exception):
    """A child died again and again."""

    def __init__(self, name: str, exit_code: int) -> None:
        self.name = name
        self.exit_code = exit_code
        super().__init__(f"{name} keeps ending with exit code {exit_code}")


@dataclass
class Child:
    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes]
    crashes: list[float] = field(default_factory=list)


class Supervisor:
    """``with Supervisor() as s: s.start(...); s.watch()``; ``Stop`` is raised in the block on Ctrl-C or SIGTERM."""

    def __init__(self) -> None:
        self.children: list[Child] = []

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _raise_stop)
        return self

    def __exit__(self, *_: object) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        self.stop()

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        """Start a child; ``environment`` is added to our own."""
        whole = {**os.environ, **(environment or {})}
        self.children.append(Child(name, command, whole, _spawn(command, whole)))

    def watch(self, *, until: Callable[[], bool] = lambda: False, every: float = 0.2) -> None:
        """Restart what dies until ``until`` is true.

        Raises:
            ChildFailed: a child died ``CRASHES_MOST`` times within ``CRASH_WINDOW`` seconds.
        """
        while not until():
            for child in self.children:
                if child.process.poll() is not None:
                    self._restart(child)
            time.sleep(every)

    def stop(self) -> None:
        """End the children, the last started first: the web server stops taking requests before the worker goes."""
        for child in reversed(self.children):
            if child.process.poll() is None:
                child.process.terminate()
            try:
                child.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()
        self.children.clear()

    def _restart(self, child: Child) -> None:
        now = time.monotonic()
        child.crashes = [t for t in child.crashes if now - t < CRASH_WINDOW] + [now]
        if len(child.crashes) >= CRASHES_MOST:
            raise ChildFailed(child.name, child.process.returncode)
        time.sleep(min(PAUSE_LONGEST, 0.5 * 2 ** (len(child.crashes) - 1)))
        child.process = _spawn(child.command, child.environment)


def _spawn(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C in the terminal reaches the supervisor alone, which then ends the children in order.
    return subprocess.Popen(  # noqa: S603 - the commands are our own
        command,
        env=environment,
        start_new_session=True,
        preexec_fn=_die_with_parent,  # noqa: PLW1509 - the command that starts children has no threads
        stdin=subprocess.DEVNULL,
    )


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _raise_stop(number: int, frame: FrameType | None) -> None:
    raise Stop(number)

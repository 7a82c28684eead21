"""``manage.py run``: the whole service on one machine by one command, with the sample cluster taken all the way."""

from __future__ import annotations

import os
import socket
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection

from apps.core.supervisor import ChildFailed, Stop, Supervisor
from apps.runbooks.first_run import FirstRunFailed, administrator, sample_route
from migrator.cli_usage import wanted_language
from migrator.locale import text

# The terminal is for the person: what goes wrong is still written, what goes well is told by the command itself.
_QUIET = {
    "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),
    "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges,ignore:No directory at",
}


class Command(BaseCommand):
    help = "Prepare the database, take the sample cluster to its runbook, then serve admin and API until Ctrl-C."
    requires_system_checks = ()  # they run once, with the migrations below

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on (default: 8000)")

    def handle(self, *args: Any, **options: Any) -> None:
        self.lang = wanted_language((), os.environ)
        host, port = options["host"], options["port"]
        if not _port_is_free(host, port):
            self._end("run.port_taken", address=f"{host}:{port}")
        try:
            with Supervisor() as supervisor:
                self._prepare()
                supervisor.start("worker", _worker(), _QUIET)
                sample_route(self._say, self.lang, supervisor)
                supervisor.start("web", _web(host, port), _QUIET)
                supervisor.watch(until=lambda: not _port_is_free(host, port))
                self._say("run.serving", address=f"http://{host}:{port}")
                supervisor.watch()
        except Stop:
            self._say("run.stopped", data=settings.DATA_DIR)
        except ChildFailed as failure:
            self._end("run.child_failed", name=failure.name, code=failure.exit_code)
        except FirstRunFailed as failure:
            self.stderr.write(str(failure))
            sys.exit(1)

    def _prepare(self) -> None:
        self._say("run.preparing", database=connection.settings_dict["NAME"])
        call_command("migrate", verbosity=0, interactive=False)
        name, password = administrator()
        if password:
            self._say("run.user_created", name=name, password=password)
        else:
            self._say("run.user_kept", name=name)

    def _say(self, key: str, **values: object) -> None:
        self.stdout.write(text(key, self.lang, **values))
        self.stdout.flush()

    def _end(self, key: str, **values: object) -> None:
        self.stderr.write(text(key, self.lang, **values))
        sys.exit(1)


def _port_is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does: not held up by TIME_WAIT
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def _worker() -> list[str]:
    options = ["--pool", "threads", "--concurrency", "2", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    return [sys.executable, "-m", "celery", "--quiet", "-A", "config", "worker", *options, "--loglevel", "WARNING"]


def _web(host: str, port: int) -> list[str]:
    options = ["--workers", "1", "--blocking-threads", "4", "--log-level", "warning", "--no-access-log"]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)]
    return [*command, *options, "config.wsgi:application"]

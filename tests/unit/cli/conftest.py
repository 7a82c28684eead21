"""The command line inside the test process: the same entry, much faster than a process for every line."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from migrator.cli import main
from tests.unit.cli.run import Done, environment


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Callable[..., Done]:
    """``call("inspect", "x", lang="zh")`` gives exit code, stdout and stderr."""

    def run(*arguments: object, lang: str = "en") -> Done:
        for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("LC_ALL", environment(lang)["LC_ALL"])
        code = main([str(a) for a in arguments])
        out, err = capfdbinary.readouterr()
        return Done(code, out.decode("utf-8"), err.decode("utf-8"))

    return run

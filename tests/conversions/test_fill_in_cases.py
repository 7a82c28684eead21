"""Whatever a person has to fill in is told, in every bundle made of the real inputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from migrator.catalog.loader import shipped_catalog
from migrator.conversion.bundle import convert_all
from migrator.conversion.model import Options
from migrator.conversion.storage import FILL_IN
from migrator.snapshot.read import read_paths
from migrator.versions import Version

pytestmark = pytest.mark.cases

CATALOG = shipped_catalog()


@pytest.mark.parametrize("balancer", ["shared", "dedicated"])
@pytest.mark.parametrize("case", ["B02-otc-flexvolume-pages", "B13-otc-everest-csi", "B14-otc-elb-services-ingress"])
def test_no_file_waits_for_a_value_without_an_open_note(real_inputs: Path, case: str, balancer: Any) -> None:
    """One file after the other, because the pages use the same names again and again."""
    waiting = 0
    for file in sorted((real_inputs / case).rglob("*.yaml")):
        bundle = convert_all(
            read_paths([file]), Version.parse("1.15"), Version.parse("1.29"), CATALOG, Options(balancer=balancer)
        )
        told = {(n.ref.namespace, n.ref.kind, n.ref.name) for n in bundle.notes if n.open}
        for made in bundle.files:
            if made.refs and FILL_IN in made.text:
                waiting += 1
                assert told & {(r.namespace, r.kind, r.name) for r in made.refs}, (file.name, made.path)
    assert waiting > 0

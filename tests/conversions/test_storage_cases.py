"""Published manifests of FlexVolume and of Everest: what they become."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from migrator.conversion.storage import convert_claim_templates
from migrator.snapshot.model import ObjectRef
from migrator.snapshot.read import read_paths
from tests.conversions.support import by_name, stored

pytestmark = pytest.mark.cases

# What the published pairs have and their inputs have not: the pages show separate examples, so ids, sizes and names of
# buckets differ between the two sides.
_OF_THE_EXAMPLE = frozenset(("volumeHandle", "everest.io/share-export-location", "storage"))
_PLACEHOLDER = "failure-domain.beta.kubernetes.io/zone"


def expected(folder: Path) -> dict[str, dict[str, Any]]:
    found = {}
    for file in sorted(folder.glob("*.yaml")):
        for body in yaml.safe_load_all(file.read_text("utf-8")):
            if body:
                found[f"{body['kind']}/{body['metadata']['name']}"] = body
    return found


def meaning(value: Any) -> Any:
    """The object without the values that belong to the example."""
    if isinstance(value, dict):
        return {k: "…" if k in _OF_THE_EXAMPLE or k == _PLACEHOLDER else meaning(v) for k, v in value.items()}
    return value


def test_the_published_pairs_come_out_equal_in_meaning(real_inputs: Path) -> None:
    """Two differences are meant: Retain instead of Delete, and the claim for which the volume is reserved."""
    case = real_inputs / "B03-otc-flex-to-csi-golden"
    made, wanted = by_name(stored(read_paths([case / "in"]))), expected(case / "expected")
    assert made.keys() == wanted.keys()
    for name, body in wanted.items():
        ours = made[name]
        if ours["kind"] == "PersistentVolume":
            assert ours["spec"].pop("claimRef")["name"] == body["metadata"]["name"].replace("pv-", "pvc-")
            assert ours["spec"]["persistentVolumeReclaimPolicy"] == "Retain"
            ours["spec"]["persistentVolumeReclaimPolicy"] = "Delete"
        assert meaning(ours) == meaning(body), name


def test_ids_that_the_published_pairs_share_are_kept(real_inputs: Path) -> None:
    case = real_inputs / "B03-otc-flex-to-csi-golden"
    made, wanted = by_name(stored(read_paths([case / "in"]))), expected(case / "expected")
    for name in ("PersistentVolume/pv-evs-example", "PersistentVolume/pv-efs-example"):
        assert made[name]["spec"]["csi"]["volumeHandle"] == wanted[name]["spec"]["csi"]["volumeHandle"]


@pytest.mark.parametrize("file", ["0796", "0803", "0810"])
def test_templates_of_flexvolume_pages(real_inputs: Path, file: str) -> None:
    (path,) = (real_inputs / "B02-otc-flexvolume-pages").glob(f"{file}-*.yaml")
    body = yaml.safe_load(path.read_text("utf-8"))
    ref = ObjectRef(api_version="apps/v1", kind="StatefulSet", name=body["metadata"]["name"])
    (template,) = convert_claim_templates(ref, body, {}).templates
    cls, annotations = {
        "0796": ("csi-disk", {"everest.io/disk-volume-type": "SAS"}),
        "0803": ("csi-obs", {"everest.io/obs-volume-type": "STANDARD", "csi.storage.k8s.io/fstype": "s3fs"}),
        "0810": ("csi-nas", {}),
    }[file]
    assert template["spec"]["storageClassName"] == cls
    assert template["metadata"].get("annotations", {}) == annotations


@pytest.mark.parametrize("case", ["B02-otc-flexvolume-pages", "B13-otc-everest-csi", "A01-gke114-get-all"])
def test_every_file_alone_says_what_is_left_to_fill_in(real_inputs: Path, case: str) -> None:
    """One file after the other, because the pages use the same names again and again."""
    seen = 0
    for file in sorted((real_inputs / case).rglob("*.yaml")):
        for found in stored(read_paths([file])):
            seen += 1
            if "FILL-IN" in str(found.objects):
                assert any(note.open for note in found.notes), file.name
            for body in found.objects:
                assert "flexVolume" not in body["spec"]
                assert "namespace" not in body["metadata"] or body["kind"] == "PersistentVolumeClaim"
                if body["kind"] == "PersistentVolume":
                    assert body["spec"]["persistentVolumeReclaimPolicy"] == "Retain"
                    assert "uid" not in body["spec"]["claimRef"]
    assert seen > 8

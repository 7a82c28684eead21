"""Kernel parameters: the output of ``sysctl -a``, and ``/etc/sysctl.conf`` with its folder."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from migrator.catalog.model import SettingCategory
from migrator.catalog.node_defaults import one_spaced
from migrator.snapshot.readers.node_facts.form import Form, Given, plain_lines
from migrator.snapshot.redaction import MASK, mask_text

_PARAMETER = re.compile(
    r"-?(?P<key>(?:abi\.vsyscall|crypto\.fips|debug\.(?:exception|kprobes)|dev\.(?:cdrom|hpet|mac_hid|parport|raid|scsi|tty)"
    r"|fs\.[a-z]|kernel\.[a-z]|net[./](?:bridge|core|ipv4|ipv6|mptcp|netfilter|nf_|unix|iw_cm|vsock)|sunrpc\.|user\.max_|vm\.[a-z])"
    r"[\w./:@*%-]*)\s*=\s*(?P<value>.*)"
)
_ANY_PAIR = re.compile(r"-?[\w./:@*%-]+\s*=.*|sysctl: .*")
# Only the kernel itself tells these; nobody writes them into a file.
_TOLD_BY_KERNEL = re.compile(r"kernel\.(?:ostype|osrelease|version|random\.uuid|random\.boot_id)|fs\.(?:file|inode)-nr")
_SECRET = re.compile(r"fastopen_key|stable_secret")
_MANY = 150  # a file written by hand has fewer
_RELEASE = re.compile(r"^kernel\.osrelease\s*=\s*(\S+)", re.MULTILINE)
_HOST = re.compile(r"^kernel\.hostname\s*=\s*(\S+)", re.MULTILINE)


def kernel_release(text: str) -> str:
    """The kernel that an output of ``sysctl -a`` is of, empty where it does not tell."""
    found = _RELEASE.search(text)
    return found[1] if found else ""


def host_name(text: str) -> str:
    """The host that an output of ``sysctl -a`` is of, empty where it does not tell."""
    found = _HOST.search(text)
    return found[1] if found else ""


def _is_parameters(lines: Sequence[str]) -> bool:
    known = sum(_PARAMETER.fullmatch(line) is not None for line in lines)
    return known * 10 >= len(lines) * 8 and all(_ANY_PAIR.fullmatch(line) for line in lines)


def _is_output(lines: Sequence[str]) -> bool:
    told = len(lines) >= _MANY or any(_TOLD_BY_KERNEL.match(line) for line in lines)
    return told and _is_parameters(lines)


def _settings(text: str, _name: str) -> Iterator[Given]:
    for line in plain_lines(text):
        if found := _PARAMETER.fullmatch(line):
            key = found["key"].replace("/", ".") if "/" in found["key"].partition(".")[0] else found["key"]
            value = one_spaced(found["value"])
            masked = MASK if _SECRET.search(key) else mask_text(value)
            yield Given(SettingCategory.SYSCTL, key, masked, secret=MASK in masked)


SYSCTL_OUTPUT = Form("sysctl -a", SettingCategory.SYSCTL, _is_output, _settings, rank=2, by_hand=False)
SYSCTL_FILE = Form(
    "sysctl.conf",
    SettingCategory.SYSCTL,
    _is_parameters,
    _settings,
    hint=re.compile(r"sysctl"),
    paths=re.compile(r"/etc/sysctl\.conf|/etc/sysctl\.d/.*\.conf"),
)

"""Of a certificate in a Secret the sort and the length of its key are kept, and of the private key nothing."""

from __future__ import annotations

import base64
import datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa

from migrator.snapshot import codec
from migrator.snapshot.model import Snapshot
from tests.unit.snapshot.helpers import kube, listed, read

_NAME = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "shop.example")])
_DAY = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)


def certificate(key: Any) -> str:
    maker = x509.CertificateBuilder(_NAME, _NAME, key.public_key(), 7, _DAY, _DAY + datetime.timedelta(days=1))
    signed = maker.sign(key, None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM).decode()


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def keys_of(snapshot: Snapshot) -> list[tuple[str, int | None]]:
    return [(c.certified_key, c.certified_bits) for c in snapshot.configs]


def secret(**fields: Any) -> dict[str, Any]:
    return kube("Secret", "web-tls", "shop", type="kubernetes.io/tls", **fields)


@pytest.mark.parametrize(
    ("key", "told"),
    [
        (rsa.generate_private_key(65537, 1024), ("RSA", 1024)),
        (rsa.generate_private_key(65537, 2048), ("RSA", 2048)),
        (dsa.generate_private_key(1024), ("DSA", 1024)),
        (ec.generate_private_key(ec.SECP256R1()), ("EC", 256)),
        (ed25519.Ed25519PrivateKey.generate(), ("other", None)),
    ],
    ids=["rsa-1024", "rsa-2048", "dsa", "ec", "ed25519"],
)
def test_the_key_of_a_certificate(key: Any, told: tuple[str, int | None]) -> None:
    pem = certificate(key)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    data = {"tls.crt": encoded(pem), "tls.key": encoded(private)}
    found = read(listed(secret(data=data)))
    assert keys_of(found) == [told]
    kept = codec.encode(found).decode()
    assert not any(value in kept for value in (*data.values(), pem, private))
    assert keys_of(read(secret(stringData={"tls.crt": pem}))) == [told]


def test_of_a_chain_the_certificate_of_the_server_counts() -> None:
    own, signer = rsa.generate_private_key(65537, 1024), rsa.generate_private_key(65537, 2048)
    chain = certificate(own) + certificate(signer)
    assert keys_of(read(secret(data={"tls.crt": encoded(chain)}))) == [("RSA", 1024)]


@pytest.mark.parametrize(
    "value",
    ["", "<masked>", "***", "bm90IGEgY2VydGlmaWNhdGU=", "密", None, ["LS0t"], "LS0t" * 200_000],
    ids=["empty", "masked", "stars", "text", "not-ascii", "null", "list", "endless"],
)
def test_what_is_no_certificate_tells_nothing(value: Any) -> None:
    assert keys_of(read(secret(data={"tls.crt": value}))) == [("", None)]


def test_a_certificate_cut_off_tells_nothing() -> None:
    pem = certificate(ec.generate_private_key(ec.SECP256R1()))
    assert keys_of(read(secret(data={"tls.crt": encoded(pem[:200])}))) == [("", None)]
    assert keys_of(read(secret(data={}))) == [("", None)]

"""The certificate of a Secret for TLS: what sort of key it certifies and how long that is.

A certificate is public, as every client is sent it; its private key beside it is never looked at.
"""

from __future__ import annotations

import base64
from typing import NamedTuple

from migrator.snapshot.values import Body, mapping, text

_FIELD = "tls.crt"
_MOST = 256 * 1024  # of one field; a chain of certificates is a few thousand characters


class CertifiedKey(NamedTuple):
    """The public key in a certificate.

    Attributes:
        sort: "RSA", "DSA", "EC", "other"; empty where there is no certificate, or none that can be read.
        bits: of keys whose length is a matter of choice; None of others.
    """

    sort: str = ""
    bits: int | None = None


def certified_key(secret: Body) -> CertifiedKey:
    """That of the first certificate in ``tls.crt``, which is the server's own; those that signed it follow."""
    encoded, plain = (text(mapping(secret.get(part)).get(_FIELD)) for part in ("data", "stringData"))
    if not 0 < len(encoded or plain) <= _MOST:
        return CertifiedKey()
    from cryptography import x509  # a tenth of the time that the command takes to start
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

    try:
        pem = plain.encode() or base64.b64decode(encoded)  # stringData is written over data
        key = x509.load_pem_x509_certificate(pem).public_key()
    except (ValueError, UnsupportedAlgorithm):  # masked, empty, cut off
        return CertifiedKey()
    sorts = {rsa.RSAPublicKey: "RSA", dsa.DSAPublicKey: "DSA", ec.EllipticCurvePublicKey: "EC"}
    sort = next((name for of, name in sorts.items() if isinstance(key, of)), "other")
    return CertifiedKey(sort, getattr(key, "key_size", None))

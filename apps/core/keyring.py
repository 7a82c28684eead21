"""A ring of keys that wraps other keys: what is stored beside the data opens nothing without the ring.

The ring comes from the environment or a file (``config.env.key_ring``), never from the database or the data folder.
A wrapped key is text, ``<name of the ring's key>:<base64 of nonce and AES-256-GCM>``.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from apps.core.errors import Conflict

NONCE = 12


class KeyRing:
    """``keys`` by name, in their order: the first wraps, every one unwraps, so that a new key is put in front."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._keys = dict(keys)

    def wrap(self, key: bytes, about: bytes) -> str:
        """Args: ``about`` says what the key belongs to; unwrapping for anything else fails."""
        name, ring_key = next(iter(self._keys.items()))
        nonce = os.urandom(NONCE)
        sealed = AESGCM(ring_key).encrypt(nonce, key, about)
        return f"{name}:{base64.b64encode(nonce + sealed).decode()}"

    def unwrap(self, wrapped: str, about: bytes) -> bytes:
        """
        Raises:
            Conflict: ``key_missing`` where the ring has no key of that name, ``key_wrong`` where it is another key, or
                the wrapped one was changed.
        """
        name, _, sealed = wrapped.partition(":")
        if name not in self._keys:
            raise Conflict("key_missing", key=name)
        try:
            data = base64.b64decode(sealed, validate=True)
            return AESGCM(self._keys[name]).decrypt(data[:NONCE], data[NONCE:], about)
        except (InvalidTag, binascii.Error) as error:
            raise Conflict("key_wrong", key=name) from error

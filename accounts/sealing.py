"""Encryption at rest for what must be readable again: passwords of GPU servers, signing secrets.

Fernet (AES-128-CBC with HMAC-SHA256) under a key derived from EASEL_ENCRYPTION_KEY. What only has
to be recognised is hashed instead (accounts.keys).
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


@lru_cache(maxsize=4)
def _fernet(key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()))


def seal(plain: str) -> str:
    """Ciphertext as text; "" stays "" (nothing to hide, nothing stored)."""
    return _fernet(settings.EASEL_ENCRYPTION_KEY).encrypt(plain.encode()).decode() if plain else ""


def unseal(sealed: str) -> str:
    """The plain text. ValueError when the key is not the one it was sealed with."""
    if not sealed:
        return ""
    try:
        return _fernet(settings.EASEL_ENCRYPTION_KEY).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise ValueError("sealed under another EASEL_ENCRYPTION_KEY") from error

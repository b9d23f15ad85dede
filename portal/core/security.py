"""Keys derived from SECRET_KEY for one purpose each; hashing, sealing and comparing of secrets."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


@dataclass(frozen=True, slots=True)
class Key:
    """A derived key and the short name under which a row remembers it."""

    id: str
    secret: bytes


class KeyRing:
    """All keys derived from the settings' secrets; the first secret signs and seals, the others still read."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self._secrets = secrets
        self._seal = MultiFernet([Fernet(base64.urlsafe_b64encode(_derive(s, "sealing"))) for s in secrets])

    def current(self, purpose: str) -> Key:
        return self._keys(purpose)[0]

    def find(self, purpose: str, key_id: str) -> Key | None:
        """The key with this id, or None once its secret has been retired."""
        return next((key for key in self._keys(purpose) if key.id == key_id), None)

    def sign(self, purpose: str, message: str) -> str:
        return _signature(self.current(purpose), message)

    def signed(self, purpose: str, message: str, signature: str) -> bool:
        """True where any live key made this signature; compared in constant time."""
        expected = [_signature(key, message) for key in self._keys(purpose)]
        return sum(hmac.compare_digest(one.encode(), signature.encode()) for one in expected) > 0

    def seal(self, text: str) -> str:
        """Encrypt a secret that we must be able to read again (webhook and TOTP secrets)."""
        return self._seal.encrypt(text.encode()).decode()

    def unseal(self, sealed: str) -> str:
        """Raises ValueError when no live key opens it."""
        try:
            return self._seal.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise ValueError("sealed under a key that is no longer in SECRET_KEY") from None

    def reseal(self, sealed: str) -> str:
        """The same secret sealed under the first key. Raises ValueError when no live key opens it."""
        return self.seal(self.unseal(sealed))

    def _keys(self, purpose: str) -> list[Key]:
        derived = [_derive(secret, purpose) for secret in self._secrets]
        return [Key(hashlib.sha256(key).hexdigest()[:12], key) for key in derived]


def digest(secret: str) -> bytes:
    """SHA-256 of a secret with at least 128 random bits: enough for look-up at rest (ASVS 6.5.2)."""
    return hashlib.sha256(secret.encode()).digest()


def _derive(secret: str, purpose: str) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=f"portal:{purpose}".encode()).derive(
        secret.encode()
    )


def _signature(key: Key, message: str) -> str:
    return base64.urlsafe_b64encode(hmac.digest(key.secret, message.encode(), "sha256")).rstrip(b"=").decode()


_ring: KeyRing | None = None


def configure(secrets: tuple[str, ...]) -> None:
    global _ring
    _ring = KeyRing(secrets)


def keys() -> KeyRing:
    if _ring is None:
        raise RuntimeError("security.configure() has not been called; create_app() does")
    return _ring

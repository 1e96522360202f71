"""What tokens of customers are signed with: a secret (HS256), or a private key whose public half the server has.

The algorithm follows from the kind of key, never from a token: RS256 of RSA keys, EdDSA of Ed25519 keys
(RFC 7518, RFC 8037).
"""

from pathlib import Path
from typing import Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

Algorithm = Literal["HS256", "RS256", "EdDSA"]
PublicKey = RSAPublicKey | Ed25519PublicKey

MIN_SECRET_BYTES = 32
"""RFC 7518, section 3.2: a secret as long as the hash, so that nobody finds it out from a token."""

MIN_RSA_BITS = 2048
PEM_BEGIN = "-----BEGIN "
MAX_PEM_BYTES = 64 * 2**10


def check_secret(secret: str) -> None:
    """Raise `ValueError`, which does not repeat it, if a secret is too short or is a key in PEM."""
    if PEM_BEGIN in secret:
        raise ValueError("customer_secret is a key in PEM: a public key belongs into customer_public_key")
    if len(secret.encode("utf-8", "surrogatepass")) < MIN_SECRET_BYTES:
        raise ValueError(f"customer_secret must have at least {MIN_SECRET_BYTES} bytes")


def load_public_key(pem: str) -> PublicKey:
    """Return a public key of PEM. Raises `ValueError` for other texts, kinds of keys and keys that are too short."""
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError("customer_public_key is no public key in PEM") from error
    if isinstance(key, RSAPublicKey):
        if key.key_size < MIN_RSA_BITS:
            raise ValueError(f"customer_public_key has {key.key_size} bits, an RSA key needs {MIN_RSA_BITS}")
        return key
    if isinstance(key, Ed25519PublicKey):
        return key
    raise ValueError("customer_public_key must be an RSA or an Ed25519 key")


def get_algorithm(key: PublicKey) -> Algorithm:
    """Return the one algorithm that tokens of a public key have."""
    return "RS256" if isinstance(key, RSAPublicKey) else "EdDSA"


def read_pem(given: str, folder: Path) -> str:
    """Return PEM as it is, and read it where `given` is the path of a file, from `folder`. Raises `ValueError`."""
    if PEM_BEGIN in given:
        return given
    try:
        with (folder / given).open("rb") as file:
            text = file.read(MAX_PEM_BYTES + 1)
        return text[:MAX_PEM_BYTES].decode("ascii")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no text in PEM"
        raise ValueError(f"customer_public_key, the file {given!r} cannot be read: {reason}") from error

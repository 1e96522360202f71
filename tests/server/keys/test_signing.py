"""Secrets and public keys that tokens may be signed with, and those that are refused."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from server.keys.signing import MAX_PEM_BYTES, check_secret, get_algorithm, load_public_key, read_pem


def to_pem(key: PrivateKeyTypes) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def test_the_kind_of_key_decides_the_algorithm() -> None:
    assert get_algorithm(load_public_key(to_pem(rsa.generate_private_key(65537, 2048)))) == "RS256"
    assert get_algorithm(load_public_key(to_pem(ed25519.Ed25519PrivateKey.generate()))) == "EdDSA"


def test_other_keys_are_refused() -> None:
    with pytest.raises(ValueError, match="1024 bits"):
        load_public_key(to_pem(rsa.generate_private_key(65537, 1024)))
    with pytest.raises(ValueError, match="must be an RSA or an Ed25519 key"):
        load_public_key(to_pem(ec.generate_private_key(ec.SECP256R1())))
    private = ed25519.Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for text in ("", "x", private.decode(), "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "字"):
        with pytest.raises(ValueError, match="no public key in PEM"):
            load_public_key(text)


@pytest.mark.parametrize("secret", ["", "x" * 31, to_pem(ed25519.Ed25519PrivateKey.generate())])
def test_a_secret_that_others_know_or_could_guess_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="customer_secret") as refused:
        check_secret(secret)
    assert not secret or secret not in str(refused.value)


def test_a_long_secret_is_taken() -> None:
    check_secret("x" * 32)
    check_secret("字" * 11)


def test_pem_is_taken_as_text_or_from_a_file(tmp_path: Path) -> None:
    pem = to_pem(ed25519.Ed25519PrivateKey.generate())
    (tmp_path / "shop.pem").write_text(pem)
    assert (
        read_pem(pem, Path()) == pem == read_pem("shop.pem", tmp_path) == read_pem(str(tmp_path / "shop.pem"), Path())
    )


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "large").write_text("x" * (MAX_PEM_BYTES + 1))
    for name, cause in (("gone", "No such file"), ("binary", "no text in PEM"), (".", "Is a directory")):
        with pytest.raises(ValueError, match=cause):
            read_pem(name, tmp_path)
    assert len(read_pem("large", tmp_path)) == MAX_PEM_BYTES

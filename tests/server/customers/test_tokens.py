"""Tokens: what they say, which are refused and why, and that no algorithm is chosen by a token."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from server.customers.signing_keys import Issuer
from server.customers.tokens import (
    LEEWAY_S,
    MAX_CLAIMS_BYTES,
    Payload,
    check_times,
    check_token,
    looks_like_token,
    make_customer,
    read_payload,
    sign_token,
)
from server.errors import CustomerTokenWrong
from server.keys.signing import load_public_key
from tests.helpers.customers import SHOP_SECRET, make_payload, make_token
from tests.helpers.keys import make_key
from tests.server.keys.test_signing import to_pem

RSA = rsa.generate_private_key(65537, 2048)
ED25519 = ed25519.Ed25519PrivateKey.generate()
OTHER_RSA = rsa.generate_private_key(65537, 2048)
BY_SECRET = Issuer(make_key(owner="shop"), SHOP_SECRET.encode())
BY_RSA = Issuer(make_key(), SHOP_SECRET.encode(), load_public_key(to_pem(RSA)))
BY_ED25519 = Issuer(make_key(), SHOP_SECRET.encode(), load_public_key(to_pem(ED25519)))
NOW_S = 1_000_000.0
TOKEN = make_token()
DAY_S = 86400.0


def fault_of(token: str, issuer: Issuer = BY_SECRET) -> str:
    with pytest.raises(CustomerTokenWrong) as refused:
        check_token(token, issuer)
    assert token not in "".join(refused.value.texts.values()) or not token
    return refused.value.fault


def encode_part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_a_token_says_who_the_customer_is() -> None:
    payload = check_token(make_token(claims={"level": "gold"}), BY_SECRET)
    customer = make_customer(payload, BY_SECRET)
    assert (customer.shop, customer.subject, customer.claims, customer.is_anonymous) == (
        "shop",
        "42",
        {"level": "gold"},
        False,
    )
    assert customer.id.startswith("customer:")
    assert make_customer(payload, BY_RSA).id != customer.id


def test_what_the_server_signs_it_takes() -> None:
    payload = Payload("42", NOW_S + 60, NOW_S, iss="ann", claims={"a": [1]}, anonymous=True)
    for issuer in (BY_SECRET, BY_RSA, BY_ED25519):
        token = sign_token(payload, issuer)
        assert check_token(token, issuer) == payload == read_payload(token)


@pytest.mark.parametrize(
    ("key", "algorithm", "issuer"),
    [(RSA, "RS256", BY_RSA), (ED25519, "EdDSA", BY_ED25519), (SHOP_SECRET, "HS256", BY_RSA)],
)
def test_each_key_has_its_algorithm(key: Any, algorithm: str, issuer: Issuer) -> None:
    assert check_token(make_token(key=key, algorithm=algorithm), issuer).sub == "42"


@pytest.mark.parametrize(
    ("key", "algorithm", "issuer", "fault"),
    [
        ("another secret with more than 32 bytes in it", "HS256", BY_SECRET, "signature"),
        (OTHER_RSA, "RS256", BY_RSA, "signature"),
        (RSA, "RS256", BY_SECRET, "algorithm"),
        (RSA, "RS256", BY_ED25519, "algorithm"),
        (RSA, "RS384", BY_RSA, "algorithm"),
        (RSA, "PS256", BY_RSA, "algorithm"),
        (ED25519, "EdDSA", BY_RSA, "algorithm"),
        (SHOP_SECRET + "x" * 64, "HS512", BY_SECRET, "algorithm"),
        (None, "none", BY_SECRET, "algorithm"),
    ],
)
def test_a_wrong_key_or_algorithm_is_refused(key: Any, algorithm: str, issuer: Issuer, fault: str) -> None:
    assert fault_of(make_token(key=key, algorithm=algorithm), issuer) == fault


@pytest.mark.parametrize("issuer", [BY_RSA, BY_ED25519])
def test_a_public_key_is_no_secret(issuer: Issuer) -> None:
    """The old attack: HS256 with the public key, which everybody may know, as the secret."""
    private = RSA if issuer is BY_RSA else ED25519
    for name in ("HS256", "hs256", "RS256", "EdDSA"):
        head = f"{encode_part({'alg': name})}.{encode_part(make_payload(iss='ann'))}"
        signature = hmac.digest(to_pem(private).encode(), head.encode(), hashlib.sha256)
        token = f"{head}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"
        assert fault_of(token, issuer) in ("signature", "algorithm")


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "", None, 5, ["HS256"], {"a": 1}])
def test_a_token_without_a_signature_is_refused(algorithm: Any) -> None:
    assert fault_of(f"{encode_part({'alg': algorithm})}.{encode_part(make_payload(iss='ann'))}.") == "algorithm"


@pytest.mark.parametrize(
    "headers", [{"jku": "https://evil.example"}, {"x5u": "https://evil.example"}, {"jwk": {"kty": "oct", "k": "AAAA"}}]
)
def test_keys_that_a_token_brings_are_ignored(headers: dict[str, Any]) -> None:
    assert check_token(make_token(headers=headers), BY_SECRET).sub == "42"
    assert fault_of(make_token(key="x" * 32, headers=headers)) == "signature"


@pytest.mark.parametrize("headers", [{"crit": ["exp"], "exp": 1}, {"crit": []}, {"crit": "b64"}, {"b64": False}])
def test_a_token_that_demands_what_is_not_known_is_refused(headers: dict[str, Any]) -> None:
    good = make_token().split(".")
    token = ".".join([encode_part({"alg": "HS256", **headers}), *good[1:]])
    assert fault_of(token) in ("damaged", "signature")
    if "b64" not in headers:
        assert fault_of(sign_with_headers(headers)) == "damaged"


def sign_with_headers(headers: dict[str, Any]) -> str:
    """Sign a token with headers that the package would not sign."""
    head = f"{encode_part({'alg': 'HS256', **headers})}.{encode_part(make_payload(iss='ann'))}"
    signature = hmac.digest(SHOP_SECRET.encode(), head.encode(), hashlib.sha256)
    return f"{head}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"sub": ""}, "subject"),
        ({"sub": "x" * 201}, "subject"),
        ({"sub": "a\nb"}, "subject"),
        ({"sub": "a\x85b"}, "subject"),
        ({"sub": "a\u2028"}, "subject"),
        ({"sub": " \u3000"}, "subject"),
        ({"sub": None}, "damaged"),
        ({"sub": 42}, "damaged"),
        ({"exp": None}, "damaged"),
        ({"exp": "soon"}, "damaged"),
        ({"exp": float("nan")}, "damaged"),
        ({"exp": float("inf")}, "damaged"),
        ({"iat": []}, "damaged"),
        ({"nbf": "x"}, "damaged"),
        ({"iss": 5}, "damaged"),
        ({"claims": "gold"}, "damaged"),
        ({"claims": {"a": "x" * MAX_CLAIMS_BYTES}}, "claims"),
        ({"anonymous": "yes"}, "damaged"),
    ],
)
def test_a_payload_that_says_too_little_or_too_much_is_refused(given: dict[str, Any], fault: str) -> None:
    payload = {name: value for name, value in {**make_payload(), **given}.items() if value is not None}
    token = jwt.PyJWS().encode(json.dumps(payload).encode(), SHOP_SECRET, "HS256")
    assert fault_of(token) == fault


@pytest.mark.parametrize("body", [b"", b"[]", b"5", b"{", b"\xff", b'{"sub": "\\ud800", "exp": 1}', b"[" * 100_000])
def test_a_payload_that_is_no_object_is_refused(body: bytes) -> None:
    assert fault_of(jwt.PyJWS().encode(body, SHOP_SECRET, "HS256")) == "damaged"


@pytest.mark.parametrize(
    ("payload", "fault"),
    [
        (Payload("a", NOW_S + 60, NOW_S), None),
        (Payload("a", NOW_S - LEEWAY_S + 0.1, NOW_S - 60), None),
        (Payload("a", NOW_S - LEEWAY_S, NOW_S - 60), "expired"),
        (Payload("a", NOW_S + 60, NOW_S + LEEWAY_S), None),
        (Payload("a", NOW_S + 60, NOW_S + LEEWAY_S + 0.1), "early"),
        (Payload("a", NOW_S + 60, NOW_S, nbf=NOW_S + LEEWAY_S + 0.1), "early"),
        (Payload("a", NOW_S + 60, NOW_S, nbf=NOW_S), None),
        (Payload("a", NOW_S + DAY_S, NOW_S), None),
        (Payload("a", NOW_S + DAY_S, NOW_S - 1), "lifetime"),
        (Payload("a", NOW_S + DAY_S), None),
        (Payload("a", NOW_S + DAY_S + 1), "lifetime"),
        (Payload("a", 1e300, NOW_S), "lifetime"),
        (Payload("a", NOW_S + 60, -1e300), "lifetime"),
    ],
)
def test_times_are_kept_to(payload: Payload, fault: str | None) -> None:
    if fault is None:
        check_times(payload, NOW_S, DAY_S)
        return
    with pytest.raises(CustomerTokenWrong) as refused:
        check_times(payload, NOW_S, DAY_S)
    assert refused.value.fault == fault


@given(data=st.data())
def test_a_damaged_token_is_refused(data: st.DataObject) -> None:
    token = TOKEN
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.text(max_size=3))
    damaged = token[:place] + other + token[place + 1 :]
    try:
        payload = check_token(damaged, BY_SECRET)
    except CustomerTokenWrong:
        return
    # base64 has letters whose last bits say nothing, and padding: the same token, written differently
    assert payload.sub == "42"


@given(text=st.text(max_size=60) | st.from_regex(r"[\w-]{0,20}\.[\w-]{0,20}\.[\w-]{0,20}", fullmatch=True))
def test_any_text_is_refused(text: str) -> None:
    assert fault_of(text) in ("damaged", "algorithm")


@given(header=st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5) | st.none()), alg=st.text())
def test_any_header_is_refused(header: dict[str, Any], alg: str) -> None:
    body = encode_part(make_payload(exp=time.time() + 60))
    assert fault_of(f"{encode_part({**header, 'alg': alg})}.{body}.AAAA") in ("damaged", "algorithm", "signature")


@pytest.mark.parametrize(("text", "is_token"), [("a.b.c", True), ("..", True), ("a.b", False), ("a.b.c.d", False)])
def test_a_token_has_three_parts(text: str, is_token: bool) -> None:
    assert looks_like_token(text) is is_token

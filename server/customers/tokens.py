"""Tokens of customers: JSON Web Tokens (RFC 7519) that a shop's back end signs, or this server for it."""

import unicodedata
from typing import Any

import jwt
import msgspec
from msgspec import Struct

from server.customers.signing_keys import Issuer
from server.errors import CustomerTokenWrong
from server.keys.customer import Customer, make_customer_id

LEEWAY_S = 10.0
"""How far the clocks of a shop and of this server may differ."""

MAX_SUBJECT_LENGTH = 200
MAX_CLAIMS_BYTES = 4096

SIGNATURES = jwt.PyJWS()


class Payload(Struct):
    """What a token says. `iss` is the name of the key that it belongs to. Times are in Unix seconds (RFC 7519, 4.1).

    `anonymous` is of visitors who got a token of their own; `auth_time` is when they got the first one, absent from
    that (OpenID Connect Core, 2). Other claims than `claims` say nothing here.
    """

    sub: str
    exp: float
    iat: float | None = None
    nbf: float | None = None
    iss: str | None = None
    claims: dict[str, Any] | None = None
    anonymous: bool | None = None
    auth_time: float | None = None


def looks_like_token(text: str) -> bool:
    """Whether a text has the three parts of a token; no key has points in it but those that begin as keys do."""
    return text.count(".") == 2


def read_payload(token: str) -> Payload:
    """Return what a token says of itself, whoever made it. Raises `CustomerTokenWrong`."""
    return _decode(token, None)


def check_token(token: str, issuer: Issuer) -> Payload:
    """Return what a token of an issuer says, after its signature was checked. Raises `CustomerTokenWrong`."""
    payload = _decode(token, issuer)
    check_subject(payload.sub)
    if count_bytes(payload.claims or {}) > MAX_CLAIMS_BYTES:
        raise CustomerTokenWrong("claims")
    return payload


def check_anonymous(token: str, issuer: Issuer) -> Payload:
    """Return what an anonymous visitor's token of an issuer says, whatever its times. Raises `CustomerTokenWrong`."""
    payload = check_token(token, issuer)
    if (payload.iss or "") != issuer.name:  # another key may have the same secret
        raise CustomerTokenWrong("issuer")
    if not payload.anonymous:
        raise CustomerTokenWrong("named")
    return payload


def check_times(payload: Payload, now_s: float, max_token_s: float) -> None:
    """Raise `CustomerTokenWrong` for a token that is not valid now, or would be valid for too long in all."""
    if now_s >= payload.exp + LEEWAY_S:
        raise CustomerTokenWrong("expired")
    if max(payload.nbf or 0.0, payload.iat or 0.0) > now_s + LEEWAY_S:
        raise CustomerTokenWrong("early")
    if payload.exp - (now_s if payload.iat is None else payload.iat) > max_token_s:
        raise CustomerTokenWrong("lifetime")


def make_customer(payload: Payload, issuer: Issuer) -> Customer:
    """Return the customer that a token of an issuer is of."""
    customer_id = make_customer_id(issuer.shop, payload.sub)
    return Customer(customer_id, issuer.shop, payload.sub, payload.claims or {}, bool(payload.anonymous))


def sign_token(payload: Payload, issuer: Issuer) -> str:
    """Return a token that the server makes for an issuer."""
    given = {name: value for name, value in msgspec.structs.asdict(payload).items() if value not in (None, "")}
    return jwt.encode(given, issuer.secret, "HS256")


def check_subject(subject: str) -> None:
    """Raise `CustomerTokenWrong` for a subject that is blank, too long, or has control characters or ends of lines."""
    has_control = any(unicodedata.category(letter) in ("Cc", "Zl", "Zp") for letter in subject)
    if not subject.strip() or len(subject) > MAX_SUBJECT_LENGTH or has_control:
        raise CustomerTokenWrong("subject")


def count_bytes(claims: dict[str, Any]) -> int:
    """Return how many bytes claims have as JSON."""
    return len(msgspec.json.encode(claims))


def _decode(token: str, issuer: Issuer | None) -> Payload:
    """Return what a token says; its signature is checked where there is an issuer. Raises `CustomerTokenWrong`."""
    try:
        if issuer is None:
            found = SIGNATURES.decode_complete(token, options={"verify_signature": False})
        else:
            found = _check_signature(token, issuer)
        return msgspec.json.decode(found["payload"], type=Payload)
    except jwt.InvalidSignatureError as error:
        raise CustomerTokenWrong("signature") from error
    except (jwt.PyJWTError, msgspec.DecodeError, ValueError, RecursionError) as error:
        raise CustomerTokenWrong("damaged") from error


def _check_signature(token: str, issuer: Issuer) -> dict[str, Any]:
    """Check a signature by the one key that its issuer has for its algorithm, and return the parts of the token."""
    algorithm = jwt.get_unverified_header(token).get("alg")
    keys = {name: key for name, key in issuer.checking_keys.items() if name == algorithm}
    if not keys:
        raise CustomerTokenWrong("algorithm")
    ((name, key),) = keys.items()
    return SIGNATURES.decode_complete(token, key, algorithms=[name])

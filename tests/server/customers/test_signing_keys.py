"""Which key checks which tokens, and that another key under the same name ends them."""

from pathlib import Path

import pytest

from server.customers.signing_keys import Issuer, SigningKeys
from server.customers.tokens import Payload, check_token, sign_token
from server.errors import CustomerTokenWrong
from server.keys.keyfile import add_key, remove_key
from server.keys.keyring import KeyRing
from server.store.store import Store
from tests.helpers.customers import SHOP_SECRET
from tests.helpers.keys import make_key
from tests.server.customers.test_tokens import ED25519
from tests.server.keys.test_signing import to_pem

pytestmark = pytest.mark.anyio

PAYLOAD = Payload("42", 2e9, iss="ann")


async def find(keys: SigningKeys, name: str) -> Issuer:
    found = await keys.find(name)
    assert found is not None
    return found


async def test_a_key_has_its_secret_or_one_of_the_server_s(store: Store) -> None:
    ring = KeyRing([make_key(customer_secret=SHOP_SECRET, owner="shop"), make_key("bob"), make_key("carol")])
    keys = SigningKeys(ring, store.customers)
    ann, bob, carol = [await find(keys, name) for name in ("ann", "bob", "carol")]
    assert (ann.name, ann.shop, ann.secret) == ("ann", "shop", SHOP_SECRET.encode())
    assert len({ann.secret, bob.secret, carol.secret}) == 3
    assert len(bob.secret) == 32
    assert (await find(SigningKeys(ring, store.customers), "bob")).secret == bob.secret
    with pytest.raises(CustomerTokenWrong):
        check_token(sign_token(PAYLOAD, bob), carol)


async def test_a_public_key_is_another_way_to_sign(store: Store) -> None:
    keys = SigningKeys(KeyRing([make_key(customer_public_key=to_pem(ED25519))]), store.customers)
    issuer = await find(keys, "ann")
    assert set(issuer.checking_keys) == {"HS256", "EdDSA"}
    assert check_token(sign_token(PAYLOAD, issuer), issuer) == PAYLOAD


async def test_with_keys_only_their_names_are_known(store: Store) -> None:
    keys = SigningKeys(KeyRing([make_key()]), store.customers)
    assert (keys.has_keys, keys.has("ann"), keys.has("")) == (True, True, False)
    for name in ("", "bob", "ann\0", "字"):
        assert await keys.find(name) is None


async def test_without_keys_the_server_is_the_only_issuer(store: Store) -> None:
    keys = SigningKeys(None, store.customers)
    assert (keys.has_keys, keys.has(""), keys.has("ann")) == (False, True, False)
    issuer = await find(keys, "")
    assert (issuer.key, issuer.name, issuer.shop) == (None, "", "")
    assert await keys.find("ann") is None


async def test_tokens_end_with_their_key_at_once(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    add_key(path, make_key())
    add_key(path, make_key("bob"))
    keys = SigningKeys(KeyRing(path=path), store.customers)
    token = sign_token(PAYLOAD, await find(keys, "ann"))
    remove_key(path, "ann")
    assert await keys.find("ann") is None
    add_key(path, make_key(sha256="0" * 64))
    with pytest.raises(CustomerTokenWrong) as refused:
        check_token(token, await find(keys, "ann"))
    assert refused.value.fault == "signature"

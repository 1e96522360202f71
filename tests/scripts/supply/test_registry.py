"""A tag's digest is computed from the manifest that a registry sends. The registry is a fake one on loopback."""

import hashlib
from urllib.error import URLError

import pytest

from scripts.supply.registry import RegistryError, fetch_digest
from tests.helpers.fake_registry import FakeRegistry, serve_registry

MANIFEST = b'{"schemaVersion": 2}'
DIGEST = f"sha256:{hashlib.sha256(MANIFEST).hexdigest()}"
MANIFESTS = {"library/postgres:17": MANIFEST}


@pytest.mark.parametrize("scheme", ["Bearer", ""])
def test_a_digest_is_fetched_with_a_token_where_one_is_wanted(scheme: str) -> None:
    with serve_registry(FakeRegistry(MANIFESTS, scheme)) as registry:
        assert fetch_digest("library/postgres", "17", registry.address) == DIGEST
        assert registry.scopes == (["repository:library/postgres:pull"] if scheme else [])


def test_the_manifest_of_all_platforms_is_asked_for_first() -> None:
    with serve_registry(FakeRegistry(MANIFESTS)) as registry:
        fetch_digest("library/postgres", "17", registry.address)
        assert registry.accepted[0].startswith("application/vnd.oci.image.index.v1+json, ")


def test_a_registry_that_says_another_digest_than_it_sends_is_not_believed() -> None:
    with (
        serve_registry(FakeRegistry(MANIFESTS, told=f"sha256:{'0' * 64}")) as registry,
        pytest.raises(RegistryError, match=f"says sha256:000.*, but sends {DIGEST}"),
    ):
        fetch_digest("library/postgres", "17", registry.address)


def test_a_tag_that_is_not_there_is_an_error() -> None:
    with (
        serve_registry(FakeRegistry(MANIFESTS, "")) as registry,
        pytest.raises(RegistryError, match="library/postgres:18: the registry answers 404"),
    ):
        fetch_digest("library/postgres", "18", registry.address)


def test_a_registry_with_a_password_is_an_error() -> None:
    with serve_registry(FakeRegistry(MANIFESTS, "Basic")) as registry, pytest.raises(RegistryError, match="password"):
        fetch_digest("library/postgres", "17", registry.address)


def test_no_registry_is_an_error() -> None:
    with serve_registry(FakeRegistry({})) as registry:
        address = registry.address
    with pytest.raises(URLError):
        fetch_digest("library/postgres", "17", address)

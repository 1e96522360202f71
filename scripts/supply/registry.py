"""Which digest a tag stands for in a registry: https://distribution.github.io/distribution/spec/api/."""

import hashlib
import json
import re
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

DOCKER_HUB = "https://registry-1.docker.io"
TIMEOUT_S = 30
MAX_MANIFEST_BYTES = 4 << 20

ACCEPT = ", ".join(
    (
        # an index covers every platform, so its digest holds on all of them
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)


class RegistryError(Exception):
    """A registry gave no digest that could be used."""


def fetch_digest(repository: str, tag: str, registry: str = DOCKER_HUB) -> str:
    """Return the digest of a tag's manifest, computed from the manifest itself. Raise RegistryError or OSError."""
    try:
        manifest, told = _fetch_manifest(f"{registry}/v2/{repository}/manifests/{tag}", repository)
    except HTTPError as error:
        with error:
            raise RegistryError(f"{repository}:{tag}: the registry answers {error.code}") from error
    digest = f"sha256:{hashlib.sha256(manifest).hexdigest()}"
    if told not in (None, digest):
        raise RegistryError(f"{repository}:{tag}: the registry says {told}, but sends {digest}")
    return digest


def _fetch_manifest(url: str, repository: str) -> tuple[bytes, str | None]:
    """Return a manifest and the digest that the registry says it has, with a token if it wants one."""
    try:
        return _fetch(url, {})
    except HTTPError as error:
        if error.code != 401:
            raise
        with error:
            challenge = error.headers.get("WWW-Authenticate", "")
    return _fetch(url, {"Authorization": f"Bearer {_fetch_token(challenge, repository)}"})


def _fetch(url: str, headers: dict[str, str]) -> tuple[bytes, str | None]:
    with urlopen(Request(url, headers={"Accept": ACCEPT, **headers}), timeout=TIMEOUT_S) as response:
        manifest: bytes = response.read(MAX_MANIFEST_BYTES)
        return manifest, response.headers.get("Docker-Content-Digest")


def _fetch_token(challenge: str, repository: str) -> str:
    """Return the token for anybody to read a repository, from where the registry's challenge says."""
    fields = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
    if not challenge.lower().startswith("bearer ") or "realm" not in fields:
        raise RegistryError(f"{repository}: the registry wants a password")
    query = {"service": fields.get("service", ""), "scope": f"repository:{repository}:pull"}
    with urlopen(f"{fields['realm']}?{urlencode(query)}", timeout=TIMEOUT_S) as response:
        body = json.load(response)
    return str(body.get("token") or body["access_token"])

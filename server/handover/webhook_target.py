"""Where webhooks go, and how they are signed (https://www.standardwebhooks.com)."""

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from server.environment import ENV_FILE, Environment, read_env_file
from server.settings.service_settings import WEBHOOK_SECRET
from server.settings.setting import NOTHING

BASE64_PREFIX = "whsec_"
"""What the base64 of a secret begins with; any other text is the secret itself."""

MIN_SECRET_BYTES = 24


class WebhookError(Exception):
    """Webhooks cannot be sent as the settings say; the text is one sentence with the cause."""


@dataclass(frozen=True)
class WebhookTarget:
    """The URL that messages are sent to, and the secret that its owner knows them by."""

    url: str
    secret: bytes = field(repr=False)

    def sign(self, message_id: str, sent_s: int, body: bytes) -> dict[str, str]:
        """Return the headers that say which message it is, when it was sent, and that it comes from here."""
        signed = b".".join((message_id.encode(), str(sent_s).encode(), body))
        signature = base64.b64encode(hmac.new(self.secret, signed, hashlib.sha256).digest()).decode()
        return {
            "webhook-id": message_id,
            "webhook-timestamp": str(sent_s),
            "webhook-signature": f"v1,{signature}",
        }


def find_webhook(url: str, environment: Environment | None = None) -> WebhookTarget | None:
    """Return where the setting `webhook` says that messages go, None where none are sent.

    The secret is read from the variable `WEBHOOK_SECRET`, of the process or of the file `.env`. Raises `WebhookError`.
    """
    if url == NOTHING:
        return None
    _check_url(url)
    environment = environment or Environment(os.environ, read_env_file(Path(ENV_FILE)))
    found = environment.find(WEBHOOK_SECRET)
    if found is None or not found.text:
        raise WebhookError(f"the webhook needs a secret to sign its messages with: set the variable {WEBHOOK_SECRET}")
    return WebhookTarget(url, _parse_secret(found.text))


def _check_url(url: str) -> None:
    """Raise `WebhookError` unless it is a URL of http or https; the text leaves out what may be secret in it."""
    try:
        parts = urlsplit(url)
        is_url = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_url = False
    if not is_url or not url.isascii() or any(sign.isspace() for sign in url):
        raise WebhookError("the webhook is not a URL such as https://shop.example.com/waiting")


def _parse_secret(text: str) -> bytes:
    secret = text.encode("utf-8", "surrogateescape")
    if text.startswith(BASE64_PREFIX):
        try:
            secret = base64.b64decode(text.removeprefix(BASE64_PREFIX), validate=True)
        except (binascii.Error, ValueError) as error:
            raise WebhookError(f"{WEBHOOK_SECRET} is not base64 after {BASE64_PREFIX}") from error
    if len(secret) < MIN_SECRET_BYTES:
        raise WebhookError(f"{WEBHOOK_SECRET} has {len(secret)} bytes, and needs at least {MIN_SECRET_BYTES}")
    return secret


def write_headers(target: WebhookTarget, message_id: str, sent_s: float, body: bytes) -> Mapping[str, str]:
    """Return all headers of a message."""
    own = {"Content-Type": "application/json", "User-Agent": "minicpm-v-server"}
    return {**own, **target.sign(message_id, int(sent_s), body)}

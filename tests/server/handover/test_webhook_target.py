"""Where webhooks go, and how they are signed."""

import base64

import pytest

from server.environment import Environment
from server.handover.webhook_target import WebhookError, WebhookTarget, find_webhook, write_headers
from server.settings.service_settings import WEBHOOK_SECRET

URL = "https://shop.example.com/hook"
SECRET = "a secret that is long enough"


def find(url: str, secret: str | None = SECRET) -> WebhookTarget | None:
    return find_webhook(url, Environment({} if secret is None else {WEBHOOK_SECRET: secret}))


def test_the_signature_is_that_of_the_standard() -> None:
    # https://github.com/standard-webhooks/standard-webhooks, whose libraries test themselves with these values
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = WebhookTarget(URL, secret).sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_the_time_is_in_whole_seconds() -> None:
    target = WebhookTarget(URL, b"x" * 24)
    assert write_headers(target, "m1", 12.9, b"{}")["webhook-timestamp"] == "12"
    assert write_headers(target, "m1", 12.9, b"{}")["Content-Type"] == "application/json"


def test_the_secret_is_shown_nowhere() -> None:
    assert "secret" not in repr(find(URL))


def test_without_a_url_there_is_none() -> None:
    assert find("none", None) is None


@pytest.mark.parametrize(
    ("secret", "used"),
    [
        (SECRET, SECRET.encode()),
        (f"whsec_{base64.b64encode(b'k' * 24).decode()}", b"k" * 24),
        ("二十四个字节足够长的密钥", "二十四个字节足够长的密钥".encode()),
    ],
)
def test_secrets_are_texts_or_base64(secret: str, used: bytes) -> None:
    found = find(URL, secret)
    assert found is not None
    assert found.secret == used


@pytest.mark.parametrize(
    ("secret", "cause"),
    [
        (None, f"set the variable {WEBHOOK_SECRET}"),
        ("", f"set the variable {WEBHOOK_SECRET}"),
        ("short", "has 5 bytes, and needs at least 24"),
        (f"whsec_{base64.b64encode(b'k' * 23).decode()}", "has 23 bytes"),
        ("whsec_no base64 at all, but long", "is not base64 after whsec_"),
        ("whsec_密钥", "is not base64 after whsec_"),
    ],
)
def test_a_secret_that_cannot_be_used_is_refused(secret: str | None, cause: str) -> None:
    with pytest.raises(WebhookError, match=cause) as refused:
        find(URL, secret)
    assert not secret or secret not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    ["shop.example.com", "ftp://shop.example.com", "https://", "https:///path", "http://[", "http://a b", "http://a:x"],
)
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(WebhookError, match="not a URL"):
        find(url)

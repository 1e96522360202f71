"""`/metrics` answers in the requested format, to operators only."""

from typing import Any

import pytest
from litestar.testing import TestClient
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as plain_text

from server.engine.async_engine import AsyncEngine
from server.keys.keyring import KeyRing
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel
from tests.helpers.keys import make_key, make_secret


@pytest.mark.parametrize(
    ("accept", "content_type", "parse"),
    [
        ("*/*", "text/plain", plain_text),
        ("application/openmetrics-text; version=1.0.0", "application/openmetrics-text", open_metrics),
    ],
)
def test_metrics_come_in_both_formats(accept: str, content_type: str, parse: Any) -> None:
    app: Any = stored_app(Settings(), AsyncEngine(FakeChatModel(), {}))
    with TestClient(app) as client:
        client.post("/ask", json={"question": "hello"})
        response = client.get("/metrics", headers={"Accept": accept})
    assert response.headers["content-type"].startswith(content_type)
    samples = {
        (sample.name, sample.labels.get("route")): sample.value
        for family in parse(response.text)
        for sample in family.samples
    }
    assert samples["minicpmv_http_requests_total", "/ask"] == 1
    assert samples["minicpmv_http_requests_in_progress", None] == 1, "this one"
    assert samples["minicpmv_generated_tokens_total", None] == len("0/1: hello") + 1


def bearer(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {make_secret(name)}"}


def test_metrics_are_for_operators() -> None:
    keys = KeyRing((make_key("ann"), make_key("root", role="operator")))
    app: Any = stored_app(Settings(), AsyncEngine(FakeChatModel(), {}), keys=keys)
    with TestClient(app) as client:
        statuses = [
            client.get("/metrics", headers=headers).status_code for headers in ({}, bearer("ann"), bearer("root"))
        ]
        counted = client.get("/metrics", headers=bearer("root")).text
    assert statuses == [401, 403, 200]
    assert 'minicpmv_http_requests_total{method="GET",route="/metrics",status="401"} 1.0' in counted

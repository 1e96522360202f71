"""The messages of webhooks in the metrics."""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry

from server.store.delivery_records import DeliveryCounts
from server.telemetry.webhook_metrics import WebhookCollector


@dataclass
class Counts:
    counts: DeliveryCounts
    num_delivered: int
    num_given_up: int


def test_counts_are_read_when_they_are_collected() -> None:
    registry, webhooks = CollectorRegistry(), Counts(DeliveryCounts(0, 0), 0, 0)
    registry.register(WebhookCollector(webhooks))
    webhooks.counts, webhooks.num_delivered, webhooks.num_given_up = DeliveryCounts(3, 2), 7, 1
    assert registry.get_sample_value("minicpmv_webhook_deliveries_waiting") == 3
    assert registry.get_sample_value("minicpmv_webhook_deliveries_failed") == 2
    assert registry.get_sample_value("minicpmv_webhook_deliveries_total", {"outcome": "delivered"}) == 7
    assert registry.get_sample_value("minicpmv_webhook_deliveries_total", {"outcome": "failed"}) == 1

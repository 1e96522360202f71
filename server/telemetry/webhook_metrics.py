"""The messages of webhooks as metrics of Prometheus, looked up whenever those are collected."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from server.store.delivery_records import DeliveryCounts
from server.telemetry.engine_metrics import PREFIX


class WebhookCounts(Protocol):
    """What is asked of webhooks: `counts` are of all servers of the database, the others of this one."""

    counts: DeliveryCounts
    num_delivered: int
    num_given_up: int


class WebhookCollector(Collector):
    """Collects the counts of one server."""

    def __init__(self, webhooks: WebhookCounts) -> None:
        self._webhooks = webhooks

    def describe(self) -> Iterable[Metric]:
        """Describe nothing, as `EngineCollector` does."""
        return ()

    def collect(self) -> Iterator[Metric]:
        webhooks = self._webhooks
        waiting, failed = "Messages of webhooks that wait", "Messages of webhooks that were given up and are kept"
        yield GaugeMetricFamily(f"{PREFIX}webhook_deliveries_waiting", waiting, webhooks.counts.num_waiting)
        yield GaugeMetricFamily(f"{PREFIX}webhook_deliveries_failed", failed, webhooks.counts.num_failed)
        ended = CounterMetricFamily(f"{PREFIX}webhook_deliveries", "Messages that ended", labels=("outcome",))
        ended.add_metric(("delivered",), webhooks.num_delivered)
        ended.add_metric(("failed",), webhooks.num_given_up)
        yield ended

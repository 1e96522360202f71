"""The routes for operators and their tools."""

from server.api.operate.health import show_health, show_readiness
from server.api.operate.liveness import show_liveness
from server.api.operate.metrics import show_metrics
from server.api.operate.ops import show_history, show_state
from server.api.operate.worth import download_worth, show_worth

ROUTES = (
    show_health,
    show_liveness,
    show_readiness,
    show_metrics,
    show_state,
    show_history,
    show_worth,
    download_worth,
)

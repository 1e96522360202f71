"""Errors of calls that change data."""

from collections.abc import Mapping

from server.errors.base import Language, ServerError

CAUSES: Mapping[str, Mapping[Language, str]] = {
    "running": {"zh": "正在执行", "en": "it is running already"},
    "done": {"zh": "已经执行", "en": "it is done already"},
    "failed": {"zh": "执行失败", "en": "it has failed already"},
    "unknown": {"zh": "已经执行，结果未知", "en": "it was run, and its end is unknown"},
    "declined": {"zh": "已被拒绝", "en": "it was declined"},
    "expired": {"zh": "已过期", "en": "it has expired"},
}
"""Why an action takes no answer any more, by its state."""


class ActionNotPending(ServerError):
    """An action waits for no answer any more. `code` is its state."""

    status = 409

    def __init__(self, state: str) -> None:
        cause = CAUSES.get(state, {"zh": "已结束", "en": "it has ended"})
        super().__init__(
            f"该操作不再等待确认：{cause['zh']}", f"the action waits for no answer any more: {cause['en']}"
        )
        self.code = state

"""Errors of hand-overs and of the desk (403, 409, 413 and 429)."""

from server.errors.base import RETRY_AFTER_S, ServerError

STATES_ZH = {"bot": "由机器人回答", "waiting": "等待人工", "person": "由人工接待", "closed": "已结束"}


class DeskForbidden(ServerError):
    status = 403

    def __init__(self) -> None:
        super().__init__("需要 agent 或 operator 角色的密钥", "this needs the key of an agent or an operator")


class HandoverRefused(ServerError):
    """`state` is the one that the session is in, `agent_name` what the person is called who has it."""

    status = 409

    def __init__(self, state: str, agent_name: str | None = None) -> None:
        by_zh, by = (f"（{agent_name}）", f", with {agent_name}") if agent_name else ("", "")
        super().__init__(
            f"会话当前状态不允许此操作：{STATES_ZH.get(state, state)}{by_zh}",
            f"the session is not in a state for this: {state}{by}",
        )


class DeskBusy(ServerError):
    status = 429
    retry_after_s = 60

    def __init__(self) -> None:
        super().__init__(
            "等待人工的会话过多，请稍后再试", "too many sessions wait for a person already; try again in a while"
        )


class DeskStreamsFull(ServerError):
    status = 429
    code = "rate_limit_exceeded"
    retry_after_s = RETRY_AFTER_S

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"实时更新的连接过多：上限 {limit}，请稍后重试",
            f"too many pages follow what happens in sessions: the limit is {limit}; try again in a moment",
        )


class TooManyCanned(ServerError):
    status = 413

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"常用回复过多：上限 {limit} 条，请先删除", f"the limit is {limit} canned answers: delete one of them first"
        )

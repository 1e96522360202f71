"""What customers are told of a hand-over, in Chinese and English."""

from server.errors.base import Language
from server.store.service_records import HandoverState


def write_waiting(num_before: int, language: Language) -> str:
    """Say that a person was asked for, and how many sessions wait for longer."""
    if language == "zh":
        queue = f"您前面还有 {num_before} 位顾客。" if num_before else "您是下一位。"
        return f"已为您转接人工客服，请稍候。{queue}您可以继续留言，人工客服会看到。"
    queue = f"There are {num_before} before you." if num_before else "You are next."
    if num_before == 1:
        queue = "There is one before you."
    return f"I have asked a person to take over, please wait a moment. {queue} What you write meanwhile will be read."


def write_full(language: Language) -> str:
    """Say that nobody more can wait for a person now; the assistant goes on."""
    if language == "zh":
        return "目前等待人工客服的顾客较多，暂时无法转接，请稍后再试。您也可以继续向我提问。"
    return "Too many are waiting for a person right now, so please ask for one again later. I can still help you."


def write_state(state: HandoverState, agent_name: str | None, language: Language) -> str:
    """Say who answers now, for a line beside the dialogue."""
    if language == "zh":
        by = f"人工客服{f'（{agent_name}）' if agent_name else ''}"
        return {
            "bot": "现在由智能助手为您服务。",
            "waiting": "正在等待人工客服。",
            "person": f"{by}正在为您服务。",
            "closed": "本次人工服务已结束。如还有问题，请直接留言。",
        }[state]
    by = agent_name or "A person"
    return {
        "bot": "You are with the assistant again.",
        "waiting": "You are waiting for a person.",
        "person": f"{by} is here to help you.",
        "closed": "This conversation was closed. Write again if there is anything else.",
    }[state]

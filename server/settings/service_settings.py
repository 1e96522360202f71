"""The settings of customer service: customers with tokens, business tools, and the desk where people answer."""

from dataclasses import dataclass

from server.settings.hosts import HOST_WITH_PORT
from server.settings.setting import NOTHING, setting

WEBHOOK_SECRET = "MINICPMV_WEBHOOK_SECRET"
"""The variable with the secret that webhooks are signed with. It is no setting: flags are seen by others."""

PAGE_ORIGIN = (r"\*|https?://[a-zA-Z0-9.-]+(:[0-9]{1,5})?", "https://shop.example.com")
"""The pattern of an origin of pages, and an example: a host in ASCII, as a `Content-Security-Policy` can name it."""


@dataclass(frozen=True)
class ServiceSettings:
    customer_token_s: int = setting(
        3600, "how long a customer's token is valid that the server makes, in seconds, unless asked for less", least=1
    )
    max_customer_token_s: int = setting(
        7 * 86400, "the longest time that a customer's token may be valid, in seconds; longer ones are refused", least=1
    )
    anonymous_customers: str = setting(
        NOTHING,
        "the key that visitors without a token belong to; each gets a token of their own; none lets no such visitor in",
    )
    customer_requests_per_minute: int = setting(
        60, "the most requests of one customer in a minute; more are refused", least=1
    )
    max_streams_per_customer: int = setting(
        4, "the most requests of one customer being answered or waiting; more are refused", least=1
    )
    anonymous_per_minute: int = setting(
        30, "the most tokens for anonymous visitors in a minute, all together; more are refused", least=1
    )
    max_customer_age_days: int = setting(
        365, "how long a customer is kept who was not seen again, in days; 0 is for ever", least=0
    )
    widget_origins: str = setting(
        NOTHING,
        "origins whose pages may show the chat window, separated by commas: https://shop.example.com; * is any",
        items=PAGE_ORIGIN,
    )
    tools: str = setting(
        NOTHING, "the file of business tools, such as tools.toml; `example` is that of the example shop"
    )
    tool_hosts: str = setting(
        NOTHING,
        "hosts that business tools may call, separated by commas, with a port where it is not 80 or 443; those of the"
        " own machine and of private networks as well, if they are listed",
        items=HOST_WITH_PORT,
    )
    max_tool_rounds: int = setting(3, "the most rounds of calls of business tools in one turn", least=1, most=20)
    max_tool_s: int = setting(10, "the longest time of a call of a business tool, in seconds", least=1)
    max_tool_calls: int = setting(
        32, "the most calls of business tools at once, of all turns together; more wait", least=1
    )
    max_tool_result_bytes: int = setting(64 * 2**10, "the largest result of a business tool, in bytes", least=256)
    max_action_s: int = setting(
        600, "how long a call that changes data waits for the customer's yes, in seconds", least=1
    )
    max_audit_age_days: int = setting(0, "how long entries of the audit log are kept, in days; 0 is for ever", least=0)
    webhook: str = setting(NOTHING, "the URL that is told when a session waits for a person")
    max_webhook_tries: int = setting(12, "how often a webhook is tried, each time after a longer wait", least=1)
    max_waiting_sessions: int = setting(
        1000, "the most sessions that wait for a person at once; more are told to come back later", least=1
    )
    handover_summary: bool = setting(True, "have the model sum up a session when a person is asked for")
    max_desk_streams: int = setting(
        200, "the most pages at once that are shown what happens in sessions as it happens", least=1
    )

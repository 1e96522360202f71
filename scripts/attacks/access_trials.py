"""Who may ask: other web pages, keys and what they may choose, and what files and answers tell."""

import json
import stat
from collections.abc import Mapping
from typing import Any

from scripts.attacks.http import Reply, ask, ask_many
from scripts.attacks.target import Target
from scripts.attacks.trial import Campaign, Outcome, Trial

FORBIDDEN = "blorptastic"
"""A word that the shipped example of a word list blocks."""

FOREIGN: tuple[Mapping[str, str], ...] = (
    {"Host": "evil.example"},
    {"Host": "evil.example:8000"},
    {"Host": "127.0.0.1.evil.example"},
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1.evil.example:1"},
    {"Sec-Fetch-Site": "cross-site"},
)
"""Headers with which a browser asks on behalf of another page."""

SAFE_HEADERS = ("x-content-type-options", "cache-control", "content-security-policy")
NUM_WRONG_KEYS = 500
MAX_LINES = 20


def ask_as_other_pages(target: Target) -> Outcome:
    ask(target, "/chat", {"user_id": "victim", "question": "hi"})
    replies: list[Reply] = []
    for headers in FOREIGN:
        replies.append(ask(target, "/sessions", headers=headers))
        replies.append(ask(target, "/ask", {"question": "hi"}, headers=headers))
        replies.append(ask(target, "/sessions?all=true", method="DELETE", headers=headers))
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        given = {"Content-Type": kind, "Origin": "http://evil.example"}
        replies.append(ask(target, "/ask", b'{"question":"hi"}', headers=given))
    num_through = sum(reply.status < 400 for reply in replies)
    num_left = len(ask(target, "/sessions").json["sessions"])
    return Outcome(
        not num_through and num_left == 1, f"{num_through} of {len(replies)} let through, {num_left} session left"
    )


def read_headers(target: Target) -> Outcome:
    paths = ("/", "/health", "/v1/models", "/sessions", "/nothing", "/openapi.json", "/metrics")
    replies = [ask(target, path) for path in paths] + [ask(target, "/ask", b"{"), ask(target, "/ask", method="PUT")]
    missing = {name for reply in replies for name in SAFE_HEADERS if name not in reply.headers}
    return Outcome(not missing, f"missing: {', '.join(sorted(missing)) or 'none'}")


def read_modes(target: Target) -> Outcome:
    files = [file for file in target.data.iterdir() if file.is_file()]
    open_to_others = [file.name for file in files if stat.S_IMODE(file.stat().st_mode) & 0o077]
    return Outcome(not open_to_others, f"open to others: {', '.join(sorted(open_to_others)) or 'none'} of {len(files)}")


def send_blank_titles(target: Target) -> Outcome:
    ask(target, "/chat", {"user_id": "titled", "question": "hi"})
    session = ask(target, "/sessions").json["sessions"][0]["id"]
    titles = ("", " ", "\u3000", "\u200b", "\u00a0\u2003")
    statuses = {ask(target, f"/sessions/{session}", {"title": title}, method="PATCH").status for title in titles}
    return Outcome(statuses == {400}, f"statuses {sorted(statuses)}")


def send_wrong_keys(target: Target) -> Outcome:
    before = len(target.log.splitlines())
    statuses = {
        reply.status for _ in range(5) for reply in ask_many(target, "/ask", [{}] * (NUM_WRONG_KEYS // 5), "none")
    }
    num_lines = len(target.log.splitlines()) - before
    return Outcome(statuses == {401} and num_lines <= MAX_LINES, f"{num_lines} lines for {NUM_WRONG_KEYS} requests")


def choose_profile(target: Target) -> Outcome:
    """Ask with a key that may choose one profile for others, and for none."""
    body = {"question": "hi", "profile": "plain"}
    openai = {"model": "minicpm-v", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 4}
    replies = [
        ask(target, "/ask", body, "limited"),
        ask(target, "/ask", {**body, "profile": "restaurant"}, "limited"),
        ask(target, "/v1/chat/completions", openai, "limited", headers={"X-Profile": "plain"}),
    ]
    allowed = ask(target, "/ask", {**body, "profile": "ecommerce"}, "limited").status
    statuses = [reply.status for reply in replies]
    return Outcome(statuses == [403] * 3 and allowed == 200, f"statuses {statuses}, {allowed} for its own")


def send_forbidden_instructions(target: Target) -> Outcome:
    texts: list[dict[str, Any]] = [
        {"messages": [{"role": role, "content": FORBIDDEN}, {"role": "user", "content": "hi"}]}
        for role in ("system", "developer")
    ]
    tool = {"name": "f", "description": FORBIDDEN, "parameters": {"type": "object"}}
    texts.append({"messages": [{"role": "user", "content": "hi"}], "tools": [{"type": "function", "function": tool}]})
    headers = {"X-Stages": "moderation=on"}
    endings = [
        ask(target, "/v1/chat/completions", {"model": "minicpm-v", "max_tokens": 4, **text}, "ann", headers=headers)
        for text in texts
    ]
    reasons = [_read_ending(reply) for reply in endings]
    return Outcome(all(reason == "content_filter" for reason in reasons), f"endings {reasons}")


def send_escaped_enum(target: Target) -> Outcome:
    """Hold the answer to a forbidden word, written so that only a JSON parser reads it."""
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in FORBIDDEN)
    schema = f'{{"type":"object","properties":{{"a":{{"enum":["{escaped}"]}}}},"required":["a"]}}'
    body = (
        '{"model":"minicpm-v","max_tokens":64,"messages":[{"role":"user","content":"hi"}],"response_format":'
        f'{{"type":"json_schema","json_schema":{{"schema":{schema}}}}}}}'
    )
    reply = ask(target, "/v1/chat/completions", body.encode(), "ann", headers={"X-Stages": "moderation=on"})
    text = reply.json["choices"][0]["message"]["content"] or "" if reply.status == 200 else ""
    try:
        is_out = FORBIDDEN in json.dumps(json.loads(text))
    except ValueError:
        is_out = FORBIDDEN in text
    return Outcome(not is_out, f"{'the word came out' if is_out else 'nothing came out'}, ending {_read_ending(reply)}")


def _read_ending(reply: Reply) -> str:
    if reply.status != 200:
        return f"status {reply.status}"
    return str(reply.json["choices"][0]["finish_reason"])


BROWSERS = Campaign(
    "browsers",
    (
        Trial("other pages in the operator's browser", "none let through", ask_as_other_pages, is_short=True),
        Trial("headers of every answer", "none missing", read_headers, is_short=True),
        Trial("modes of files", "none open to others", read_modes, is_short=True),
        Trial("blank titles", "400", send_blank_titles, is_short=True),
    ),
)

ACCESS = Campaign(
    "keys",
    (
        Trial(f"{NUM_WRONG_KEYS} wrong keys", f"{MAX_LINES} lines", send_wrong_keys, is_short=True),
        Trial("profiles of others", "403", choose_profile, is_short=True),
        Trial("forbidden words in instructions", "content_filter", send_forbidden_instructions, is_short=True),
        Trial("a forbidden word as escapes", "it does not come out", send_escaped_enum, is_short=True),
        Trial("modes of files with keys", "none open to others", read_modes, is_short=True),
    ),
    has_keys=True,
)

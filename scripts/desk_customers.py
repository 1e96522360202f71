"""Customers at the desk for its screenshots: some wait for a person, and one is answered."""

import base64
from pathlib import Path

from playwright.sync_api import Page

CUSTOMERS = (
    ("Grace Miller", "How much is it?", "It is too small. Can I talk to a human?"),
    ("李雷", "转人工，订单 AB123456 三天了还没有发货"),
    ("Tom Baker", "Talk to a human please, my refund has not arrived"),
    ("王芳", "我要找人工客服，收到的颜色不对"),
)
"""Customers of the desk, and what each of them asks. The first is answered by a person."""

CANNED = {"Thanks": "Thank you for your patience.", "问候": "您好，请问有什么可以帮您？"}

ANSWER_MS = 60_000
"""How long an answer may take."""


def bring_customers(page: Page, address: str, card: Path) -> None:
    """Have customers wait for a person, and one be answered about a card, unless they are there already."""
    if page.request.get(f"{address}/desk/sessions?state=mine").json()["sessions"]:
        return
    for number, (name, *questions) in enumerate(CUSTOMERS):
        body = {"sub": f"customer-{1041 + number}", "claims": {"name": name, "level": "gold"}}
        token = page.request.post(f"{address}/customers/token", data=body).json()["token"]
        for question in questions:
            asked = {"user_id": "chat", "question": question, "image": to_base64(card) if number == 0 else None}
            headers = {"Authorization": f"Bearer {token}"}
            answer = page.request.post(f"{address}/chat", data=asked, headers=headers, timeout=ANSWER_MS)
        if number == 0:
            session = f"{address}/desk/sessions/{answer.headers['x-session']}"
            page.request.post(f"{session}/take", data={"name": "Lily"})
            page.request.post(f"{session}/answer", data={"text": "Hello Grace, I am Lily. Which size did you order?"})
    for title, text in CANNED.items():
        page.request.post(f"{address}/desk/canned", data={"title": title, "text": text})


def to_base64(file: Path) -> str:
    return base64.b64encode(file.read_bytes()).decode()


def open_taken(page: Page) -> None:
    """Open the session that the person has."""
    page.evaluate("() => localStorage.setItem('desk-name', 'Lily')")
    page.reload()
    page.wait_for_selector("body[data-ready]")
    page.click("#tab-mine")
    page.click(".entry")
    page.wait_for_selector(".said.person")
    page.wait_for_selector(".summary", state="attached")
    if page.locator(".back").is_hidden():  # a phone shows the session alone
        page.wait_for_selector(".bubble .thumbnail img")
        page.click("#tab-waiting")
        page.wait_for_selector(".badge.is-customer")

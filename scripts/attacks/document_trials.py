"""Documents: those of others, those that unpack to much, and many at once."""

import base64
import io
import time
import zipfile
from collections import Counter

from scripts.attacks.http import Reply, ask, ask_many
from scripts.attacks.probe import watch
from scripts.attacks.target import MB, Target
from scripts.attacks.trial import Campaign, Outcome, Trial

OWNER, OTHER = "ann", "bob"
TABLE = b"name,price\nshirt,3\nsocks,4\n"
UNPACKED_MB = 400
MAX_GROWTH_MB = 200
NUM_UPLOADS = 300
NUM_SAME = 20
MAX_READING_S = 300


def send(data: bytes, name: str, user_id: str = "sender") -> dict[str, str]:
    """Return the body of an upload."""
    return {"name": name, "data": base64.b64encode(data).decode(), "user_id": user_id}


def look_at_documents_of_others(target: Target) -> Outcome:
    document = ask(target, "/documents", send(TABLE, "prices.csv"), OWNER).json["id"]
    path = f"/documents/{document}"
    table = ask(target, "/tables", {"document": document}, OWNER).json["tables"][0]["id"]
    replies = [ask(target, path + end, key=OTHER) for end in ("", "/pages/1", "/pages/1/image", "/file", "/events")]
    replies += [
        ask(target, f"{path}/ask", {"question": "price"}, OTHER),
        ask(target, "/tables", {"document": document}, OTHER),
        ask(target, f"/tables/{table}", key=OTHER),
        ask(target, f"/tables/{table}/plot", {}, OTHER),
        ask(target, path, key=OTHER, method="DELETE"),
    ]
    statuses = Counter(reply.status for reply in replies)
    is_there = ask(target, path, key=OWNER).status == 200
    return Outcome(
        set(statuses) == {404} and is_there, f"{count_up(statuses)}, {'there' if is_there else 'gone'} after"
    )


def send_a_bomb(target: Target) -> Outcome:
    """Send a document of Word that unpacks to much."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", b" " * (UNPACKED_MB * MB))
    before = target.memory_mb()
    with watch(target) as watched:
        reply = ask(target, "/documents", send(packed.getvalue(), "bomb.docx"), OWNER)
    growth = target.memory_mb() - before
    is_held = 400 <= reply.status < 500 and growth <= MAX_GROWTH_MB and watched.is_well
    return Outcome(is_held, f"status {reply.status} in {reply.took_s:.1f} s, {growth:.0f} MB more; {watched}")


def send_many(target: Target) -> Outcome:
    """Send many documents at once; all that are let in must be read to their ends."""
    bodies = [
        send(b"%d is a number. " % index * 1000, "text.txt", f"user-{index % 30}") for index in range(NUM_UPLOADS)
    ]
    replies = ask_many(target, "/documents", bodies, OWNER)
    ends = _wait_until_read(target, replies, OWNER)
    statuses = Counter(reply.status for reply in replies)
    return Outcome(
        set(statuses) <= {202, 429} and set(ends) <= {"ready"}, f"{count_up(statuses)}; then {count_up(ends)}"
    )


def send_the_same(target: Target) -> Outcome:
    """Send one file many times at once: it is one document."""
    replies = ask_many(target, "/documents", [send(TABLE * 50, "same.csv", "same")] * NUM_SAME, OTHER)
    ids = {reply.json["id"] for reply in replies if reply.status == 202}
    ends = _wait_until_read(target, replies, OTHER)
    return Outcome(len(ids) == 1 and set(ends) == {"ready"}, f"{len(ids)} document; {count_up(ends)}")


def _wait_until_read(target: Target, replies: list[Reply], key: str) -> "Counter[str]":
    """Return how many of the documents that were let in ended how; "reading" for those that did not in time."""
    documents = {reply.json["id"] for reply in replies if reply.status == 202}
    states: Counter[str] = Counter()
    deadline = time.monotonic() + MAX_READING_S
    for document in documents:
        state = "reading"
        while state == "reading" and time.monotonic() < deadline:
            shown = ask(target, f"/documents/{document}", key=key)
            state = shown.json["state"] if shown.status == 200 else f"status {shown.status}"
            time.sleep(0.1 if state == "reading" else 0)
        states[state] += 1
    return states


def count_up(counts: "Counter[int] | Counter[str]") -> str:
    return ", ".join(f"{count} x {name}" for name, count in sorted(counts.items(), key=str)) or "none"


DOCUMENTS = Campaign(
    "documents",
    (
        Trial("documents of another owner", "404", look_at_documents_of_others, is_short=True),
        Trial(f"a document that unpacks to {UNPACKED_MB} MB", f"4xx, {MAX_GROWTH_MB} MB", send_a_bomb, is_short=True),
        Trial(f"{NUM_SAME} times the same file at once", "one document", send_the_same, is_short=True),
        Trial(f"{NUM_UPLOADS} documents at once", "202 and read, or 429", send_many),
    ),
    has_keys=True,
)

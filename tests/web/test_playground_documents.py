"""Documents in the playground: given to a message, and the passages of them that went into the prompt."""

from typing import Any

from playwright.sync_api import FilePayload, expect

from tests.helpers.library_page import read_json
from tests.helpers.pages import file
from tests.helpers.playground import Bench

DATA = "data:application/pdf;base64,JVBERi0="
PART = {"type": "file", "file": {"filename": "prices.pdf", "file_data": "document:1"}}
PASSAGES = [
    {
        "number": 1,
        "document": "d" * 32,
        "name": "prices.pdf",
        "page": 12,
        "score": 0.0325,
        "word_score": 7.5,
        "meaning_score": None,
        "text": "The hat is 5 yuan.",
    },
    {"number": 2, "document": "d" * 32, "page": 3, "score": 0.016},
]


def give(bench: Bench, *files: FilePayload, button: str = ".add-document") -> None:
    with bench.page.expect_file_chooser() as chooser:
        bench.page.locator(button).click()
    chooser.value.set_files(files)


def pdf(name: str = "prices.pdf") -> FilePayload:
    return file(name, b"%PDF-", "application/pdf")


def answer(bench: Bench, note: Any = None) -> dict[str, Any]:
    """Run the set, whose prompt has a note of documents in its trace; the body that was asked for the prompt."""
    trace = [{"stage": "cache", "result": "miss"}, *([note] if note else [])]
    prompt = {"num_tokens": 1, "segments": [{"kind": "text", "text": "a", "ids": [1], "num_tokens": 1}], "pictures": []}
    bench.page.route("**/playground/prompt", lambda route: route.fulfill(json={**prompt, "trace": trace}))
    usage = {"prompt_tokens": 1, "completion_tokens": 1}
    body = f'data: {{"choices": [], "usage": {usage}}}\n\n'.replace("'", '"')
    headers = {"Content-Type": "text/event-stream"}
    bench.page.route("**/v1/chat/completions", lambda route: route.fulfill(body=body, headers=headers))
    with bench.page.expect_request("**/playground/prompt") as asked:
        bench.run()
    expect(bench.page.locator(".prompt")).to_be_visible()
    bench.page.locator(".prompt summary").first.click()
    assert asked.value.headers["x-trace"] == "on"
    return read_json(asked.value)


def test_a_document_is_given_to_a_message_and_sent_whole(bench: Bench) -> None:
    give(bench, pdf())
    shown = bench.page.get_by_role("group", name="prices.pdf")
    expect(shown).to_contain_text("1 KB")
    bench.write("what is cheapest", part=2)
    assert bench.messages() == [{"role": "user", "content": [PART, {"type": "text", "text": "what is cheapest"}]}]
    expect(shown).to_be_visible()  # and it comes back from the JSON
    (part, _) = answer(bench)["messages"][0]["content"]
    assert part == {"type": "file", "file": {"filename": "prices.pdf", "file_data": DATA}}


def test_documents_move_as_pictures_do_and_stay_with_the_user(bench: Bench) -> None:
    give(bench, pdf(), file(), pdf("second.pdf"))
    expect(bench.page.locator(".part-picture, .part-document")).to_have_count(3)
    bench.visit.button("Move part 2 of message 1 down").click()
    names = [part.get("file", {}).get("filename") for part in bench.messages()[0]["content"]]
    assert names == [None, "second.pdf", "prices.pdf", None]  # pictures come before documents
    bench.visit.button("Add a message").click()
    role = bench.page.locator(".message").first.locator(".role")
    expect(role.locator("option[value=system]")).to_be_disabled()
    bench.page.locator(".message").nth(1).locator(".role").select_option("assistant")
    expect(bench.page.locator(".message").nth(1).locator(".add-document")).to_have_count(0)


def test_a_clip_is_refused_by_name(bench: Bench) -> None:
    give(bench, file("clip.mp4", b"x", "video/mp4"))
    expect(bench.page.locator("#messages").get_by_role("alert")).to_have_text(
        "“clip.mp4” is neither a picture nor a document, so it was not added."
    )
    expect(bench.parts).to_have_count(1)


def test_wrong_documents_in_the_json_are_told(bench: Bench) -> None:
    bench.visit.button("JSON").click()
    for part, error in (
        ('{"type": "file", "file": {"filename": "a.pdf", "file_data": "document:2"}}', "no document “document:2”"),
        ('{"type": "file", "file": {"filename": "a.pdf"}}', "file must have filename and file_data"),
        ('{"type": "file", "file": {"file_id": "1"}}', "unknown field “file_id”"),
        ('{"type": "file", "file": null}', "expected an object"),
    ):
        bench.page.locator(".raw").fill(f'[{{"role": "user", "content": [{part}]}}]')
        expect(bench.page.locator(".raw-error")).to_contain_text(error)


def test_the_passages_in_the_prompt_are_shown_with_their_scores(bench: Bench) -> None:
    bench.write("what is cheapest")
    answer(bench, {"stage": "documents", "mode": "find", "passages": PASSAGES})
    section = bench.page.locator(".passages")
    expect(section.locator("h3")).to_have_text("Passages of documents: 2")
    expect(section.locator("code")).to_have_text("find")
    first, second = section.locator("tbody tr").all()
    expect(first.locator(".score")).to_have_text(["0.033", "7.500"])
    expect(second.locator(".score")).to_have_text(["0.016", "–"])
    expect(second).to_contain_text(f"{'d' * 32}, page 3")
    first.locator("summary").click()
    expect(first.get_by_text("The hat is 5 yuan.")).to_be_visible()
    bench.visit.button("中文: switch to Chinese").click()
    expect(section.locator("h3")).to_have_text("文档片段：2 个")
    expect(first.locator("summary")).to_have_text("prices.pdf，第 12 页")


def test_without_documents_there_is_no_word_of_passages(bench: Bench) -> None:
    bench.write("hello")
    answer(bench)
    expect(bench.page.locator(".prompt-text")).to_have_text("a1")
    expect(bench.page.locator(".passages")).to_have_count(0)


def test_a_snippet_shortens_documents(bench: Bench) -> None:
    give(bench, file("prices.pdf", bytes(3000), "application/pdf"))
    bench.visit.button("Code").click()
    code = bench.page.locator(".code")
    expect(code).to_contain_text("data:application/pdf;base64,AAAAAAAAAAAAAAAA…")
    assert len(code.inner_text()) < 1500

"""Clips: chosen, shown before they are sent, and what the answer says of their frames."""

import base64

import pytest
from playwright.sync_api import expect

from tests.helpers.library_page import read_json
from tests.helpers.pages import Visit, file
from tests.helpers.processes import get
from tests.web.conftest import Open, Serve

CLIP = b"not decoded by the page"


@pytest.fixture
def chat(shared_chat: Visit) -> Visit:
    return shared_chat


def give(chat: Visit, name: str = "clip.mp4", mime: str = "video/mp4", content: bytes = CLIP) -> None:
    chat.page.locator("#pick").set_input_files([file(name, content, mime)])


def test_a_clip_goes_along_with_the_question(chat: Visit) -> None:
    give(chat)
    expect(chat.page.locator(".tray .clip")).to_be_visible()
    chat.answer_with({"answer": "a shirt", "video": {"frames": 12, "times": [0.0, 5.5, 11.4], "reason": None}})
    with chat.page.expect_request("**/chat") as asked:
        chat.ask("what is it")
    head, data = read_json(asked.value)["video"].split(",")
    assert (head, base64.b64decode(data)) == ("data:video/mp4;base64", CLIP)
    chat.expect_answers("a shirt")
    expect(chat.page.locator(".notes li")).to_have_text(["Frames seen: 12, 0:00 to 0:11"])
    expect(chat.page.locator(".tray")).to_be_hidden()
    expect(chat.page.locator(".said.you .clip")).to_be_visible()


def test_fewer_frames_are_explained(chat: Visit) -> None:
    video = {"frames": 64, "times": [0.5, 3725.0], "duration": 3726.0, "reason": "limit"}
    chat.answer_with({"answer": "long", "video": video})
    chat.ask("what is it")
    expect(chat.page.locator(".notes li")).to_have_text(
        [
            "Frames seen: 64, 0:00 to 1:02:05",
            "The clip is long, so its frames were taken evenly, up to the limit",
        ]
    )


def test_the_preview_is_muted_and_has_controls(chat: Visit) -> None:
    video = chat.page.evaluate(
        """async () => {
            const { Clip, createClipView } = await import("/web/chat/clips.js");
            const words = { setLabel: (element, key, { name }) => (element.title = name) };
            const clip = new Clip(new File(["x"], "a.webm", { type: "video/webm" }));
            const { muted, controls, autoplay, src, title } = createClipView(words, clip).firstChild;
            return [muted, controls, autoplay, src.slice(0, 5), title];
        }"""
    )
    assert video == [True, True, False, "blob:", "a.webm"]


def test_a_clip_that_the_browser_cannot_play_shows_its_name(chat: Visit) -> None:
    give(chat, "clip.avi", "")
    expect(chat.page.locator(".tray .clip .placeholder")).to_have_text("clip.avi")
    chat.button("Remove the clip").click()
    expect(chat.page.locator(".tray")).to_be_hidden()


def test_one_clip_within_the_limit(serve: Serve, open_page: Open) -> None:
    chat = open_page(serve(max_video_bytes=2**20))
    give(chat, content=bytes(2**20 + 1))
    expect(chat.page.locator(".composer .error")).to_have_text(
        "“clip.mp4” is too large: 2 MB, the limit for clips is about 1 MB."
    )
    give(chat)
    give(chat, "second.webm", "video/webm")
    expect(chat.page.locator(".composer .error")).to_have_text("At most one clip at once.")
    expect(chat.page.locator(".tray .clip")).to_have_count(1)


def test_a_reload_says_that_the_clip_is_gone(chat: Visit) -> None:
    give(chat)
    chat.page.locator("#question").fill("what is it")
    expect(chat.page.locator(".tray .clip")).to_be_visible()
    chat.reload()
    expect(chat.page.locator("#question")).to_have_value("what is it")
    expect(chat.page.locator(".composer .error")).to_contain_text("clips and large pictures have to be added again")


def test_a_stored_clip_is_shown_by_some_of_its_frames(chat: Visit) -> None:
    clips = pytest.importorskip("tests.helpers.clips")
    give(chat, content=clips.make_clip(num_frames=90, rate=10))
    chat.ask("what is it")
    expect(chat.page.locator(".notes li")).to_have_text(["Frames seen: 9, 0:00 to 0:08"])
    chat.reload()
    expect(chat.page.locator(".said.you .thumbnail")).to_have_count(6)
    expect(chat.page.locator(".notes li")).to_have_text(["Frames seen: 9, 0:00 to 0:08"])
    chat.button("Ask again").click()  # the frames are in the dialogue, and not sent again
    expect(chat.answers).to_have_count(2)
    expect(chat.page.locator('[aria-busy="true"]')).to_have_count(0)
    session = chat.page.url.partition("#")[2]
    asked = get(f"{chat.address}/sessions/{session}")["turns"][-1]["messages"][0]["content"]
    assert [part["type"] for part in asked] == ["text"]

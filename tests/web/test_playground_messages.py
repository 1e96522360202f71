"""The messages of the playground: written, given, moved, and edited as JSON."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.helpers.pages import file
from tests.helpers.pictures import png
from tests.helpers.playground import Bench
from tests.web.test_chat import give

PICTURE = {"type": "image_url", "image_url": {"url": "picture:1"}}
SECOND = {"type": "image_url", "image_url": {"url": "picture:2"}}


def text(said: str) -> dict[str, str]:
    return {"type": "text", "text": said}


def user(*content: Any) -> dict[str, Any]:
    return {"role": "user", "content": list(content)}


def test_texts_and_pictures_go_between_each_other(bench: Bench) -> None:
    bench.write("first")
    bench.give(file())
    bench.page.locator(".add-text").click()
    expect(bench.text(part=3)).to_be_focused()
    bench.write("second", part=3)
    bench.give(file("blue.png", png(colour="blue")))
    assert bench.messages() == [user(text("first"), PICTURE, text("second"), SECOND)]


def test_a_picture_goes_before_a_text_that_is_still_to_be_written(bench: Bench) -> None:
    bench.give(file())
    bench.write("about it", part=2)
    assert bench.messages() == [user(PICTURE, text("about it"))]


def test_buttons_move_parts_and_keep_the_focus(bench: Bench) -> None:
    bench.write("a")
    bench.page.locator(".add-text").click()
    bench.write("b", part=2)
    bench.visit.button("Move part 1 of message 1 down").press("Enter")
    assert bench.messages() == [user(text("b"), text("a"))]
    bench.visit.button("Move part 2 of message 1 up").press("Enter")
    expect(bench.visit.button("Move part 1 of message 1 down")).to_be_focused()
    assert bench.messages() == [user(text("a"), text("b"))]
    bench.visit.button("Remove part 1 of message 1").click()
    assert bench.messages() == [user(text("b"))]


def test_parts_move_across_messages_but_pictures_only_to_users(bench: Bench) -> None:
    bench.write("question")
    bench.give(file())
    bench.visit.button("Add a message").click()
    expect(bench.page.get_by_label("Role of message 2")).to_have_value("assistant")
    bench.write("answer", message=2)
    expect(bench.visit.button("Move part 2 of message 1 down")).to_be_disabled()
    bench.visit.button("Add a message").click()
    bench.write("more", message=3)
    bench.visit.button("Move part 2 of message 1 down").click()
    bench.visit.button("Move part 1 of message 1 down").click()
    assert bench.messages() == [
        user(),
        {"role": "assistant", "content": [text("question"), text("answer")]},
        user(PICTURE, text("more")),
    ]


def test_messages_move_change_their_role_and_go(bench: Bench) -> None:
    bench.write("hello")
    bench.visit.button("Add a message").click()
    bench.write("be kind", message=2)
    bench.page.get_by_label("Role of message 2").select_option("system")
    bench.visit.button("Move message 2 up").press("Enter")
    expect(bench.visit.button("Move message 1 down")).to_be_focused()
    assert bench.messages() == [{"role": "system", "content": [text("be kind")]}, user(text("hello"))]
    bench.visit.button("Remove message 1").click()
    assert bench.messages() == [user(text("hello"))]
    expect(bench.visit.button("Remove message 1")).to_be_disabled()


def test_a_message_with_pictures_stays_the_users(bench: Bench) -> None:
    bench.give(file())
    role = bench.page.get_by_label("Role of message 1")
    expect(role.locator("option:enabled")).to_have_text(["user"])


def test_parts_are_dragged_within_and_between_messages(bench: Bench) -> None:
    bench.write("a")
    bench.page.locator(".add-text").click()
    bench.write("b", part=2)
    bench.visit.button("Add a message").click()
    bench.write("c", message=2)
    grips = bench.page.locator(".part .grip")
    grips.nth(1).drag_to(bench.parts.nth(0), target_position={"x": 60, "y": 4})
    assert bench.messages()[0] == user(text("b"), text("a"))
    bench.page.locator(".part .grip").nth(0).drag_to(bench.parts.nth(2), target_position={"x": 60, "y": 70})
    assert bench.messages() == [user(text("a")), {"role": "assistant", "content": [text("c"), text("b")]}]


def test_messages_are_dragged(bench: Bench) -> None:
    bench.write("a")
    bench.visit.button("Add a message").click()
    bench.write("b", message=2)
    grip = bench.page.locator(".message-head .grip").nth(1)
    grip.drag_to(bench.page.locator(".message").nth(0), target_position={"x": 100, "y": 6})
    assert [message["content"] for message in bench.messages()] == [[text("b")], [text("a")]]


def test_a_picture_is_not_dragged_to_an_assistant(bench: Bench) -> None:
    bench.give(file())
    bench.visit.button("Add a message").click()
    bench.page.locator(".part .grip").nth(0).drag_to(bench.parts.nth(2), target_position={"x": 60, "y": 70})
    expect(bench.page.locator("#messages").get_by_role("alert")).to_have_text(
        "only user messages can have pictures and documents"
    )
    assert bench.messages()[0] == user(PICTURE, text(""))


def test_pictures_come_by_paste_and_drop(bench: Bench) -> None:
    give(bench.page, "paste", ".part-text")
    expect(bench.page.locator(".part-picture img")).to_have_count(1)
    give(bench.page, "drop", ".part-text")
    expect(bench.page.locator(".part-picture img")).to_have_count(2)
    assert bench.messages() == [user(PICTURE, SECOND, text(""))]


def test_what_is_no_picture_is_a_document(bench: Bench) -> None:
    bench.give(file("notes.txt", b"notes", "text/plain"))
    expect(bench.page.get_by_role("group", name="notes.txt")).to_be_visible()
    expect(bench.page.locator(".part-picture")).to_have_count(0)


def test_slices_of_one_picture_are_its_own(bench: Bench) -> None:
    bench.give(file())
    bench.page.locator("#slices-1-1").fill("3")
    assert bench.messages() == [user({**PICTURE, "max_slice_nums": 3}, text(""))]
    bench.page.locator("#slices-1-1").fill("")
    assert bench.messages() == [user(PICTURE, text(""))]


def test_the_json_can_be_edited_and_pictures_keep_their_numbers(bench: Bench) -> None:
    bench.give(file(), file("blue.png", png(colour="blue")))
    blue = bench.page.locator(".part-picture img").nth(1).get_attribute("src")
    bench.visit.button("JSON").click()
    bench.page.locator(".raw").fill(
        """[{"role": "system", "content": "short"},
            {"role": "user", "content": [{"type": "text", "text": "\\"q\\\\"},
             {"type": "image_url", "image_url": {"url": "picture:2"}, "max_slice_nums": 2}]}]"""
    )
    bench.visit.button("Form").click()
    expect(bench.text(1, 1)).to_have_value("short")
    expect(bench.text(2, 1)).to_have_value('"q\\')
    expect(bench.page.locator(".part-picture img")).to_have_attribute("src", str(blue))
    expect(bench.page.locator("#slices-2-2")).to_have_value("2")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("[\n  {", "Line 2: expected a name in quotes"),
        ('[\n{"role": "user",\n"content": "a"\n"x": 1}]', "Line 4: expected }"),
        ('[{"role": "user",\n"content": "a\n"}]', "Line 2: a string has an unescaped character"),
        ('[{"role": "user",\n\n"content": "a}]', "Line 3: a string has no closing quote"),
        ('[{"role": "user",\n"content": yes}]', "Line 2: “yes” is not a JSON value"),
        ('[{"role": "user",\n"content": 01}]', "Line 2: “01” is not a JSON value"),
        ('[{"role": "user",\n"content": "a"}]\n]', "Line 3: unexpected text after the end of the JSON"),
        ('[{"role": "user",\n"role": "user"}]', "Line 2: duplicate name “role”"),
        ("\n[]", "Line 2: the messages must be a non-empty list"),
        ('[\n{"role": "user", "content": "a"},\n7]', "Line 3: expected an object"),
        ('[{\n"role": "tool", "content": "a"}]', "Line 2: role must be system, user or assistant"),
        ('[\n{"content": "a"}]', "Line 2: role must be system, user or assistant"),
        ('[{"role": "user",\n"content": 5}]', "Line 2: content must be a string or a list"),
        ('[{"role": "user", "content": "a",\n"name": "b"}]', "Line 2: unknown field “name”"),
        ('[{"role": "user", "content": [\n{"type": "audio"}]}]', "Line 2: type must be text, image_url or file"),
        ('[{"role": "user", "content": [\n{"type": "text"}]}]', "Line 2: text must be a string"),
        (
            '[{"role": "user", "content": [{"type": "image_url",\n"image_url": {\n"url": "picture:1"}}]}]',
            "Line 3: there is no picture “picture:1”",
        ),
        (
            '[{"role": "system", "content": [\n{"type": "image_url", "image_url": {"url": "data:image/png"}}]}]',
            "Line 2: only user messages can have pictures and documents",
        ),
        (
            '[{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"},\n"max_slice_nums": 0}]}]',
            "Line 2: max_slice_nums must be a positive integer",
        ),
        ("[" * 200, "Line 1: nested too deeply"),
    ],
)
def test_errors_of_the_json_are_shown_with_their_line(shared_bench: Bench, raw: str, said: str) -> None:
    shared_bench.visit.button("JSON").click()
    shared_bench.page.locator(".raw").fill(raw)
    expect(shared_bench.page.locator("#raw-error")).to_have_text(said)
    expect(shared_bench.page.locator(".raw")).to_have_attribute("aria-invalid", "true")
    shared_bench.visit.button(said).click()
    line = int(said.split(":")[0].split()[1])
    selected = shared_bench.page.locator(".raw").evaluate(
        "(area) => area.value.slice(area.selectionStart, area.selectionEnd)"
    )
    assert selected == raw.split("\n")[line - 1]


def test_nothing_is_asked_while_the_json_is_wrong(bench: Bench) -> None:
    bench.write("hello")
    bench.visit.button("JSON").click()
    bench.page.locator(".raw").fill("[")
    bench.sets.nth(0).locator(".run").click()
    expect(bench.problem()).to_have_text("The messages' JSON has an error; fix it first.")
    bench.visit.button("Form").click()
    expect(bench.page.locator(".raw")).to_be_focused()
    bench.page.locator(".raw").fill('[{"role": "user", "content": "hi"}]')
    expect(bench.page.locator("#raw-error button")).to_be_hidden()

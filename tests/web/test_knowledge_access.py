"""The knowledge page for those who may see it: by key, by keyboard, on a phone, in both languages, and unharmed."""

from playwright.sync_api import Route, expect

from server.keys.keyring import KeyRing
from tests.helpers.axe import find_violations
from tests.helpers.keys import make_key
from tests.helpers.knowledge_page import (
    FakeKnowledge,
    make_collection,
    make_found,
    make_graph,
    make_hit,
    make_knowledge_document,
    make_question,
)
from tests.helpers.ops import enter_key
from tests.helpers.pages import Visit, turn_light
from tests.web.conftest import Open, OpenKnowledge, Serve
from tests.web.test_access import LOOKS, width

KEYS = (make_key("ann"), make_key("root", role="operator"))
ATTACK = "<img src=x onerror='window.hacked=true'>{name}"
LONG = "long" * 40
VIEWS = ("documents", "hits", "graph")


def fill(fake: FakeKnowledge, text: str = "Text") -> None:
    """Fill everything that the page shows with a text."""
    source = {"document": "1" * 32, "name": text, "page": 1}
    fake.collections = [make_collection("shop", title=text, documents=3, failed=1)]
    failed = {"state": "failed", "error": text, "pages": None, "pages_read": 0}
    fake.documents = [
        make_knowledge_document(1, name=text, role="products", source=text),
        make_knowledge_document(2, name=text, warnings=[text]),
        make_knowledge_document(3, name=text, **failed),
    ]
    mention = {"key": text, "kind": "product", "name": text, "text": text, "origin": text}
    faq = {"question": text, "answer": text, "score": 0.9, "margin": 0.1, "certain": True, **source}
    fact = {"text": text, "steps": 1, **source}
    hit = make_hit(1, name=text, text=text, heading=text, why=["words", text])
    fake.found = make_found(query=text, mentions=[mention], faq=faq, hits=[hit], facts=[fact])
    graph = make_graph(2)
    graph["entity"].update(name=text, names=[text, text + "2"])
    graph["entity"]["attributes"] = [{"name": text, "value": text, "document": "1", "document_name": text, "page": 1}]
    for place, node in enumerate(graph["nodes"]):
        node.update(name=text, key=node["key"] if place == 0 else f"{text}{place}", kind="variant" if place else text)
    for place, edge in enumerate(graph["edges"], start=1):
        edge.update({"from": f"{text}{place}", "kind": text if place == 1 else "fits", "document_name": text})
    fake.graphs = {"S-1": graph}
    fake.questions = [make_question(1, text, profile=text)]


def show(visit: Visit, view: str) -> None:
    """Wait until a view shows all that it can."""
    if view == "documents":
        expect(visit.page.locator(".document-list > li")).to_have_count(3)
    elif view == "hits":
        visit.page.locator("#question").fill("hello")
        visit.page.locator("#question").press("Enter")
        expect(visit.page.locator(".fact")).to_be_visible()
    else:
        visit.page.locator('[data-key="S-1"]').click()
        expect(visit.page.locator("#relations tbody tr")).to_have_count(2)
        expect(visit.page.locator(".drawing canvas")).to_have_count(3)


def open_view(visit: Visit, view: str) -> None:
    visit.page.locator(f"#tab-{view}").click()
    show(visit, view)


def switch(visit: Visit) -> None:
    """Switch to the other language, in which the page reads everything again, the questions last."""
    with visit.page.expect_response("**/unanswered*"):
        visit.page.locator("#language").click()


def test_axe_finds_nothing_in_dark_chinese_and_light_english(open_knowledge: OpenKnowledge) -> None:
    visit, _ = open_knowledge(fill, bypass_csp=True, **LOOKS["chinese"])
    visit.wait()
    for view in VIEWS:
        open_view(visit, view)
        assert find_violations(visit.page) == [], (view, "dark, in Chinese")
    switch(visit)
    turn_light(visit)
    for view in VIEWS:
        open_view(visit, view)
        assert find_violations(visit.page) == [], (view, "light, in English")


def test_a_phone_shows_everything_in_its_width_and_axe_finds_nothing(open_knowledge: OpenKnowledge) -> None:
    visit, fake = open_knowledge(fill, bypass_csp=True, **LOOKS["phone"])
    visit.wait()
    for view in VIEWS:
        open_view(visit, view)
        assert find_violations(visit.page) == [], view
    fill(fake, LONG)
    visit.reload()
    for view in VIEWS:
        open_view(visit, view)
        expect(visit.page.locator("#collection-title")).to_have_text(LONG)
        assert width(visit) == 360, view


def test_whatever_the_server_says_stays_text(open_shared_knowledge: OpenKnowledge) -> None:
    visit, fake = open_shared_knowledge(lambda fake: fill(fake, ATTACK))
    visit.wait()
    for view in VIEWS:
        open_view(visit, view)
        expect(visit.page.locator("#collection-title")).to_have_text(ATTACK)
        expect(visit.page.locator("#unanswered tbody tr")).to_contain_text(ATTACK)
        expect(visit.page.locator("main img")).to_have_count(0)
        switch(visit)
        expect(visit.page.locator("h1")).to_have_text("知识库")
        show(visit, view)
        visit.button(f"删除“{ATTACK}”").click()
        expect(visit.page.locator("#unanswered")).to_contain_text("没有记录。")
        assert not visit.page.evaluate("() => 'hacked' in window"), view
        fill(fake, ATTACK)
        switch(visit)


def test_a_key_is_asked_for_and_must_be_an_operators(serve: Serve, open_page: Open) -> None:
    visit = open_page(serve(keys=KeyRing(KEYS)), path="/knowledge", waits=False)
    visit.button("Cancel").click()
    expect(visit.page.locator("#shown")).to_be_hidden()
    visit.button("Enter a key").click()
    enter_key(visit, "ann")
    expect(visit.page.get_by_role("alert")).to_contain_text("This page is for operators")
    expect(visit.page.locator("#shown")).to_be_hidden()
    visit.button("Enter a key").click()
    enter_key(visit, "root")
    visit.wait()
    expect(visit.page.get_by_text("There are no collections yet")).to_be_visible()
    expect(visit.button("New collection")).to_be_visible()
    expect(visit.page.get_by_role("alert")).to_have_count(0)


def test_a_failing_server_is_said_and_asked_again_and_a_slow_one_waited_for(
    open_shared_knowledge: OpenKnowledge,
) -> None:
    def prepare(fake: FakeKnowledge) -> None:
        fill(fake)
        fake.refusals["GET", "/collections"] = (503, "The database is busy.", None)

    visit, fake = open_shared_knowledge(prepare)
    expect(visit.page.get_by_role("alert")).to_have_text("The database is busy.")
    expect(visit.page.get_by_role("tab")).to_have_count(0)
    fake.refusals.clear()
    visit.button("Try again").click()
    expect(visit.page.locator(".document-list > li")).to_have_count(3)
    expect(visit.page.get_by_role("alert")).to_have_count(0)
    held: list[Route] = []
    visit.page.route("**/collections/shop/search*", lambda route: held.append(route), times=1)
    visit.page.get_by_role("tab", name="Hit test").click()
    visit.page.locator("#question").fill("hello")
    visit.page.locator("#question").press("Enter")
    loading = visit.page.locator("#view-hits").get_by_text("Loading…")
    expect(loading).to_be_visible()
    held[0].fulfill(json=make_found(hits=[make_hit(1)]))
    expect(visit.page.get_by_text("Passage 1", exact=True)).to_be_visible()
    expect(loading).to_be_hidden()


def test_tabs_are_used_by_keyboard(open_shared_knowledge: OpenKnowledge) -> None:
    visit, _ = open_shared_knowledge(fill)
    expect(visit.page.locator("#tab-documents")).to_have_attribute("aria-selected", "true")
    visit.page.locator("#tab-documents").focus()
    for key, chosen in (("ArrowRight", "hits"), ("End", "graph"), ("ArrowRight", "documents"), ("ArrowLeft", "graph")):
        visit.page.keyboard.press(key)
        expect(visit.page.locator(f"#tab-{chosen}")).to_be_focused()
        expect(visit.page.get_by_role("tabpanel")).to_have_count(1)
        expect(visit.page.locator(f"#view-{chosen}")).to_be_visible()
    visit.page.keyboard.press("Tab")
    expect(visit.page.get_by_label("Search by name")).to_be_focused()


def test_no_words_are_missing_and_kinds_have_colours_and_shapes_of_their_own(
    open_shared_knowledge: OpenKnowledge,
) -> None:
    visit, _ = open_shared_knowledge(fill)
    visit.wait()
    for module, name in (("strings", "KNOWLEDGE"), ("graph_strings", "GRAPH")):
        load = f"""async () => Object.values((await import("/web/knowledge/{module}.js")).{name}).map(Object.keys)"""
        chinese, english = visit.page.evaluate(load)
        assert sorted(chinese) == sorted(english)
    visit.page.emulate_media(color_scheme="dark")
    expect(visit.page.locator("html")).to_have_attribute("data-theme", "dark")
    seen = {"dark": look_at_kinds(visit)}
    turn_light(visit)
    seen["light"] = look_at_kinds(visit)
    assert not set(seen["light"]) & set(seen["dark"])


def look_at_kinds(visit: Visit) -> list[str]:
    """Return the colours of all kinds and of another, each of which has one of its own."""
    kinds, shapes, colours = visit.page.evaluate(
        """async () => {
            const { KINDS, findShape, colourClass } = await import("/web/knowledge/kinds.js");
            const style = getComputedStyle(document.body);
            const colour = (kind) => style.getPropertyValue(`--${colourClass(kind)}`).trim();
            return [KINDS, KINDS.map((kind) => findShape(kind).shape), [...KINDS, "odd"].map(colour)];
        }"""
    )
    assert len(set(shapes)) == len(kinds) == 6
    assert len(set(colours)) == 7
    found: list[str] = colours
    return found

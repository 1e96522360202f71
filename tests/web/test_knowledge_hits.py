"""The hit test of the knowledge page: what a question finds, with scores and why."""

from playwright.sync_api import Locator, expect

from tests.helpers.knowledge_page import FakeKnowledge, Json, make_collection, make_found, make_hit
from tests.helpers.pages import Visit
from tests.web.conftest import OpenKnowledge

SOURCE = {"document": "1" * 32, "name": "faq.csv", "page": 1}
FAQ = {"question": "How long?", "answer": "Three days.", "score": 0.913, "margin": 0.25, "certain": True, **SOURCE}
MENTION = {"key": "S-1", "kind": "product", "name": "Striped shirt", "text": "the shirt", "origin": "question"}
PATH = "/knowledge#view=hits"


def ask(open_knowledge: OpenKnowledge, found: Json, **options: str) -> tuple[Visit, FakeKnowledge]:
    def prepare(fake: FakeKnowledge) -> None:
        fake.collections = [make_collection("shop"), make_collection("other")]
        fake.found = found

    visit, fake = open_knowledge(prepare, path=PATH, **options)
    visit.page.locator("#question").fill("how long & how much?")
    visit.page.locator("#question").press("Enter")
    return visit, fake


def score(card: Locator, name: str) -> Locator:
    return card.locator(".scores > div").filter(has_text=name).locator("dd")


def test_hits_have_their_place_their_scores_and_why(open_knowledge: OpenKnowledge) -> None:
    scores = {"score": 0.5, "word_score": 3.14159, "meaning_score": 0.75, "coverage": 0.66, "why": ["words", "entity"]}
    hits = [make_hit(1, name="returns.md", heading="Returns", **scores), make_hit(2, rows=[3, 5], sheet="Sizes")]
    visit, fake = ask(open_knowledge, make_found(query="shirt how long", mentions=[MENTION], hits=hits))
    cards = visit.page.locator("ol.hits > .hit")
    expect(cards).to_have_count(2)
    expect(cards.first.locator(".source")).to_have_text("returns.md, page 1, Returns")
    expect(cards.first.locator(".why li")).to_have_text(["same words", "about what is mentioned"])
    for name, shown in {"Score": "0.5", "Words": "3.142", "Meaning": "0.75", "Coverage": "66%"}.items():
        expect(score(cards.first, name)).to_have_text(shown)
    expect(cards.nth(1).locator(".source")).to_have_text("2.pdf, Sizes, rows 3–5")
    expect(score(cards.nth(1), "Meaning")).to_have_text("–")
    expect(visit.page.get_by_text("Looked up: shirt how long")).to_be_visible()
    expect(visit.page.locator(".chips li")).to_have_text("ProductStriped shirt“the shirt” (in the question)")
    assert ("GET", "/collections/shop/search?q=how+long+%26+how+much%3F&limit=8") in fake.asked


def test_the_entry_that_matches_says_whether_it_is_certain(open_knowledge: OpenKnowledge) -> None:
    visit, fake = ask(open_knowledge, make_found(faq=FAQ))
    card = visit.page.locator("#faq .hit")
    expect(card).to_contain_text("Three days.")
    expect(card.locator(".badge")).to_have_text("certain")
    expect(score(card, "Score")).to_have_text("0.913")
    expect(score(card, "Margin")).to_have_text("0.25")
    fake.found = make_found(faq={**FAQ, "certain": False})
    visit.button("Test").click()
    expect(card.locator(".badge")).to_have_text("not certain")


def test_facts_say_how_far_they_are_away(open_knowledge: OpenKnowledge) -> None:
    visit, _ = ask(open_knowledge, make_found(facts=[{"text": "Trousers go with it.", "steps": 2, **SOURCE}]))
    expect(visit.page.locator(".fact")).to_contain_text("Trousers go with it.")
    expect(visit.page.locator(".fact")).to_contain_text("faq.csv, page 1")
    expect(visit.page.locator(".fact .badge")).to_have_text("Steps: 2")


def test_nothing_found_is_said(open_knowledge: OpenKnowledge) -> None:
    visit, _ = ask(open_knowledge, make_found())
    expect(visit.page.locator(".nothing")).to_contain_text("Nothing was found")


def test_an_error_is_said_and_tried_again(open_knowledge: OpenKnowledge) -> None:
    def prepare(fake: FakeKnowledge) -> None:
        fake.collections = [make_collection("shop")]
        fake.found = make_found(hits=[make_hit(7)])
        fake.refusals["GET", "/collections/shop/search"] = (503, "The database is busy.", None)

    visit, fake = open_knowledge(prepare, path=PATH)
    visit.page.locator("#question").fill("hello")
    visit.button("Test").click()
    expect(visit.page.get_by_role("alert")).to_have_text("The database is busy.")
    fake.refusals.clear()
    visit.button("Try again").click()
    expect(visit.page.get_by_text("Passage 7", exact=True)).to_be_visible()
    expect(visit.page.get_by_role("alert")).to_have_count(0)


def test_the_limit_and_the_collection_are_the_chosen_ones(open_knowledge: OpenKnowledge) -> None:
    visit, fake = ask(open_knowledge, make_found(hits=[make_hit(1)]))
    expect(visit.page.locator("ol.hits > .hit")).to_have_count(1)
    visit.page.get_by_label("Passages at most").select_option("20")
    visit.page.locator("#collections li button").nth(1).click()
    expect(visit.page.locator("#collection-title")).to_have_text("other")
    expect(visit.page.locator("ol.hits > .hit")).to_have_count(1)
    assert fake.asked[-1] == ("GET", "/collections/other/search?q=how+long+%26+how+much%3F&limit=20")


def test_what_was_found_changes_its_language(open_knowledge: OpenKnowledge) -> None:
    visit, _ = ask(open_knowledge, make_found(faq=FAQ, hits=[make_hit(1)]), locale="zh-CN")
    expect(visit.page.locator("#faq .badge")).to_have_text("确定")
    expect(visit.page.locator(".hits .why")).to_have_text("词语相同")
    visit.page.locator("#language").click()
    expect(visit.page.locator("#faq .badge")).to_have_text("certain")
    expect(visit.page.locator(".hits .why")).to_have_text("same words")

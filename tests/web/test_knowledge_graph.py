"""The product graph of the knowledge page: finding an entity, its drawing, and walking on."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.helpers.knowledge_page import FakeKnowledge, Json, make_collection, make_graph
from tests.helpers.pages import Visit
from tests.web.conftest import OpenKnowledge

PATH = "/knowledge?graph#view=graph"
PLACE = {"document": "2" * 32, "document_name": "faults.csv", "page": 4}
FAULT: Json = {
    "entity": {"key": "E42", "kind": "fault", "name": "Error 42", "names": ["Error 42"], "attributes": []},
    "nodes": [{"key": "E42", "kind": "fault", "name": "Error 42"}, {"key": "R", "kind": "remedy", "name": "Descale"}],
    "edges": [{"from": "E42", "to": "R", "kind": "remedied_by", "steps": 1, **PLACE}],
    "is_cut": False,
}
ARRANGE = """async ([centre, nodes, edges]) => {
    const { arrange } = await import("/web/knowledge/arrangement.js");
    return [...arrange(centre, nodes, edges)].map(([key, { x, y }]) => [key, x, y]);
}"""


Open = Callable[..., tuple[Visit, FakeKnowledge]]


@pytest.fixture(scope="module")
def open_graphs(open_shared_knowledge: OpenKnowledge) -> Open:
    """Turns to a collection with these graphs, from another collection of the same page, which then shows nothing."""

    def prepare(fake: FakeKnowledge) -> None:
        fake.collections = [make_collection("shop"), make_collection("other")]

    visit, fake = open_shared_knowledge(prepare, PATH)

    def open_(*graphs: Json) -> tuple[Visit, FakeKnowledge]:
        fake.graphs = {graph["entity"]["key"]: graph for graph in graphs}
        fake.asked.clear()
        for name in ("other", "shop"):
            visit.page.locator(f'#collections [data-name="{name}"] button').click()
        expect(visit.page.locator(".entity-body")).to_be_hidden()
        return visit, fake

    return open_


def entities(visit: Visit) -> Locator:
    return visit.page.locator(".entity-list button")


def edges(visit: Visit) -> Locator:
    return visit.page.locator("#relations tbody tr:visible")


def has_colour(canvas: Locator) -> bool:
    """Return whether something is drawn in colour at a canvas of the drawing."""
    return bool(
        canvas.evaluate(
            """(canvas) => {
                const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
                for (let at = 0; at < data.length; at += 4) {
                    if (data[at + 3] > 200 && Math.abs(data[at] - data[at + 2]) > 60) return true;
                }
                return false;
            }"""
        )
    )


def test_entities_are_found_by_name_and_by_kind(open_graphs: Open) -> None:
    visit, fake = open_graphs(make_graph(2), FAULT)
    expect(entities(visit)).to_have_text(["Striped shirtProduct · S-1", "Error 42Fault · E42"])
    visit.page.get_by_label("Search by name").fill("error")
    visit.button("Search").click()
    expect(entities(visit)).to_have_text(["Error 42Fault · E42"])
    visit.page.get_by_label("Search by name").fill("")
    visit.page.get_by_label("Kind").select_option("product")
    expect(entities(visit)).to_have_text(["Striped shirtProduct · S-1"])
    assert ("GET", "/graph/shop?limit=50&kind=product") in fake.asked
    visit.page.get_by_label("Search by name").fill("error")
    visit.button("Search").click()
    expect(visit.page.get_by_text("Nothing found.")).to_be_visible()


def test_an_entity_shows_its_attributes_and_relations_with_sources(open_graphs: Open) -> None:
    visit, _ = open_graphs(make_graph(2), FAULT)
    entities(visit).first.click()
    expect(visit.page.locator("#attributes tbody tr:visible")).to_have_text("materialcottonproducts.csv, page 1")
    expect(visit.page.get_by_text("Product · S-1 · 条纹衬衫")).to_be_visible()
    expect(edges(visit)).to_have_text(
        [f"Shirt {number}variant ofStriped shirt1products.csv, page 1" for number in range(2)]
    )
    drawing = visit.page.get_by_role("img", name="Drawing: Striped shirt with 2 entries around it and 2 relations.")
    expect(drawing.locator("canvas")).to_have_count(3)
    expect(visit.page.locator(".legend li")).to_have_text(["Product", "Variant"])
    assert has_colour(drawing.locator("canvas").last)


def test_one_walks_from_entity_to_entity_and_back(open_graphs: Open) -> None:
    first = make_graph(1, kind="fault", relation="has_fault")
    first["nodes"][1].update(key="E42", name="Error 42")
    first["edges"][0].update({"from": "S-1", "to": "E42"})
    visit, _ = open_graphs(first, FAULT)
    entities(visit).first.click()
    visit.page.locator("#relations").get_by_role("button", name="Error 42").click()
    title = visit.page.locator(".entity-title h3")
    expect(title).to_have_text("Error 42")
    expect(title).to_be_focused()
    expect(entities(visit).nth(1)).to_have_attribute("aria-current", "true")
    expect(edges(visit)).to_have_text(["Error 42remedied byDescale1faults.csv, page 4"])
    expect(visit.page.locator("#attributes")).to_contain_text("No attributes.")
    visit.button("Back to the one before").click()
    expect(title).to_have_text("Striped shirt")
    expect(visit.button("Back to the one before")).to_be_hidden()


def test_a_click_on_a_drawn_node_walks_on(open_graphs: Open) -> None:
    graph = make_graph(1)
    other = {**FAULT, "entity": {**FAULT["entity"], "key": "S-1-0", "name": "Shirt 0"}, "edges": []}
    visit, _ = open_graphs(graph, other)
    entities(visit).first.click()
    drawing = visit.page.locator(".drawing")
    expect(drawing.locator("canvas")).to_have_count(3)
    box = drawing.bounding_box()
    assert box is not None
    # the two nodes lie one above the other, in the middle
    for part in range(2, 20):
        visit.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * part / 40)
        if drawing.get_attribute("title") == "Shirt 0":
            break
    visit.page.mouse.down()
    visit.page.mouse.up()
    expect(visit.page.locator(".entity-title h3")).to_have_text("Shirt 0")
    expect(visit.page.locator(".drawing-frame")).to_be_hidden()
    expect(visit.page.get_by_text("Nothing is related to it.").first).to_be_visible()


def test_the_reach_is_one_or_two_steps(open_graphs: Open) -> None:
    visit, fake = open_graphs(make_graph(1))
    entities(visit).first.click()
    expect(edges(visit)).to_have_count(1)
    with visit.page.expect_response("**/graph/shop/entity*"):
        visit.page.get_by_label("Reach").select_option("2")
    asked = [path for _, path in fake.asked if "/entity" in path]
    assert asked == ["/graph/shop/entity?key=S-1&steps=1", "/graph/shop/entity?key=S-1&steps=2"]
    with visit.page.expect_response("**/graph/shop/entity*"):
        visit.page.get_by_label("Reach").select_option("1")


def test_a_part_of_five_hundred_is_drawn_and_told(open_graphs: Open) -> None:
    visit, _ = open_graphs({**make_graph(500), "is_cut": True})
    entities(visit).first.click()
    expect(visit.page.get_by_text("There is more than can be shown")).to_be_visible()
    expect(edges(visit)).to_have_count(500)
    expect(visit.page.locator(".drawing canvas:visible")).to_have_count(3)
    for name in ("Zoom in", "Zoom out", "Show all"):
        visit.button(name).click()


def test_an_edge_to_what_is_not_told_is_in_the_table_alone(open_graphs: Open) -> None:
    graph = make_graph(1)
    graph["edges"].append({"from": "S-1", "to": "gone", "kind": "fits", "steps": 1, **PLACE})
    visit, _ = open_graphs(graph)
    entities(visit).first.click()
    expect(edges(visit).last).to_have_text("Striped shirtfitsgone1faults.csv, page 4")
    expect(visit.page.locator(".drawing canvas:visible")).to_have_count(3)


def test_without_the_library_the_table_stays(open_knowledge: OpenKnowledge) -> None:
    def prepare(fake: FakeKnowledge) -> None:
        fake.collections = [make_collection("shop")]
        fake.graphs = {"S-1": make_graph(1)}

    visit, _ = open_knowledge(prepare, path=PATH)
    visit.page.route("**/cytoscape*", lambda route: route.abort())
    entities(visit).first.click()
    expect(visit.page.get_by_text("The drawing could not be loaded")).to_be_visible()
    expect(edges(visit)).to_have_count(1)


def test_an_entity_that_is_gone_is_said(open_graphs: Open) -> None:
    visit, fake = open_graphs(make_graph(1))
    expect(entities(visit)).to_have_count(1)
    fake.graphs.clear()
    entities(visit).first.click()
    expect(visit.page.get_by_role("alert")).to_have_text("there is no entity S-1")


def test_no_graph_says_where_one_comes_from(open_graphs: Open) -> None:
    visit, _ = open_graphs()
    expect(visit.page.get_by_text("This collection has no product graph yet.")).to_be_visible()


def test_no_two_nodes_share_a_place(open_graphs: Open) -> None:
    visit, _ = open_graphs()
    for num_first, num_second in ((0, 0), (1, 1), (9, 4), (24, 8), (25, 60), (150, 350)):
        first = [f"a{number}" for number in range(num_first)]
        second = [f"b{number}" for number in range(num_second)]
        edges = [{"from": "centre", "to": key} for key in first]
        edges += [{"from": key, "to": first[number % num_first]} for number, key in enumerate(second)]
        nodes = [{"key": key} for key in ("centre", *first, *second)]
        places = visit.page.evaluate(ARRANGE, ["centre", nodes, edges])
        assert {key for key, _, _ in places} == {node["key"] for node in nodes}
        points = [complex(x, y) for _, x, y in places]
        nearest = min((abs(a - b) for at, a in enumerate(points) for b in points[:at]), default=100.0)
        assert nearest > 40, (num_first, num_second)

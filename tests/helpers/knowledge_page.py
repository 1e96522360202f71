"""A knowledge base behind its page, for what the page makes of it: each route of it answers at once."""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from playwright.sync_api import Page, Route

from tests.helpers.library_page import FIELD, NAME, make_document

Json = dict[str, Any]

NOW_S = 1_760_000_000.0
NUM_LISTED = 50


def make_collection(name: str, **values: Any) -> Json:
    counts = {"documents": 0, "reading": 0, "failed": 0, "passages": 0, "faqs": 0, "entities": 0}
    return {"name": name, "title": None, **counts, "created_s": NOW_S, **values}


def make_knowledge_document(number: int, **values: Any) -> Json:
    """Return a document of a collection as the server tells of it; by default one that is read."""
    basis: Json = {"collection": "shop", "role": "document", "source": None, "num_bytes": 2048, "created_s": NOW_S}
    return make_document(number, **{**basis, "error_code": None, "has_file": True, **values})


def make_found(**values: Any) -> Json:
    return {"query": "how much", "mentions": [], "faq": None, "hits": [], "facts": [], **values}


def make_hit(number: int, **values: Any) -> Json:
    scores = {"score": 0.9, "word_score": 7.25, "meaning_score": None, "coverage": 0.5, "why": ["words"]}
    basis: Json = {"document": f"{number:032x}", "name": f"{number}.pdf", "page": number, "text": f"Passage {number}"}
    return {**basis, **scores, **values}


def make_graph(num_around: int, kind: str = "variant", relation: str = "variant_of") -> Json:
    """Return an entity with as many others that are related to it, in the order of their numbers."""
    centre = {"key": "S-1", "kind": "product", "name": "Striped shirt"}
    around = [{"key": f"S-1-{number}", "kind": kind, "name": f"Shirt {number}"} for number in range(num_around)]
    place = {"document": "1" * 32, "document_name": "products.csv", "page": 1}
    edges = [{"from": node["key"], "to": "S-1", "kind": relation, "steps": 1, **place} for node in around]
    attributes = [{"name": "material", "value": "cotton", **place}]
    entity = {**centre, "names": ["Striped shirt", "条纹衬衫"], "attributes": attributes}
    return {"entity": entity, "nodes": [centre, *around], "edges": edges, "is_cut": False}


class FakeKnowledge:
    """The knowledge base of a page. `refusals` are answers with an error, by method and path, for all requests."""

    def __init__(self, page: Page, *collections: Json) -> None:
        self.clear()
        self.collections.extend(collections)
        page.route(re.compile(r"//[^/]+/(collections|graph|unanswered)(/|\?|$)"), self._answer)

    def clear(self) -> None:
        """Forget everything, so that another test begins with an empty knowledge base."""
        self.collections: list[Json] = []
        self.documents: list[Json] = []
        self.steps: dict[str, list[Json]] = {}
        self.found = make_found()
        self.graphs: dict[str, Json] = {}
        self.questions: list[Json] = []
        self.refusals: dict[tuple[str, str], tuple[int, str, str | None]] = {}
        self.upload_refusals: list[tuple[int, str, str | None]] = []
        self.uploads: list[tuple[str, dict[str, str]]] = []
        self.asked: list[tuple[str, str]] = []

    def _answer(self, route: Route) -> None:
        parts = urlsplit(route.request.url)
        method, path = route.request.method, unquote(parts.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.asked.append((method, f"{path}?{parts.query}" if parts.query else path))
        if (method, path) in self.refusals:
            _refuse(route, *self.refusals[method, path])
            return
        _, head, *rest = path.split("/")
        answers = {"collections": self._answer_collections, "graph": self._answer_graph}
        answers.get(head, self._answer_unanswered)(route, rest, query)

    def _answer_collections(self, route: Route, rest: list[str], query: Json) -> None:
        if not rest:
            route.fulfill(json={"collections": self.collections})
        elif len(rest) == 1:
            self._change_collection(route, rest[0])
        elif rest[1] == "search":
            route.fulfill(json=self.found)
        else:
            self._answer_documents(route, rest[2:], query)

    def _change_collection(self, route: Route, name: str) -> None:
        known = next((one for one in self.collections if one["name"] == name), None)
        if route.request.method == "DELETE":
            self.collections = [one for one in self.collections if one is not known]
            route.fulfill(status=204)
            return
        collection = known or make_collection(name)
        collection["title"] = (route.request.post_data_json or {}).get("title")
        if known is None:
            self.collections.append(collection)
        route.fulfill(status=200 if known else 201, json=collection)

    def _answer_documents(self, route: Route, rest: list[str], query: Json) -> None:
        if rest:
            self._answer_document(route, *rest)
        elif route.request.method == "POST":
            self._take(route)
        else:
            route.fulfill(json=_cut(self.documents[::-1], query, "documents"))

    def _take(self, route: Route) -> None:
        body = route.request.post_data_buffer or b""
        name = NAME.search(body)
        fields = {key.decode(): value.decode() for key, value in FIELD.findall(body)}
        self.uploads.append((name[1].decode() if name else "", fields))
        if self.upload_refusals:
            _refuse(route, *self.upload_refusals.pop(0))
            return
        number = len(self.documents) + 1
        steps = self.steps.get(self.uploads[-1][0])
        begun = {"name": self.uploads[-1][0], "state": "reading" if steps else "ready", "pages_read": 0 if steps else 3}
        added = make_knowledge_document(number, **begun, role=None)
        self.documents.append(added)
        route.fulfill(status=202, json=added)

    def _answer_document(self, route: Route, document_id: str, what: str = "") -> None:
        document = next((one for one in self.documents if one["id"] == document_id), None)
        if document is None:
            _refuse(route, 404, "gone", None)
        elif what == "events":
            self._tell(route, document)
        elif what == "file":
            route.fulfill(body="the original")
        else:
            self.documents.remove(document)
            route.fulfill(status=204)

    def _tell(self, route: Route, document: Json) -> None:
        events = []
        for step in self.steps.get(document["name"], []):
            document.update(step)
            events.append(f"data: {json.dumps(document)}\n\n")
        route.fulfill(body="".join(events), content_type="text/event-stream")

    def _answer_graph(self, route: Route, rest: list[str], query: Json) -> None:
        if len(rest) == 2:
            graph = self.graphs.get(query["key"])
            if graph is None:
                _refuse(route, 404, f"there is no entity {query['key']}", None)
            else:
                route.fulfill(json=graph)
            return
        entities = [graph["entity"] for graph in self.graphs.values()]
        kinds = {kind: sum(one["kind"] == kind for one in entities) for kind in {one["kind"] for one in entities}}
        matches = [one for one in entities if query.get("q", "").lower() in one["name"].lower()]
        matches = [one for one in matches if query.get("kind", one["kind"]) == one["kind"]]
        shown = [{**one, "documents": []} for one in matches]
        route.fulfill(json={"kinds": kinds, "relations": {}, **_cut(shown, query, "entities")})

    def _answer_unanswered(self, route: Route, rest: list[str], query: Json) -> None:
        if route.request.method == "GET":
            route.fulfill(json=_cut(self.questions, query, "questions"))
        elif rest:
            self.questions = [one for one in self.questions if one["id"] != rest[0]]
            route.fulfill(status=204)
        else:
            deleted, self.questions = len(self.questions), []
            route.fulfill(json={"deleted": deleted})


def make_question(number: int, question: str, **values: Any) -> Json:
    counts = {"count": number, "first_s": NOW_S, "last_s": NOW_S}
    return {"id": f"q{number}", "profile": "shop", "question": question, **counts, **values}


def _cut(rows: list[Json], query: Json, name: str) -> Json:
    begin, limit = int(query.get("cursor", 0)), int(query.get("limit", NUM_LISTED))
    end = begin + limit
    return {name: rows[begin:end], "next_cursor": str(end) if end < len(rows) else None}


def _refuse(route: Route, status: int, error: str, code: str | None) -> None:
    route.fulfill(status=status, json={"status": status, "error": error, "code": code})


Prepare = Callable[[FakeKnowledge], None]

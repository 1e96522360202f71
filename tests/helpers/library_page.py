"""A library behind a page, for what a page makes of its answers: each route of documents and tables answers at once."""

import json
import re
from typing import Any

from playwright.sync_api import Page, Request, Route

from tests.helpers.pictures import png

Json = dict[str, Any]

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><rect width="40" height="30"/></svg>'
PAGE = re.compile(r"/documents/(\w+)/pages/(\d+)(/image)?(?:\?|$)")
DOCUMENT = re.compile(r"/documents/(\w+)(?:/(events|file))?$")
NAME = re.compile(rb'name="file"; filename="([^"]*)"')
FIELD = re.compile(rb'name="(\w+)"\r\n\r\n([^\r]*)\r\n')


def read_json(request: Request) -> Json:
    """Return the body of a request."""
    body = request.post_data_json
    assert isinstance(body, dict)
    return body


def make_document(number: int, **values: Any) -> Json:
    """Return a document as the server tells of it; by default a PDF of three pages that is read."""
    basis: Json = {"id": f"{number:032x}", "name": f"{number}.pdf", "kind": "pdf", "state": "ready", "pages": 3}
    return {**basis, "pages_read": basis["pages"], "warnings": [], "error": None, "has_file": True, **values}


class FakeLibrary:
    """The documents of one session. What is uploaded is answered by `replies`, or else stored as `reading`.

    `steps` are what the events of a document tell one after another, by its number.
    """

    def __init__(self, page: Page, *documents: Json) -> None:
        self.documents = list(documents)
        self.pages: dict[int, Json] = {}
        self.replies: list[tuple[int, Json]] = []
        self.steps: dict[str, list[Json]] = {}
        self.tables: list[Json] = []
        self.uploads: list[tuple[str, dict[str, str]]] = []
        self.charts: list[Json] = []
        self.removed: list[str] = []
        self._page = page
        page.route(re.compile(r"/documents(\?.*)?$"), self._answer_list)
        page.route(DOCUMENT, self._answer_document)
        page.route(PAGE, self._answer_page)
        page.route("**/tables", lambda route: route.fulfill(json={"tables": self.tables}))
        page.route("**/tables/*/plot", self._plot)

    def refuse(self, status: int, error: str, code: str | None = None) -> None:
        """Refuse the next upload."""
        self.replies.append((status, {"status": status, "error": error, "code": code}))

    def _answer_list(self, route: Route) -> None:
        if route.request.method == "POST":
            self._take(route)
        else:
            route.fulfill(json={"documents": self.documents[::-1], "next_cursor": None})

    def _take(self, route: Route) -> None:
        body = route.request.post_data_buffer or b""
        name = NAME.search(body)
        fields = {key.decode(): value.decode() for key, value in FIELD.findall(body)}
        self.uploads.append((name[1].decode() if name else "", fields))
        if self.replies:
            status, reply = self.replies.pop(0)
            route.fulfill(status=status, json=reply)
            return
        number = len(self.documents) + 1
        added = make_document(number, name=self.uploads[-1][0], state="reading", pages_read=0)
        self.documents.append(added)
        route.fulfill(status=202, json=added, headers={"X-Session": "5" * 32})

    def _answer_document(self, route: Route) -> None:
        found = DOCUMENT.search(route.request.url)
        assert found is not None
        document_id, what = found.groups()
        document = next((one for one in self.documents if one["id"] == document_id), None)
        if document is None:
            route.fulfill(status=404, json={"error": "gone"})
        elif what == "events":
            self._tell(route, document)
        elif what == "file":
            route.fulfill(body="the original")
        elif route.request.method == "DELETE":
            self.documents.remove(document)
            self.removed.append(document_id)
            route.fulfill(status=204)
        else:
            route.fulfill(json=document)

    def _tell(self, route: Route, document: Json) -> None:
        """Send what a stream has told at its end, as a fake can send nothing bit by bit."""
        steps = self.steps.get(document["id"], [{"state": "ready", "pages_read": document["pages"]}])
        events = [{**document, **step} for step in steps]
        document.update(events[-1])
        body = ": ping\n\n" + "".join(f"data: {json.dumps(event)}\n\n" for event in events)
        route.fulfill(body=body, headers={"Content-Type": "text/event-stream"})

    def _answer_page(self, route: Route) -> None:
        found = PAGE.search(route.request.url)
        assert found is not None
        number = int(found[2])
        if found[3]:
            route.fulfill(body=png((140, 200), "white"), content_type="image/png")
        else:
            route.fulfill(json={"number": number, "text": "", **self.pages.get(number, {})})

    def _plot(self, route: Route) -> None:
        self.charts.append(read_json(route.request))
        route.fulfill(body=SVG, content_type="image/svg+xml")

"""The OpenAPI document has every route, and the routes take and answer what it says."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from litestar.testing import TestClient

from server.api.dialects import DIALECTS
from server.api.openapi.operation import KEY, describe
from server.engine.async_engine import AsyncEngine
from server.settings.settings import Settings
from tests.helpers.actions import stock_actions
from tests.helpers.apps import stored_app
from tests.helpers.embedding_apps import WORDS
from tests.helpers.fakes import FakeChatModel
from tests.helpers.fuzzing import ROUTES
from tests.helpers.loopback import comes_true
from tests.helpers.onnx import write_model
from tests.helpers.processes import get, post
from tests.helpers.stocked_store import stock

QUERIES = {
    ("delete", "/sessions"): "?all=true",
    ("get", "/sessions/{session_id}/export"): "?pictures=base64",
    ("get", "/collections/{name}/search"): "?q=pen",
    ("get", "/graph/{collection}/entity"): "?key=P-1&steps=2",
}
KNOWLEDGE = ("/collections", "/graph")
LISTING_DOCUMENTS = ("/documents", "/sessions", "/ops", "/metrics")
NO_DATA = ("event: ", "id: ", "retry: ")
"""What lines of events begin with that hold none."""

PRODUCTS = b"sku,name,category\nP-1,Pen,tools\nP-2,Ink,tools\n"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient[Any]]:
    pytest.importorskip("onnxruntime")
    folder = tmp_path_factory.mktemp("served")
    where = folder / "sessions.db"
    stock(where)
    stock_actions(where, 3)
    write_model(folder, WORDS)
    embedding: dict[str, Any] = {"embedding_model": str(folder), "embedding_aliases": "bge-small-zh"}
    settings = Settings(max_body_bytes=100_000, max_images=3, **embedding)
    app = stored_app(settings, AsyncEngine(FakeChatModel(), {}), where)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def document(served: TestClient[Any]) -> dict[str, Any]:
    found: dict[str, Any] = served.get("/schema/openapi.json").json()
    return found


def forbid_other_properties(schema: Any) -> Any:
    """Return a schema that refuses properties which are not documented."""
    if isinstance(schema, list):
        return [forbid_other_properties(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    within = {key: forbid_other_properties(value) for key, value in schema.items()}
    is_object = schema.get("type") == "object" and "properties" in schema
    return {**within, "additionalProperties": False} if is_object else within


def check(document: dict[str, Any], schema: dict[str, Any], value: Any) -> None:
    whole = {**forbid_other_properties(schema), "components": forbid_other_properties(document["components"])}
    jsonschema_rs.validator_for(whole).validate(value)


def operation_of(document: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    found: dict[str, Any] = document["paths"][path][method]
    return found


def body_of(operation: dict[str, Any]) -> Any:
    return operation["requestBody"]["content"]["application/json"]["example"] if "requestBody" in operation else None


def address_of(client: TestClient[Any], document: dict[str, Any], method: str, path: str) -> str:
    """Return the path with the ids of a dialogue, a run and a response that exist."""
    example = body_of(operation_of(document, "post", "/chat"))
    assert client.post("/chat", json=example).status_code == 200
    session = client.get("/sessions").json()["sessions"][0]["id"]
    run = client.post("/playground/runs", json={"title": "one", "run": {}}).json()["id"]
    response = client.post("/v1/responses", json={"model": "minicpm-v", "input": "hello"}).json()["id"]
    ids = {"session_id": session, "run_id": run, "response_id": response, "number": "1"}
    if path.startswith(LISTING_DOCUMENTS) and not path.startswith(KNOWLEDGE):
        ids["document_id"] = add_document(client, document)
    if "sha256" in path:
        pictures = client.get(f"/sessions/{session}/export?pictures=base64").json()["pictures"]
        ids["sha256"] = next(iter(pictures))
    if path.startswith("/desk/sessions") or path.endswith("/handover"):
        ids["session_id"] = hand_over(client, document, is_taken=not path.endswith("/take"))
    ids["answer_id"] = add_canned(client) if "answer_id" in path else ""
    ids["table_id"] = add_table(client) if "table_id" in path else ""
    ids["customer_id"] = make_customer(client)["customer"]["id"]
    if path.startswith(KNOWLEDGE):
        ids |= add_knowledge(client)
    questions = client.get("/unanswered").json()["questions"]
    if path.startswith("/actions"):
        ids["action_id"] = client.get("/actions?state=pending").json()["actions"][0]["id"]
    ids = {"name": "minicpm-v", "question_id": questions[0]["id"] if questions else "", **ids}
    return path.format(**ids) + QUERIES.get((method, path), "")


def make_customer(client: TestClient[Any]) -> dict[str, Any]:
    """Return a token of a customer, and whose it is."""
    made: dict[str, Any] = client.post("/customers/token", json={"sub": "42"}).json()
    return made


def headers_of(client: TestClient[Any], path: str) -> dict[str, str]:
    """Return the headers that a route needs."""
    return {"Authorization": f"Bearer {make_customer(client)['token']}"} if path == "/customers/me" else {}


def hand_over(client: TestClient[Any], document: dict[str, Any], is_taken: bool) -> str:
    """Return the id of a session that a person has, or that waits for one."""
    example = body_of(operation_of(document, "post", "/chat"))
    response = client.post("/chat", json={**example, "user_id": "who wants a person"})
    session = str(response.headers["x-session"])
    client.post(f"/desk/sessions/{session}/interrupt", json={})
    if not is_taken:
        client.post(f"/desk/sessions/{session}/give-back")
        client.post(f"/sessions/{session}/handover", json={})
    return session


def add_canned(client: TestClient[Any]) -> str:
    """Return the id of a canned answer, whose title nobody has."""
    title = f"title {len(client.get('/desk/canned').json()['answers'])}"
    return str(client.post("/desk/canned", json={"title": title, "text": "hello"}).json()["id"])


def add_document(client: TestClient[Any], document: dict[str, Any]) -> str:
    """Return the id of a document that was read."""
    example = body_of(operation_of(document, "post", "/documents"))
    added = str(client.post("/documents", json=example).json()["id"])
    assert comes_true(lambda: client.get(f"/documents/{added}").json()["state"] == "ready")
    return added


def add_knowledge(client: TestClient[Any]) -> dict[str, str]:
    """Return the name of a collection, and the id of a sheet of products in it."""
    client.put("/collections/pens")
    files = {"file": ("pens.csv", PRODUCTS)}
    document = client.post("/collections/pens/documents", files=files, data={"role": "products"}).json()["id"]
    assert comes_true(lambda: client.get(f"/collections/pens/documents/{document}").json()["state"] == "ready")
    return {"name": "pens", "collection": "pens", "document_id": document}


def add_table(client: TestClient[Any]) -> str:
    """Return the id of a table with the columns of the examples."""
    data = base64.b64encode(b"Product,Price\nPen,3\nInk,5\n").decode()
    document = client.post("/documents", json={"user_id": "ann", "name": "a.csv", "data": data}).json()["id"]
    return str(client.post("/tables", json={"document": document}).json()["tables"][0]["id"])


def events_of(text: str) -> list[Any]:
    lines = [line.removeprefix("data: ") for line in text.splitlines() if line and not line.startswith(NO_DATA)]
    return [json.loads(line) for line in lines if line != "[DONE]"]


def test_every_route_is_documented(document: dict[str, Any]) -> None:
    found = [(method, path) for path, methods in document["paths"].items() for method in methods]
    assert sorted(found) == sorted(ROUTES)
    served = [route for dialect in DIALECTS for route in dialect.load_routes()]
    assert len(ROUTES) == sum(KEY in getattr(route, "opt", ()) for route in served)


def test_ids_are_unique_and_references_lead_somewhere(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for methods in document["paths"].values() for operation in methods.values()]
    assert len(set(ids)) == len(ids) == len(ROUTES)
    text = json.dumps(document)
    for name in document["components"]["schemas"]:
        assert f'"#/components/schemas/{name}"' in text or name.endswith(("Query", "Headers")), name
    assert text.count("#/components/schemas/server.") == 0
    assert document["openapi"] == "3.1.1"


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_the_example_is_answered_as_documented(
    served: TestClient[Any], document: dict[str, Any], method: str, path: str
) -> None:
    operation = operation_of(document, method, path)
    body = body_of(operation)
    if body is not None:
        check(document, operation["requestBody"]["content"]["application/json"]["schema"], body)
    headers = headers_of(served, path)
    response = served.request(method, address_of(served, document, method, path), json=body, headers=headers)
    assert response.is_success
    documented = operation["responses"][str(response.status_code)]
    media_type = response.headers.get("content-type", "").partition(";")[0]
    if not response.content:
        assert "content" not in documented
    elif media_type in (
        "image/png",
        "image/jpeg",
        "application/zip",
        "application/octet-stream",
        "text/plain",
        "text/csv",
    ):
        content = documented["content"]
        assert content.get("image/*" if media_type.startswith("image/") else media_type, content.get(media_type)) == {}
    else:
        schema = documented["content"][media_type]["schema"]
        is_stream = media_type in ("application/x-ndjson", "text/event-stream")
        for value in events_of(response.text) if is_stream else [response.json()]:
            check(document, schema, value)


@pytest.mark.parametrize(
    "path", ["/chat", "/compare", "/v1/chat/completions", "/v1/messages", "/api/generate", "/api/chat"]
)
@pytest.mark.parametrize("further", [{}, {"logprobs": True, "top_logprobs": 1}])
def test_a_stream_holds_what_is_documented(
    served: TestClient[Any], document: dict[str, Any], path: str, further: dict[str, Any]
) -> None:
    operation = operation_of(document, "post", path)
    body = {**body_of(operation), "stream": True, **({} if path in ("/chat", "/compare", "/v1/messages") else further)}
    response = served.post(path, json=body, headers={"X-Trace": "on"})
    media_type = response.headers["content-type"].partition(";")[0]
    schema = operation["responses"]["200"]["content"][media_type]["schema"]
    events = events_of(response.text)
    assert len(events) >= 2
    assert any("trace" in event for event in events)
    for event in events:
        check(document, schema, event)


TOOL = {"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}}


@pytest.mark.parametrize("is_streamed", [False, True])
@pytest.mark.parametrize(
    ("path", "further"),
    [
        ("/v1/chat/completions", {"tools": [TOOL], "tool_choice": "required"}),
        ("/v1/chat/completions", {"logprobs": True, "top_logprobs": 1, "n": 2, "temperature": 1}),
        ("/v1/responses", {"tools": [{"type": "function", "name": "look"}], "tool_choice": "required"}),
        ("/v1/responses", {"include": ["message.output_text.logprobs"], "top_logprobs": 1, "max_output_tokens": 2}),
        ("/api/chat", {"tools": [TOOL], "format": "json"}),
        ("/v1/messages", {"tools": [{"name": "look", "input_schema": {}}], "tool_choice": {"type": "any"}}),
    ],
)
def test_calls_and_choices_are_documented(
    served: TestClient[Any], document: dict[str, Any], path: str, further: dict[str, Any], is_streamed: bool
) -> None:
    operation = operation_of(document, "post", path)
    response = served.post(path, json={**body_of(operation), "stream": is_streamed, **further})
    media_type = response.headers["content-type"].partition(";")[0]
    schema = operation["responses"]["200"]["content"][media_type]["schema"]
    for event in events_of(response.text):
        check(document, schema, event)


@pytest.mark.parametrize("is_streamed", [False, True])
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages", "/api/chat"])
def test_the_answer_to_a_forbidden_question_is_documented(
    served: TestClient[Any], document: dict[str, Any], path: str, is_streamed: bool
) -> None:
    operation = operation_of(document, "post", path)
    body = {**body_of(operation), "messages": [{"role": "user", "content": "blorptastic"}], "stream": is_streamed}
    response = served.post(path, json=body, headers={"X-Stages": "moderation=on"})
    assert "not allowed here" in response.text
    media_type = response.headers["content-type"].partition(";")[0]
    for event in events_of(response.text):
        check(document, operation["responses"]["200"]["content"][media_type]["schema"], event)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("post", "/ask", b"{", 400),
        ("post", "/ask", b'{"question": "a", "image": "aGVsbG8="}', 400),
        ("post", "/chat", b" " * 200_000, 413),
        ("get", "/sessions?limit=0", None, 400),
        ("get", "/sessions/nobody", None, 404),
        ("post", "/playground/runs", b'{"title": "a", "run": []}', 400),
        ("get", "/playground/runs/nobody", None, 404),
        ("post", "/v1/chat/completions", b"{}", 400),
        ("get", "/v1/models/nothing", None, 404),
        ("post", "/api/chat", b'{"model": "nothing"}', 404),
        ("post", "/v1/messages", b"{}", 400),
        (
            "post",
            "/v1/messages/count_tokens",
            b'{"model": "nothing", "messages": [{"role": "user", "content": ""}]}',
            404,
        ),
    ],
)
def test_errors_are_documented(
    served: TestClient[Any], document: dict[str, Any], method: str, path: str, body: bytes | None, status: int
) -> None:
    response = served.request(method, path, content=body)
    template = (
        path.partition("?")[0]
        .replace("runs/nobody", "runs/{run_id}")
        .replace("nobody", "{session_id}")
        .replace("nothing", "{name}")
    )
    content = operation_of(document, method, template)["responses"][str(status)]["content"]
    assert response.status_code == status
    check(document, content[response.headers["content-type"].partition(";")[0]]["schema"], response.json())


@pytest.mark.parametrize("header", ["X-Stages", "X-Trace", "X-Profile"])
def test_a_header_that_is_documented_is_read(served: TestClient[Any], document: dict[str, Any], header: str) -> None:
    operation = operation_of(document, "post", "/ask")
    assert header in [parameter["name"] for parameter in operation["parameters"]]
    assert served.post("/ask", json=body_of(operation), headers={header: "nothing=3"}).status_code == 400


def test_the_check_finds_undocumented_fields(document: dict[str, Any]) -> None:
    schema = {"$ref": "#/components/schemas/Health"}
    with pytest.raises(jsonschema_rs.ValidationError):
        check(document, schema, {"status": "ok"})
    entry = {"id": "a", "object": "model", "created": 0, "owned_by": "b"}
    with pytest.raises(jsonschema_rs.ValidationError):
        check(document, {"$ref": "#/components/schemas/ModelEntry"}, {**entry, "further": 1})


def test_only_open_routes_need_no_key(document: dict[str, Any]) -> None:
    assert operation_of(document, "get", "/health")["security"] == []
    assert operation_of(document, "post", "/ask")["security"] == [{"key": []}, {}]
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"


def test_the_demo_answers_the_examples(demo_address: str) -> None:
    document = get(f"{demo_address}/schema/openapi.json")
    for path in ("/ask", "/chat"):
        answer = post(f"{demo_address}{path}", body_of(operation_of(document, "post", path)))["answer"]
        assert "striped blue shirt" in answer


def test_a_description_has_the_statuses_of_its_errors() -> None:
    (operation,) = describe("Say something", errors=(404,)).values()
    assert operation.error_statuses == (400, 401, 403, 404, 429, 500)
    assert operation.types == []


def test_a_form_is_documented_beside_the_json(document: dict[str, Any]) -> None:
    content = operation_of(document, "post", "/documents")["requestBody"]["content"]
    assert content.keys() == {"application/json", "multipart/form-data"}
    name = content["multipart/form-data"]["schema"]["$ref"].rpartition("/")[2]
    form = document["components"]["schemas"][name]
    assert form["required"] == ["file"]
    assert form["properties"]["file"]["contentMediaType"] == "application/octet-stream"

"""`POST /tables/{id}/ask`, and sums in dialogues about documents."""

import io
from typing import Any

import pytest
from litestar.testing import TestClient
from PIL import Image

from scripts.documents.pdf_writer import PdfPage, scan_page, write_pdf
from tests.helpers.drawn_tables import draw_table, draw_text, make_pdf
from tests.server.api.tables.conftest import Send
from tests.server.api.tables.test_extracting import CSV, ROWS, extract


@pytest.fixture
def table(reader: TestClient[Any], send: Send) -> str:
    table_id: str = extract(reader, document=send("asked.csv", CSV))[0]["id"]
    return table_id


def ask(client: TestClient[Any], table: str, question: str) -> dict[str, Any]:
    response = client.post(f"/tables/{table}/ask", json={"question": question})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def test_a_sum_is_computed_and_shows_its_rows(reader: TestClient[Any], table: str) -> None:
    answer = ask(reader, table, "What is the total price?")
    (group,) = answer["result"]["groups"]
    assert group["values"] == [
        {"column": "Price", "function": "sum", "value": "1353.50", "unit": "", "text": "1353.50"}
    ]
    assert "1353.50" in answer["answer"]
    assert [row["row"] for row in answer["rows"]] == [2, 3, 4]
    assert answer["header"] == ["Product", "Price", "Stock"]


def test_the_answer_is_in_the_language_of_the_question(reader: TestClient[Any], table: str) -> None:
    assert "“Price”最低为 3.50：Pen" in ask(reader, table, "最便宜的是哪个？")["answer"]
    assert "lowest “Price” is 3.50: Pen" in ask(reader, table, "Which is the cheapest?")["answer"]


def test_what_cannot_be_computed_is_asked_of_the_model(reader: TestClient[Any], table: str) -> None:
    answer = ask(reader, table, "Which one is made of wood?")
    assert answer["result"] is None
    assert answer["answer"].endswith("Which one is made of wood?")


@pytest.mark.parametrize(("body", "status"), [({}, 400), ({"question": " "}, 400), ({"question": "a" * 3000}, 400)])
def test_bad_questions_are_refused(reader: TestClient[Any], table: str, body: dict[str, Any], status: int) -> None:
    assert reader.post(f"/tables/{table}/ask", json=body).status_code == status


def test_a_question_to_no_table(reader: TestClient[Any]) -> None:
    assert reader.post("/tables/nothing/ask", json={"question": "sum"}).status_code == 404


def ask_document(client: TestClient[Any], document: str, question: str) -> dict[str, Any]:
    response = client.post(f"/documents/{document}/ask", json={"question": question})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def test_a_question_to_a_sheet_is_computed_and_cited(reader: TestClient[Any], send: Send) -> None:
    document = send("cited.csv", CSV)
    answer = ask_document(reader, document, "What is the total price of all products?")
    assert "1353.50" in answer["answer"]
    assert "[1]" in answer["answer"]
    (citation,) = answer["citations"]
    page = reader.get(f"/documents/{document}/pages/{citation['page']}").json()
    assert page["text"][citation["start"] : citation["end"]] == citation["quote"]
    assert (citation["rows"], citation["quote"].splitlines()[0][:4]) == ([2, 4], '"Pen')


def test_a_question_to_a_pdf_is_computed_and_cited(reader: TestClient[Any], send: Send) -> None:
    first = draw_text("Price list 2024", 60, 790) + draw_table(ROWS[:3], top=120)
    document = send("computed.pdf", make_pdf(first, draw_table((ROWS[0], ROWS[3]))))
    answer = ask_document(reader, document, "total price")
    assert "1353.50" in answer["answer"]
    assert [citation["page"] for citation in answer["citations"]] == [1, 2]
    for citation in answer["citations"]:
        page = reader.get(f"/documents/{document}/pages/{citation['page']}").json()
        assert page["text"][citation["start"] : citation["end"]] == citation["quote"] != ""
    assert "Pen" in answer["citations"][0]["quote"]


def test_a_question_about_the_text_is_not_computed(reader: TestClient[Any], send: Send) -> None:
    document = send("text.md", b"# Fine\n\nThe total fine is 500.\n\n| day | fee |\n| - | - |\n| 1 | 2 |\n| 2 | 3 |\n")
    assert "The sum of" not in ask_document(reader, document, "What is the total of the fine?")["answer"]
    assert "The sum of “fee” is 5" in ask_document(reader, document, "total fee")["answer"]


def test_a_question_to_a_price_list_need_not_name_its_columns(reader: TestClient[Any], send: Send) -> None:
    text = "We deliver within three days, and take back what you do not like within a month, without a reason. " * 3
    rows = "| Product | Price |\n| - | - |\n| Pen | 3 |\n| Lamp for the desk | 100 |\n"
    listed = ask_document(reader, send("list.md", f"# Prices\n\n{rows}".encode()), "How much is it altogether?")
    assert "is 103" in listed["answer"]
    mixed = ask_document(
        reader, send("mixed.md", f"# Terms\n\n{text}\n\n{rows}".encode()), "How much is it altogether?"
    )
    assert "is 103" not in mixed["answer"]


def test_a_dialogue_sums_what_was_sent_to_its_session(reader: TestClient[Any], send: Send) -> None:
    send("chat.csv", "品名,金额（元）\n甲,1.5万\n乙,￥2000\n合计,17000\n".encode())
    response = reader.post("/chat", json={"user_id": "ann", "question": "金额合计是多少？"})
    assert "17000 元" in response.json()["answer"]
    assert response.json()["citations"][0]["name"] == "chat.csv"


def test_a_pdf_with_scanned_pages_is_not_computed_without_them(reader: TestClient[Any], send: Send) -> None:
    file = io.BytesIO()
    Image.new("RGB", (60, 80), "white").save(file, "JPEG")
    pages = [PdfPage(draw_table(ROWS)), scan_page(file.getvalue(), (60, 80))]
    answer = ask_document(reader, send("mixed.pdf", write_pdf(pages)), "total price")
    assert "The sum of" not in answer["answer"]

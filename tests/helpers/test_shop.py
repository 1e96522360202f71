"""The shop of tests runs in a thread and in a process."""

from pathlib import Path

import httpx

from tests.helpers.shop import AUTHORIZED, SECRET, count_rows, run_shop, serve_shop

ORDER = {"customer": "ann", "order": "MS100127", "reason": "too large"}


def test_a_shop_in_this_process_answers_and_keeps_its_rows(tmp_path: Path) -> None:
    with serve_shop(tmp_path) as address:
        listed = httpx.get(f"{address}/orders", params={"customer": "ann"}, headers=AUTHORIZED)
        assert [order["order"] for order in listed.json()][:2] == ["MS100142", "MS100136"]
        before = count_rows(tmp_path, "returns")
        assert httpx.post(f"{address}/returns", json=ORDER, headers=AUTHORIZED).status_code == 201
        assert count_rows(tmp_path, "returns") == before + 1


def test_a_shop_in_a_process_shows_its_secret_and_can_be_killed(tmp_path: Path) -> None:
    with run_shop(tmp_path) as (process, address, output):
        assert SECRET in output.text
        assert httpx.get(f"{address}/orders", params={"customer": "bo"}, headers=AUTHORIZED).status_code == 200
        process.kill()
        assert process.wait(timeout=30) != 0
    assert count_rows(tmp_path, "orders") == 12

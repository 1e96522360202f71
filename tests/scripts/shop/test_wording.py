"""States, times and persons as the shop says them."""

import pytest

from scripts.shop.schema import SCHEMA
from scripts.shop.wording import STATES, mask_address, mask_name, mask_phone, write_date, write_time


def test_every_state_of_the_table_has_words() -> None:
    for state, texts in STATES.items():
        assert f"'{state}'" in SCHEMA
        assert all(texts)


def test_times_are_those_of_the_shops_zone() -> None:
    assert write_time(0) == "1970-01-01 08:00"
    assert write_date(16 * 3600) == "1970-01-02"
    assert write_date(None) == ""


def test_persons_are_masked() -> None:
    assert mask_name("安晓棠") == "安**"
    assert mask_name("薄远") == "薄**"
    assert mask_address("浙江省杭州市西湖区文三路 90 号") == "浙江省杭州市西湖区***"


@pytest.mark.parametrize(("phone", "shown"), [("13800138001", "138****8001"), ("110", "****"), ("", "****")])
def test_phone_numbers_lose_their_middle(phone: str, shown: str) -> None:
    assert mask_phone(phone) == shown

"""TOML files of products, faults and questions."""

import pytest

from server.library.errors import ReadingError
from server.store.knowledge_records import Faq
from tests.helpers.sheets import read_sheet

SHOP = """# The shop
currency = "CNY"

# a pot
[[product]]
code = "P1"
name = { zh = "锅", en = "pot" }
alias = ["炒锅", "wok"]
price = 19.90
goes_with = "L1; L2"
dims = { width = "20 cm", height = 5 }
variants = [ { code = "P1-R", colour = "red" } ]

  [product.attributes]
  "材质" = "铁"

  [[product.variant]]
  code = "P1-G"
  colour = "green"

  [[product.fault]]
  code = "E1"
  symptom = "leaks"
  cause = ["crack", "loose lid"]
  remedy = "replace it, at once"

[[fault]]
model = "P1"
code = "E2"
symptom = "smells"
remedy = "clean"

[[category]]
name = "厨具"
name_en = "kitchen"

[[faq]]
question = { zh = "怎么洗？", en = "How to wash?" }
answer = { zh = "手洗", en = "by hand" }
wordings = ["能机洗吗", "dishwasher?"]
verbatim = true
"""


def test_a_shop() -> None:
    sheet = read_sheet(SHOP, "a.toml")
    assert sheet.reading.role == "products"
    assert sheet.names("P1") == [("锅", "zh"), ("pot", "en"), ("炒锅", "zh"), ("wok", "en"), ("P1", None)]
    assert sheet.attributes("P1") == {"price": "19.90", "dims.width": "20 cm", "dims.height": "5", "材质": "铁"}
    assert sheet.relations("belongs_with") == [("P1", "L1"), ("P1", "L2")]
    assert sheet.relations("variant_of") == [("P1-R", "P1"), ("P1-G", "P1")]
    assert sheet.relations("has_fault") == [("P1", "P1 E1"), ("P1", "P1 E2")]
    assert sheet.relations("causes") == [("crack", "P1 E1"), ("loose lid", "P1 E1")]
    assert sheet.relations("remedied_by") == [("P1 E1", "replace it, at once"), ("P1 E2", "clean")]
    assert sheet.names("厨具") == [("厨具", "zh"), ("kitchen", "en")]
    assert sheet.faqs == (
        Faq("怎么洗？", "手洗", ("能机洗吗",), "zh", True, sheet.faqs[0].passage),
        Faq("How to wash?", "by hand", ("dishwasher?",), "en", True, sheet.faqs[0].passage),
    )


def test_each_table_is_a_passage_under_its_product() -> None:
    sheet = read_sheet(SHOP, "a.toml")
    text = sheet.text_of(sheet.entity("P1"))
    assert text.startswith("# a pot\n[[product]]")
    assert text.endswith('"材质" = "铁"')
    assert sheet.text_of(sheet.entity("P1-G")).strip().endswith('colour = "green"')
    assert sheet.text_of(sheet.entity("P1-R")) == text, "it is written within"
    headings = {entry: passage.heading for passage, entry in sheet.passages}
    assert headings[sheet.entity("P1-G").passage] == "锅 | pot | 炒锅"
    assert headings[sheet.entity("P1").passage] is None


def test_tables_under_their_codes() -> None:
    sheet = read_sheet(
        '[products.A1]\nname = "Lamp"\nprice = "9"\n[products.A1.size]\nw = 1\n[products.A2]\nname = "Desk"\n', "a.toml"
    )
    assert sheet.keys() == ["A1", "A2"]
    assert sheet.attributes("A1") == {"price": "9", "size.w": "1"}
    assert sheet.text_of(sheet.entity("A2")) == '[products.A2]\nname = "Desk"'


def test_tables_in_brackets() -> None:
    sheet = read_sheet(
        'product = [\n  { code = "A", name = "a", price = 1 }, # }\n  { code = "B", name = "b" },\n]\n', "a.toml"
    )
    assert sheet.text_of(sheet.entity("B")) == '{ code = "B", name = "b" }'


def test_tables_at_the_top_share_their_passage() -> None:
    sheet = read_sheet('product.code = "A"\nproduct.name = "a"\nproduct.price = 1\n', "a.toml")
    assert sheet.keys() == ["A"]


@pytest.mark.parametrize(
    "text", ['[server]\nport = 1\n[[item]]\npath = "x"\n', "version = 3\n[model]\nlayers = 2\n", 'title = "x"\n']
)
def test_settings_of_programs_are_documents(text: str) -> None:
    assert read_sheet(text, "a.toml").reading.role == "document"


def test_what_is_not_meant_is_left_out() -> None:
    assert [faq.question for faq in read_sheet(SHOP, "a.toml", role="faq").faqs] == ["怎么洗？", "How to wash?"]
    assert read_sheet(SHOP, "a.toml", role="products").faqs == ()
    with pytest.raises(ReadingError, match="no_faq_columns"):
        read_sheet('[[product]]\ncode = "A"\nname = "a"\n', "a.toml", role="faq")


def test_rows_of_no_use_are_told_by_their_lines() -> None:
    sheet = read_sheet('[[product]]\ncode = "A"\nname = "a"\n\n[[product]]\nprice = 1\n', "a.toml")
    assert sheet.remarks == {"row_unnamed": "5"}


def test_a_long_file_goes_on_over_pages() -> None:
    text = "".join(
        f'[[product]]\ncode = "P{n}"\nname = "n{n}"\n[[product.variant]]\ncode = "P{n}-V"\n\n' for n in range(1000)
    )
    sheet = read_sheet(text, "a.toml")
    assert len(sheet.pages) > 3
    assert (len(sheet.keys()), len(sheet.keys("variant")), len(sheet.passages)) == (1000, 1000, 2000)
    assert 'code = "P999"' in sheet.text_of(sheet.entity("P999"))

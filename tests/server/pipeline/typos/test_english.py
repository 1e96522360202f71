import pytest

from server.pipeline.typos.change import Change, Correction
from tests.helpers.shipped_typos import open_english


def correct(text: str) -> str:
    return Correction.apply(text, open_english().find_changes(text)).text


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("pirce", "price"),
        ("recieve", "receive"),
        ("pakage", "package"),
        ("shiping", "shipping"),
        ("warrenty", "warranty"),
        ("baterry", "battery"),
        ("tommorow", "tomorrow"),
        ("diffrent", "different"),
        ("resturant", "restaurant"),
        ("waterprof", "waterproof"),
        ("breakfest", "breakfast"),
        ("waitres", "waitress"),
        ("compatable", "compatible"),
        ("unsubscibe", "unsubscribe"),
    ],
)
def test_a_misspelt_word_is_corrected(typed: str, meant: str) -> None:
    assert open_english().find_correction(typed) == meant


@pytest.mark.parametrize(
    "word",
    [
        *("price", "refund", "firmware", "tee", "hoodie", "hoodies", "restock", "wobbly", "jute", "duvet"),
        *("colour", "color", "organise", "organize", "aluminium", "cheque", "tyre", "jewellery", "favourite"),
        *("xiaomi", "huawei", "shein", "klarna", "airpods", "openwrt", "webhook", "nvme", "esim"),
        *("gonna", "kinda", "pls", "thx", "dont", "im", "lol", "btw", "tbh"),
        *("ramen", "sriracha", "tzatziki", "bibimbap", "matcha", "gyoza"),
        *("earbud", "powerbank", "smartwatch", "doorstop", "unpaired", "prebooked", "keycard"),
    ],
)
def test_a_right_word_is_left_alone(word: str) -> None:
    assert open_english().find_correction(word) is None


def test_swapped_letters_are_mended_in_short_words_too() -> None:
    typed = "teh adn yuo colr shrit recieved adress retrun delivary jaket pruchase"
    meant = "the and you color shirt received address return delivery jacket purchase"
    assert [open_english().find_correction(word) for word in typed.split()] == meant.split()


@pytest.mark.parametrize(
    "word", ["helo", "brun", "mik", "bjorn", "hoang", "egift", "ereader", "thobe", "falke", "heet"]
)
def test_another_slip_in_a_short_word_may_be_a_name(word: str) -> None:
    assert open_english().find_correction(word) is None


@pytest.mark.parametrize(("typed", "meant"), [("prodect", "product"), ("definately", "definitely")])
def test_longer_words_are_mended_to_the_shops_own_and_where_a_vowel_is_another(typed: str, meant: str) -> None:
    assert open_english().find_correction(typed) == meant


@pytest.mark.parametrize("word", ["wei", "wi", "a", "xqzvkj", "qwertyuiopasdf", "reel", "bred"])
def test_short_strange_and_right_words_stay(word: str) -> None:
    assert open_english().find_correction(word) is None


@pytest.mark.parametrize(
    "text",
    [
        "Pirce",
        "PIRCE",
        "myPirce",
        "pirce2",
        "pirce_list",
        "pirce-list",
        "pirce.txt",
        "pirce/list",
        "@pirce",
        "#pirce",
        "$pirce",
        "pirce's",
        "\ue000pirce",
    ],
)
def test_words_that_are_not_plain_are_left_alone(text: str) -> None:
    assert list(open_english().find_changes(f"what is the {text} of it")) == []


@pytest.mark.parametrize("text", ["(pirce)", "pirce?", "pirce,", "pirce...", "[pirce]", "；pirce。", "这个pirce是"])
def test_punctuation_and_chinese_do_not_hide_a_word(text: str) -> None:
    assert correct(text) == text.replace("pirce", "price")


def test_places_are_those_of_the_text() -> None:
    assert list(open_english().find_changes("hi: (pirce) for pirce?")) == [
        Change(5, "pirce", "price"),
        Change(16, "pirce", "price"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "hola, cuanto cuesta este vestido rojo",
        "quiero cancelar mi pedido por favor",
        "bonjour, je voudrais retourner cette chemise",
        "ich habe die falsche farbe bekommen",
        "zhe jian yifu duoshao qian",
    ],
)
def test_another_language_is_left_alone(text: str) -> None:
    assert correct(text) == text


def test_many_typos_are_not_another_language() -> None:
    assert correct("waht is the pirce and the wieght") == "what is the price and the weight"


def test_the_operators_words_are_known_and_corrected_to() -> None:
    own = open_english().with_words(["flumpet"])
    assert list(own.find_changes("the flumpet")) == []
    assert [change.new for change in own.find_changes("where is the flumpt")] == ["flumpet"]
    assert [change.new for change in open_english().find_changes("where is the flumpt")] != ["flumpet"]


def test_the_operators_words_do_not_change_the_shipped_ones() -> None:
    open_english().with_words(["pirce"])
    assert open_english().find_correction("pirce") == "price"

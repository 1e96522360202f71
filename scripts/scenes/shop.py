"""Scenes of customers of a shop, with the sample cards."""

from scripts.scenes.files import draw_catalogue_file, write_price_list
from scripts.scenes.scene import Document, Line, Scene

SHIRT, DRESS, HAT = "blue-striped-shirt.png", "red-plain-dress.png", "purple-dotted-hat.png"
SKIRT, TROUSERS = "green-dotted-skirt.png", "black-plain-trousers.png"

SCENES = (
    Scene(
        "A product card, and a follow-up without the picture",
        [
            Line("这是什么？", "这是一款蓝色条纹衬衫，售价299元。", (SHIRT,)),
            Line("多少钱？", "售价299元。"),
            Line("它有什么花纹？", "它是条纹的。"),
        ],
    ),
    Scene(
        "Two pictures compared",
        [
            Line("这两款分别多少钱？", "第一款299元，第二款459元。", (SHIRT, DRESS)),
            Line("哪个更便宜？", "第一款168元，第二款239元，第一款更便宜。", (SKIRT, TROUSERS)),
        ],
        "/compare",
    ),
    Scene(
        "A dialogue in two languages",
        [
            Line("What is this?", "This is a dotted purple hat for 96 yuan.", (HAT,)),
            Line("它是什么颜色", "它是紫色的。"),
            Line("And the price?", "It costs 96 yuan."),
        ],
    ),
    Scene(
        "Misspelt questions",
        [
            Line("价各是多少？", "售价459元。", (DRESS,), {"corrections": [{"from": "价各", "to": "价格"}]}),
            Line("What is the pirce?", "It costs 459 yuan.", (), {"corrections": [{"from": "pirce", "to": "price"}]}),
        ],
    ),
    Scene(
        "A forbidden question",
        [
            Line("这是示例违禁词吗？", "抱歉，您的问题包含不适宜的内容..."),
            Line("Is it blorptastic?", "Sorry, I cannot answer..."),
        ],
    ),
    Scene(
        "A question that was answered before",
        [
            Line("What colour is it?", "It is purple.", (HAT,)),
            Line("What colour is it?", "It is purple.", (HAT,), cache="hit"),
        ],
        "/ask",
    ),
    Scene(
        "A catalogue of 40 pages, some of them scans",
        [
            Line("哪个最便宜？", "最便宜的是 一款蓝色条纹帽子，售价23元...", pages=(20,)),
            Line("Which is the most expensive?", "The most expensive is...", pages=(17,)),
            Line("哪些页提到了连衣裙？", "“catalogue.pdf”中提到“连衣裙”的共..."),
        ],
        document=Document("catalogue.pdf", draw_catalogue_file),
    ),
    Scene(
        "A price list, summed",
        [
            Line("价格一共是多少？", "“价格”合计为 3824。共 12 行。未计入 1 行合计。..."),
            Line("What is the highest price?", "The highest “价格” is 1280: 棕色纯色手提包..."),
            Line("库存最多的是哪个？", "“库存”最高为 60：红色波点雨伞。..."),
        ],
        document=Document("价目表.xlsx", write_price_list),
    ),
    Scene(
        "A clip of two cards",
        [
            Line("哪个是蓝色的？", "第一款是蓝色的，第二款是红色的，是第一款。", video="cards.mp4"),
            Line(
                "Which one is red?",
                "The first one is blue, the second one is red: it is the second one.",
                video="cards.mp4",
            ),
        ],
    ),
)

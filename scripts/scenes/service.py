"""Scenes of customers who are known by their tokens, with the orders of the example shop.

What the demo model cannot say yet is answered by rules of the profile, and marked so when it is played. They can be
played again against the same shop: what was returned before is refused then, and the customer is told so.
"""

from scripts.scenes.scene import Line, Scene

SCENES = (
    Scene(
        "Ann's orders, one of somebody else, and a person",
        [
            Line("我的订单有哪些？", "您有 5 个订单：\n- MS100142..."),
            Line("MS100136 到哪了？", "订单 MS100136：已发货。物流：..."),
            Line("那 MS100131 到哪了？", "没有找到订单 MS100131。"),
            Line("转人工", "已为您转接人工客服...", has=("handover",)),
        ],
        customer="ann",
    ),
    Scene(
        "Ann returns something, and says yes to it",
        [
            Line("我要退货", "请告诉我要退货的订单号..."),
            Line("MS100127 第 1 项", "请确认以下操作...", has=("action",)),
            Line("是", "订单 MS100127 的退货申请已提交...", has=("action",), again="没有成功..."),
        ],
        customer="ann",
    ),
    Scene(
        "Bo's parcel, and what is in stock",
        [
            Line("Where is order MS100139?", "Order MS100139: packed, not yet shipped. Parcel: not shipped yet."),
            Line("And where is order MS100136?", "There is no order MS100136."),
            Line("Is SH-101-BL in stock?", "blue striped shirt (SH-101-BL): in stock..."),
            Line("I want to talk to a person", "I have asked a person to take over...", has=("handover",)),
        ],
        customer="bo",
    ),
)

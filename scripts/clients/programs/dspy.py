"""DSPy: its language model with a picture, and with structured output."""

import dspy
from common import CARD_URL, MODEL, OPENAI_URL, PRICE, QUESTION, check
from pydantic import BaseModel


class Item(BaseModel):
    kind: str
    price: int


lm = dspy.LM(f"openai/{MODEL}", api_base=OPENAI_URL, api_key="none", cache=False, max_tokens=256, temperature=0)
check("chat", lm("hello"))
content = [{"type": "image_url", "image_url": {"url": CARD_URL}}, {"type": "text", "text": QUESTION}]
answer = lm(messages=[{"role": "user", "content": content}])
check("picture", PRICE in str(answer), answer)
found = lm("a shirt for 299", response_format=Item)
check("structured output", "price" in str(found), found)

"""The sentences that refuse a question, or end an answer, by the language of the question."""

QUESTION_REFUSED = {
    "zh": "抱歉，您的问题包含不适宜的内容，我无法回答。请换一种说法。",
    "en": "Sorry, I cannot answer: your question contains words that are not allowed here. Please put it another way.",
}
ANSWER_REFUSED = {
    "zh": "抱歉，这个回答包含不适宜的内容，无法继续显示。请换一个问题。",
    "en": "Sorry, this answer contains words that are not allowed here and cannot be shown. Please ask something else.",
}

"""What is said in place of a question's answer, or after the part of an answer that was shown."""

QUESTION_REFUSED = {
    "zh": "抱歉，您的问题包含不适宜的内容，我无法回答。请换一种说法。",
    "en": "Sorry, I cannot answer this: your question has words that are not allowed here. Please put it differently.",
}
ANSWER_REFUSED = {
    "zh": "抱歉，这个回答包含不适宜的内容，无法继续显示。请换一个问题。",
    "en": "Sorry, this answer has words that are not allowed here and cannot be shown. Please ask something else.",
}

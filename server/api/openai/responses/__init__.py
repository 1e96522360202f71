"""OpenAI's Responses API: `/v1/responses`, whose dialogues the server may keep.

    request.py     the body of a request
    items.py       its items, checked, and as they are stored
    history.py     the stored responses and items that it names
    messages.py    items as messages of a turn
    turn.py        everything else of the turn
    preparing.py   all of these together
    output.py      the answer as items, and the events by which they grow
    response.py    the response object
    answering.py   a response while it is answered and stored
    listing.py     pages of stored items

Reference: https://platform.openai.com/docs/api-reference/responses
"""

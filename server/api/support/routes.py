"""The routes for customer service."""

from server.api.support.ask_chat import ask, chat
from server.api.support.compare import compare

ROUTES = (ask, chat, compare)

"""The routes of calls that change data."""

from server.api.actions.answering import confirm_action, decline_action, list_actions, show_action
from server.api.actions.audit import list_audit

ROUTES = (list_actions, show_action, confirm_action, decline_action, list_audit)

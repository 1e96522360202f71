"""The routes of the desk."""

from server.api.desk.acting import answer_session, close_session, give_back_session, interrupt_session, take_session
from server.api.desk.canned import add_canned, delete_canned, list_canned, replace_canned
from server.api.desk.following import follow_desk
from server.api.desk.listing import list_desk_sessions, show_desk_picture, show_desk_session
from server.api.desk.overview import show_desk

ROUTES = (
    show_desk,
    list_desk_sessions,
    show_desk_session,
    show_desk_picture,
    take_session,
    answer_session,
    give_back_session,
    close_session,
    interrupt_session,
    follow_desk,
    list_canned,
    add_canned,
    replace_canned,
    delete_canned,
)

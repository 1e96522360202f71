"""The routes of the knowledge base. All are for operators."""

from server.api.knowledge.adding import add_document
from server.api.knowledge.collections import delete_collection, list_collections, put_collection, show_collection
from server.api.knowledge.documents import (
    delete_document,
    download_file,
    follow_document,
    list_documents,
    show_document,
)
from server.api.knowledge.graph import list_entities, show_entity
from server.api.knowledge.searching import search_collection
from server.api.knowledge.unanswered import delete_all_unanswered, delete_unanswered, list_unanswered

ROUTES = (
    list_collections,
    put_collection,
    show_collection,
    delete_collection,
    add_document,
    list_documents,
    show_document,
    follow_document,
    download_file,
    delete_document,
    search_collection,
    list_entities,
    show_entity,
    list_unanswered,
    delete_unanswered,
    delete_all_unanswered,
)

"""What an error of a database's driver says about the database."""

import sqlite3

import psycopg

from server.store.errors import DatabaseFull, DatabaseReadOnly, DatabaseUnreachable

PRIMARY_CODE = 0xFF
"""An extended error code of SQLite has the plain one in its lowest byte (https://sqlite.org/rescode.html)."""

OUT_OF_DISK = "53100"
READ_ONLY_TRANSACTION = "25006"
"""Codes of PostgreSQL (https://www.postgresql.org/docs/current/errcodes-appendix.html); a standby has the second."""


def describe_fault(where: str, cause: BaseException) -> DatabaseUnreachable:
    """Return the error of the store for one of a driver."""
    if _is_full(cause):
        return DatabaseFull(where, cause)
    if _is_read_only(cause):
        return DatabaseReadOnly(where, cause)
    return DatabaseUnreachable(where, cause)


def _is_full(cause: BaseException) -> bool:
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR)  # errors of the module itself have none
        return code & PRIMARY_CODE == sqlite3.SQLITE_FULL or code == sqlite3.SQLITE_IOERR_SHMSIZE
    return isinstance(cause, psycopg.Error) and cause.sqlstate == OUT_OF_DISK


def _is_read_only(cause: BaseException) -> bool:
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & PRIMARY_CODE == sqlite3.SQLITE_READONLY
    return isinstance(cause, psycopg.Error) and cause.sqlstate == READ_ONLY_TRANSACTION


def is_interrupted(cause: BaseException | None) -> bool:
    """Return whether a query was stopped because it took too long."""
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT
    return isinstance(cause, psycopg.errors.QueryCanceled)

"""Opens a store in a database: an SQLite file, or PostgreSQL, which mocks on several machines can share."""

from contextlib import ExitStack
from importlib import import_module

from sqlalchemy.exc import SQLAlchemyError

from mock_server.core.errors import Refused
from mock_server.storage.databases import (
    create_private_file,
    error_line,
    mask_password,
    parse_url,
    remedy,
    require_driver,
)
from mock_server.storage.grouping import GroupedStore


def open_store(url: str, *, durable: bool = True) -> GroupedStore:
    """Open the store at a URL, and create its tables if they do not exist.

    Raises ValueError with one line: the URL with its password masked, the reason and the remedy.
    """
    parsed, database = parse_url(url)
    require_driver(database)
    # Imported by name, because the other driver may not be installed.
    module, _, name = database.store.partition(":")
    store_class: type[GroupedStore] = getattr(import_module(module), name)
    with ExitStack() as undo:
        create_private_file(parsed)
        try:
            store = store_class(parsed, database, durable=durable)
            undo.callback(store.close)
            store.prepare()
        except (Refused, SQLAlchemyError, ValueError) as error:
            reason = error_line(error.__cause__ or error)
            raise ValueError(f"cannot open {mask_password(url)}: {reason}; {remedy(reason)}") from None
        undo.pop_all()
    return store

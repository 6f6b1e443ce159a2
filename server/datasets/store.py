"""Statements on entity lists: lists (`list_store`), entities (`entity_store`), what submissions want (`wish_store`),
tokens (`digest_store`), rows for files and tables (`row_store`)."""

from __future__ import annotations

from server.datasets.digest_store import tokens
from server.datasets.entity_store import (
    Maker,
    Pair,
    change,
    create,
    create_many,
    exists,
    find,
    listed,
    makers,
    names,
    put,
    remove,
    restore,
    unknown,
    versions,
)
from server.datasets.given import Given
from server.datasets.list_store import add_property, by_ids, declare, forms_around, properties, used_by_forms
from server.datasets.list_store import change as change_list
from server.datasets.list_store import create as create_list
from server.datasets.list_store import find as find_list
from server.datasets.list_store import get as get_list
from server.datasets.list_store import listing as lists
from server.datasets.list_store import remove as remove_list
from server.datasets.row_store import counts, phone_csv, submissions_named
from server.datasets.scope import EVERYTHING, Sight, sight
from server.datasets.wish_store import approve, convert, errors, force, of_submission, pending, receive

__all__ = [
    "EVERYTHING", "Given", "Maker", "Pair", "Sight", "add_property", "approve", "by_ids", "change", "change_list", "convert", "counts",
    "create", "create_list", "create_many", "declare", "errors", "exists", "find", "find_list", "force", "forms_around", "get_list",
    "listed", "lists", "makers", "names", "of_submission", "pending", "phone_csv", "properties", "put", "receive", "remove", "remove_list", "restore",
    "sight", "submissions_named", "tokens", "unknown", "used_by_forms", "versions",
]

"""Python values as trees, and the masked values of trees: the same types, the very objects where nothing was masked."""

from copy import copy
from enum import Enum
from typing import Any

from logrouter.masking.edits import apply
from logrouter.masking.trees.tree import Branch, Leaf

WRITTEN_BITS = 4000
"""Integers of more bits are not written out, which takes quadratic time and which Python refuses at some length."""

HUGE = "9" * 1300
"""What such an integer reads as: too long to be any identifier, and a secret all the same under a secret's name."""


def from_value(value: Any) -> "Branch | Leaf":
    """Build the tree of a Python value; iterative, and an object met twice is visited once.

    What JSON has no word for is read as its text (`str`): it stays as it is, or is replaced by its masked text.
    """
    root = _node(value)
    if isinstance(root, Leaf):
        return root
    seen: dict[int, Branch] = {id(value): root}
    todo = [root]
    while todo:
        branch = todo.pop()
        source = branch.source
        for item in _items(source):
            child: Branch | Leaf | None = seen.get(id(item))
            if child is None:
                child = _node(item)
                if isinstance(child, Branch):
                    seen[id(item)] = child
                    todo.append(child)
            branch.children.append(child)
        if branch.is_object:
            names = source if isinstance(source, dict) else source._fields
            branch.keys += [name if isinstance(name, str) else _written(name) for name in names]
    return root


def _items(source: Any) -> Any:
    return source.values() if isinstance(source, dict) else source


def _node(value: Any) -> "Branch | Leaf":  # noqa: PLR0911 - one return for each Python type
    if isinstance(value, dict):
        return Branch(is_object=True, source=value)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return Branch(is_object=True, source=value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return Branch(is_object=False, source=value)
    if isinstance(value, str):
        return Leaf("string", value, source=value)
    if isinstance(value, (bytes, bytearray)):
        return Leaf("string", bytes(value).decode("utf-8", "surrogateescape"), source=value)
    if isinstance(value, bool) or value is None:
        return Leaf("other", "", source=value)
    if isinstance(value, int):
        return Leaf("number", _written(value), source=value)
    if isinstance(value, float):
        return Leaf("number", repr(value), source=value)
    return Leaf("string", _written(value), source=value)


def _written(value: Any) -> str:
    """Return an integer, or what JSON has no word for (a date, an exception, an object), as loggers write it.

    Raises:
        Exception: whatever an object's `__str__` raises; nobody knows what is in it then, so it must not go on.
    """
    if isinstance(value, int) and value.bit_length() >= WRITTEN_BITS:
        return HUGE
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).decode("utf-8", "surrogateescape")
    if isinstance(value, Enum):
        return str(value.value)
    return "" if value is None or isinstance(value, (bool, float)) else str(value)


def holds_named_tuples(value: Any) -> bool:
    """Say whether a value holds tuples with named fields, which JSON writes without the names."""
    todo, seen = [value], set[int]()
    while todo:
        item = todo.pop()
        if isinstance(item, (dict, list, tuple)) and id(item) not in seen:
            seen.add(id(item))
            if hasattr(item, "_fields"):
                return True
            todo += item.values() if isinstance(item, dict) else item
    return False


def to_value(root: "Branch | Leaf") -> Any:
    """Build the masked Python value of a tree; parts without edits are the very objects of the source."""
    if isinstance(root, Leaf):
        return _leaf_value(root)
    built: dict[int, Any] = {}
    todo: list[tuple[Branch, bool]] = [(root, False)]
    open_branches: set[int] = set()
    while todo:
        branch, is_ready = todo.pop()
        if is_ready:
            open_branches.discard(id(branch))
            built[id(branch)] = _rebuild(branch, built)
        elif id(branch) not in built and id(branch) not in open_branches:
            open_branches.add(id(branch))
            todo.append((branch, True))
            todo += [(child, False) for child in branch.children if isinstance(child, Branch)]
    return built[id(root)]


def _rebuild(branch: Branch, built: dict[int, Any]) -> Any:
    values = [
        built.get(id(child), "[logrouter: circular]") if isinstance(child, Branch) else _leaf_value(child)
        for child in branch.children
    ]
    source = branch.source
    old = _items(source)
    if not branch.key_edits and all(new is was for new, was in zip(values, old, strict=False)):
        return source
    if branch.is_object and not isinstance(source, dict):
        return source._make(values)
    if branch.is_object:
        result: dict[Any, Any] = {}
        for at, (key, value) in enumerate(zip(source, values, strict=True)):
            edits = branch.key_edits.get(at)
            result[_free_key(apply(branch.keys[at], edits) if edits else key, result)] = value
        return result if type(source) is dict else _mapping_like(source, result)
    if isinstance(source, list):
        return values
    return type(source)(values)


def _mapping_like(source: Any, result: dict[Any, Any]) -> Any:
    """Return a masked dict as one of the kind that it came as; a plain one where that kind cannot be filled."""
    try:
        other = copy(source)
        other.clear()
        other.update(result)
    except Exception:  # noqa: BLE001 - a class of its own may refuse whatever it likes
        return result
    return other if other is not source and dict.__eq__(other, result) is True else result


def _free_key(key: Any, taken: dict[Any, Any]) -> Any:
    """Two keys that became one after masking both keep their values."""
    if key not in taken:
        return key
    number = 2
    while f"{key} ({number})" in taken:
        number += 1
    return f"{key} ({number})"


def _leaf_value(leaf: Leaf) -> Any:
    if not leaf.edits:
        return leaf.source
    text = apply(leaf.value, leaf.edits)
    if isinstance(leaf.source, int) and text.isdigit():
        return int(text)  # a byte of the mask
    if isinstance(leaf.source, (bytes, bytearray)):
        return type(leaf.source)(text.encode("utf-8", "surrogateescape"))
    if isinstance(leaf.source, str) and type(leaf.source) is not str and not isinstance(leaf.source, Enum):
        return _text_like(leaf.source, text)
    return text


def _text_like(source: str, text: str) -> str:
    try:
        other = type(source)(text)
    except Exception:  # noqa: BLE001 - as above
        return text
    return other if str.__eq__(other, text) is True else text

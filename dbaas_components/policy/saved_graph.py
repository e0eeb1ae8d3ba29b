"""A graph that was saved, by `graph.text()` or by `dbaas diff --save`, as resources to check."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from dbaas_components.errors import Problem, SpecError
from dbaas_components.policy.inventory import STACK_TYPE, Inventory
from dbaas_components.policy.item import UNKNOWN, Item, Secret, as_list, as_mapping
from dbaas_components.policy.reading import Reader, ReadError

_LARGEST: Final = 128 * 2**20
_SPECIAL: Final = {"[secret]": Secret("[secret]"), "[unknown]": UNKNOWN}


def from_saved_graph(path: Path) -> tuple[str, Inventory]:
    """The name of the stack, and its resources.

    Raises `SpecError` where the file cannot be read or is no graph: it needs `project`, `stack` and `resources`.
    """
    try:
        document: object = Reader(largest_file=_LARGEST).data(path)
    except ReadError as error:
        raise SpecError(str(path), [Problem("", str(error))]) from None
    fields = as_mapping(document)
    stack, resources = fields.get("stack") or path.stem, as_list(fields.get("resources"))
    if not isinstance(stack, str) or not resources:
        message = "is no saved graph, or an empty one; name one of `dbaas diff --save` or `graph.text()`"
        raise SpecError(str(path), [Problem("", message)])
    items = [_item(as_mapping(resource), str(path)) for resource in resources]
    exports = Item(STACK_TYPE, stack, as_mapping(_restored(fields.get("exports"))))
    return stack, Inventory((*(item for item in items if item is not None), exports))


def _item(fields: Any, file: str) -> Item | None:
    # `graph.text()` keeps options apart, and leaves out those that are the default.
    urn, options = fields.get("urn"), as_mapping(fields.get("options")) or fields
    parts = urn.split("::", 3) if isinstance(urn, str) else []
    if len(parts) != 4:
        raise SpecError(file, [Problem("resources", "holds a resource without a URN; save the graph anew")])
    # The type of a child names its parents' types before its own.
    type_ = parts[2].rpartition("$")[2]
    if fields.get("read") or fields.get("custom") is False or type_.startswith("dbaas:"):
        return None
    return Item(
        type=type_,
        name=parts[3],
        properties=as_mapping(_restored(fields.get("inputs"))),
        urn=urn,
        protect=options.get("protect") is True,
        retain_on_delete=True in (options.get("retain_on_delete"), options.get("retain")),
    )


def _restored(value: Any) -> Any:
    """With what was secret or not known when the graph was saved; each of the two forms has signs of its own."""
    if isinstance(value, Mapping):
        fields = as_mapping(value)
        if "$secret" in fields:
            return Secret("[secret]")
        return UNKNOWN if "$unknown" in fields else {key: _restored(item) for key, item in fields.items()}
    if isinstance(value, list | tuple):
        return [_restored(item) for item in as_list(value)]
    return _SPECIAL.get(value, value) if isinstance(value, str) else value

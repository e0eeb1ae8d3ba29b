"""A graph that was saved as text (`graph.text()`), as resources to check."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import yaml

from dbaas_components.errors import Problem, SpecError
from dbaas_components.evaluate.values import mapped
from dbaas_components.policy.inventory import STACK_TYPE, Inventory
from dbaas_components.policy.item import UNKNOWN, Item, Secret, as_list, as_mapping

_SPECIAL: Final = {"[secret]": Secret("[secret]"), "[unknown]": UNKNOWN}


def from_saved_graph(path: Path) -> tuple[str, Inventory]:
    """The name of the stack, and its resources.

    Raises `SpecError` where the file cannot be read or is no graph: it needs `project`, `stack` and `resources`.
    """
    try:
        document: object = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(str(path), [Problem("", f"cannot be read ({error}); make it readable UTF-8 text")]) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise SpecError(str(path), [Problem("", f"is not YAML ({error}); correct it")]) from None
    fields = as_mapping(document)
    stack, resources = fields.get("stack"), as_list(fields.get("resources"))
    if not isinstance(stack, str) or not resources:
        message = "is no saved graph, or an empty one; name a file that `graph.text()` wrote, or a folder of manifests"
        raise SpecError(str(path), [Problem("", message)])
    items = [_item(as_mapping(resource), str(path)) for resource in resources]
    exports = Item(STACK_TYPE, stack, as_mapping(_restored(fields.get("exports"))), place=str(path))
    return stack, Inventory((*(item for item in items if item is not None), exports))


def _item(fields: Any, place: str) -> Item | None:
    urn, options = fields.get("urn"), as_mapping(fields.get("options"))
    parts = urn.split("::", 3) if isinstance(urn, str) else []
    if len(parts) != 4:
        raise SpecError(place, [Problem("resources", "holds a resource without a URN; save the graph anew")])
    # The type of a child names its parents' types before its own.
    type_ = parts[2].rpartition("$")[2]
    if "read" in fields or type_.startswith("dbaas:"):
        return None
    return Item(
        type=type_,
        name=parts[3],
        properties=as_mapping(_restored(fields.get("inputs"))),
        urn=urn,
        place=place,
        protect=options.get("protect") is True,
        retain_on_delete=options.get("retain_on_delete") is True,
    )


def _restored(value: Any) -> Any:
    return mapped(value, lambda leaf: _SPECIAL.get(leaf, leaf) if isinstance(leaf, str) else leaf)

"""YAML as Kubernetes' own tools read it.

kubectl, Helm and the API server read a dialect between YAML 1.1 and 1.2: there `n` and `1e3` are no texts, and a
custom resource with one of them in the place of a text is refused, or worse, taken as something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

import yaml

# What PyYAML writes without quotes and kubectl reads as a number or as true or false; a few more that are none.
_NO_TEXT: Final = re.compile(
    r"[yYnN]|[-+]?(0[oO][0-7_]+|0[bB][01_]+|0[xX][0-9a-fA-F_]+|[0-9_]*\.?[0-9_]*([eE][-+]?[0-9]+)?)"
)


if TYPE_CHECKING:
    _Base = yaml.SafeDumper
else:
    _Base = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Dumper(_Base):
    """Quotes what would not be read as a text again."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    untyped = cast("Any", dumper)
    return untyped.represent_scalar("tag:yaml.org,2002:str", text, style="'" if _NO_TEXT.fullmatch(text) else None)


cast("Any", _Dumper).add_representer(str, _text)


def kubernetes_yaml(document: Any, *, sort_keys: bool = False) -> str:
    """One document, its keys in the order that they have, or sorted."""
    return yaml.dump(document, Dumper=_Dumper, sort_keys=sort_keys, default_flow_style=False, width=120)


def kubernetes_documents(documents: Iterable[Mapping[str, Any]]) -> str:
    """Several documents in one text, with `---` between them."""
    return yaml.dump_all(documents, Dumper=_Dumper, sort_keys=False, default_flow_style=False, width=120)

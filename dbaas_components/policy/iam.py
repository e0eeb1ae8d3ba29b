"""Policies of AWS: documents in JSON that say who may do what."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from dbaas_components.policy.item import Secret, as_list, as_mapping, value_at


def statements(policy: Any) -> list[Mapping[str, Any]]:
    """The statements of a policy in JSON; none of one that is not known yet or no JSON."""
    document: Any = policy.value if isinstance(policy, Secret) else policy
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            return []  # The provider refuses it; nothing can be said about who it would let in.
    found = value_at(document, "Statement")
    listed = [as_mapping(found)] if isinstance(found, Mapping) else as_list(found)
    return [cast("Mapping[str, Any]", one) for one in listed if isinstance(one, Mapping)]

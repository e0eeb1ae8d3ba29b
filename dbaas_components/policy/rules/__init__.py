"""All rules, one file for each room of them."""

from __future__ import annotations

from typing import Final

from dbaas_components.policy.rule import Rule
from dbaas_components.policy.rules import (
    backups,
    buckets,
    capacity,
    exposure,
    images,
    naming,
    placement,
    protection,
    secrets,
    telemetry,
    transport,
)

RULES: Final[tuple[Rule, ...]] = (
    *protection.RULES,
    *backups.RULES,
    *buckets.RULES,
    *transport.RULES,
    *exposure.RULES,
    *images.RULES,
    *placement.RULES,
    *capacity.RULES,
    *naming.RULES,
    *secrets.RULES,
    *telemetry.RULES,
)
"""Every rule, in the order of the documentation."""

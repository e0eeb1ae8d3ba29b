"""Words that one cloud knows and another does not, regions and storage classes. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from dbaas_components.errors import one_of, shown

_REGIONS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "aws": (r"[a-z]{2,4}(-[a-z]+){1,2}-[0-9]{1,2}", "a region of AWS; write such as eu-west-1"),
        # In one region, on a whole continent, or in one of the pairs that have a name.
        "gcp": (
            r"[a-z]+-[a-z]+[0-9]{1,2}|eu|us|asia|asia1|eur[0-9]|nam[0-9]",
            "a location of Google Cloud; write such as europe-west1",
        ),
    }
)
CLASSES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "aws": ("DEEP_ARCHIVE", "GLACIER", "GLACIER_IR", "INTELLIGENT_TIERING", "ONEZONE_IA", "STANDARD_IA"),
        "gcp": ("ARCHIVE", "COLDLINE", "NEARLINE"),
    }
)
"""Storage classes that a rule can change objects to, as Amazon S3 and Google Cloud Storage name them; services that
speak S3 have names of their own."""
RARELY_READ: Final = frozenset({"ONEZONE_IA", "STANDARD_IA"})
"""Classes of Amazon S3 that take no object younger than `RARELY_READ_DAYS`."""
RARELY_READ_DAYS: Final = 30
ONE_ZONE: Final = "ONEZONE_IA"
"""The class whose objects are in one zone, and go with it."""


def region_form_problem(provider: str, region: str) -> str | None:
    """What is wrong with how a region is written; a pair of two is looked at one by one."""
    if provider not in _REGIONS:
        return None
    form, what = _REGIONS[provider]
    wrong = [one for one in region.split("+") if not re.fullmatch(form, one.lower() if provider == "gcp" else one)]
    return f"{shown(wrong[0])} is not {what}" if wrong else None


def transition_problem(provider: str, storage_class: str, days: int) -> tuple[str, str] | None:
    """The field of a rule that its cloud would refuse, and why."""
    if provider in CLASSES and storage_class not in CLASSES[provider]:
        message = f"{shown(storage_class)} is no class that {provider} changes objects to"
        return "storage_class", f"{message}; {one_of(storage_class, CLASSES[provider])}"
    if provider == "aws" and storage_class in RARELY_READ and days < RARELY_READ_DAYS:
        message = f"{days} days are too few for {storage_class}, which S3 gives to objects of 30 days and more"
        return "transition_days", f"{message}; write {RARELY_READ_DAYS} or more"
    return None

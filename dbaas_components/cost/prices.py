"""A table of prices, read from YAML: what a vCPU, a GiB of memory, of a volume and of backups cost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Final, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from dbaas_components.errors import problems_of, shown

FORMAT: Final = "dbaas-prices/1"
EXAMPLES: Final = Path(__file__).with_name("examples")
"""Folder of the tables that come with the library; `--prices aws` takes one by its name."""
_LARGEST: Final = 2**20


def _currency(value: str) -> str:
    if len(value) != 3 or not (value.isascii() and value.isalpha() and value.isupper()):
        raise ValueError(f"{shown(value)} is no currency; write three capital letters, such as EUR")
    return value


Currency = Annotated[str, AfterValidator(_currency)]
"""ISO 4217: `USD`."""
_Price = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]
_Words = Annotated[str, Field(min_length=1, max_length=500)]


class PriceError(Exception):
    """The table cannot be read; the message names the place and every mistake."""


class Figure(BaseModel):
    """One price, and where it is from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    price: _Price
    source: _Words
    """Page, contract or invoice that has it."""
    date: date
    """The day of which the source has it."""


class Backups(BaseModel):
    """How large a backup is thought to be: nobody knows before it is taken."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    gib_month: Figure
    """Price of one GiB in a bucket for a month."""
    share_of_volume: Annotated[float, Field(ge=0, le=10)] = 0.5
    """Size of one full backup as a share of the volume that the data lies on, 0 to 10."""


class PriceTable(BaseModel):
    """All prices of one place, in one currency."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["dbaas-prices/1"]
    name: _Words
    example: bool = False
    """Whether the figures are an example and nobody's own; the report then says so."""
    currency: Currency
    hours_per_month: Annotated[float, Field(gt=0, le=744)] = 730
    vcpu_hour: Figure
    memory_gib_hour: Figure
    storage_gib_month: Annotated[Mapping[str, Figure], Field(min_length=1)]
    """Prices of volumes by StorageClass, by the class's `parameters.type`, and `default` for all others."""
    backups: Backups | None = None
    """Without it no backup is counted."""
    not_counted: tuple[_Words, ...] = ()
    """What else is not in these prices, in words; the report repeats it."""


def read_prices(name: str) -> PriceTable:
    """The table in a file, or the example of that name (`aws`, `gcp`). Raises `PriceError`."""
    path = Path(name)
    if not path.is_file() and (example := EXAMPLES / f"{name}.yaml").is_file() and "/" not in name:
        path = example
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        known = ", ".join(sorted(one.stem for one in EXAMPLES.glob("*.yaml")))
        message = f'price table "{name}" cannot be read ({error!s:.100}); name a YAML file, or an example: {known}'
        raise PriceError(message) from None
    return parse_prices(text, str(name))


def parse_prices(text: str, place: str) -> PriceTable:
    """The table in YAML text. Raises `PriceError` that names `place` and every mistake."""
    if len(text) > _LARGEST:
        raise PriceError(f"{place} is larger than a price table can be")
    try:
        content: object = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise PriceError(f"{place} is not YAML: {str(error)[:300]}") from None
    try:
        return PriceTable.model_validate(content)
    except ValidationError as error:
        problems = "; ".join(map(str, problems_of(error, model=PriceTable)))
        raise PriceError(f"{place}: {problems[:4000]}") from None

"""`PlatformRef`: what the platform's stack provides, typed, for the stacks of teams."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NotRequired, Self, TypedDict, cast

import pulumi
from pydantic import BaseModel, ConfigDict, ValidationError

from dbaas_components.errors import Problem, SpecError, one_of, problems_of, shown

CONTRACT_VERSION: Final = 1
"""Counts what a platform's stack exports for teams; goes up by one when something is added.

The exports are `contract_version`, this number, and `platform`: for each region a mapping with the fields of
`PlatformRef` from `context` on.
"""


class PlatformArguments(TypedDict):
    """What a database takes from its platform."""

    storage_tiers: dict[str, str]
    zones: NotRequired[list[str]]


class PlatformRef(BaseModel):
    """One region of a platform that another stack made.

    Made by `await PlatformRef.read(...)`, in an asynchronous program (`pulumi.run`), so that all of it is known before
    the first resource is registered. More that a newer platform exports is ignored.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    stack: str
    """The platform's stack, `organization/project/stack`."""
    region: str
    contract_version: int
    """What the platform's stack keeps to; at least what was asked for."""
    context: str | None = None
    """Kubernetes context of the region, for a provider; None for the kubeconfig's current one."""
    storage_tiers: Mapping[str, str]
    """StorageClass by tier, for `storage_tiers` of a database."""
    operator_namespaces: Mapping[str, list[str]]
    """Engine to the namespaces of its operators; engines that are not there cannot be used."""
    issuers: Mapping[str, str]
    """`cluster` and `namespace`: names of the issuers that a database may name."""
    pmm_host: str | None = None
    """For `observability.pmm.server` of a database; None where the platform has no PMM."""
    zones: list[str] = []
    """Zones that databases may run in."""

    @classmethod
    async def read(cls, stack: str, *, region: str | None = None, oldest: int = CONTRACT_VERSION) -> Self:
        """What the platform's stack exports of a region; `region` may be left out where there is but one.

        `oldest` is the lowest contract that will do. Raises `SpecError`, before anything is registered but the
        reference itself: for a platform that is older, that exports something else, or that has no such region.
        """
        subject = f'platform "{stack}"'
        reference = pulumi.StackReference(stack)
        version = (await reference.get_output_details("contract_version")).value
        if version is None:
            message = "is not exported: the platform is older than contracts; update it, or name another stack"
            raise SpecError(subject, [Problem("contract_version", message)])
        number = int(version) if isinstance(version, float) and version.is_integer() else version
        if not isinstance(number, int) or isinstance(number, bool):
            raise SpecError(subject, [Problem("contract_version", f"{shown(version)} is not a whole number")])
        if number < oldest:
            message = f"{number} is too old, at least {oldest} is needed; update the platform first"
            raise SpecError(subject, [Problem("contract_version", message)])
        details = await reference.get_output_details("platform")
        if details.secret_value is not None:
            raise SpecError(subject, [Problem("platform", "is secret; a platform exports only what teams may read")])
        regions = details.value
        if not isinstance(regions, Mapping) or not regions:
            raise SpecError(
                subject, [Problem("platform", f"{shown(regions)} is no region at all; update the platform")]
            )
        return cls._of_region(subject, cast("Mapping[str, Any]", regions), region, stack, number)

    @classmethod
    def _of_region(cls, subject: str, regions: Mapping[str, Any], region: str | None, stack: str, version: int) -> Self:
        if region is None and len(regions) > 1:
            names = ", ".join(sorted(regions))
            raise SpecError(subject, [Problem("region", f"is not given, and the platform has several; choose {names}")])
        name = region or next(iter(regions))
        if name not in regions:
            message = f"{shown(name)} is no region of this platform; {one_of(name, regions)}"
            raise SpecError(subject, [Problem("region", message)])
        fields: Any = regions[name]
        if not isinstance(fields, Mapping):
            raise SpecError(subject, [Problem(f"platform.{name}", f"{shown(fields)} is not a mapping")])
        known = {"stack": stack, "region": name, "contract_version": version}
        try:
            return cls.model_validate({**cast("Mapping[str, Any]", fields), **known})
        except ValidationError as error:
            raise SpecError(subject, problems_of(error, prefix=f"platform.{name}", model=cls)) from None

    def arguments(self, engine: str) -> PlatformArguments:
        """What a database of this engine takes from the platform: `storage_tiers` and, where there are any, zones.

        A mapping, to be merged into the arguments of `ManagedDatabase`. Raises `SpecError` where the platform has no
        operator for the engine.
        """
        if engine not in self.operator_namespaces:
            known = one_of(engine, self.operator_namespaces) if self.operator_namespaces else "it runs no operator"
            message = f"{shown(engine)} has no operator in {self.region}; {known}"
            raise SpecError(f'platform "{self.stack}"', [Problem("engine", message)])
        found = PlatformArguments(storage_tiers=dict(self.storage_tiers))
        if self.zones:
            found["zones"] = list(self.zones)
        return found

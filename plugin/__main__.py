"""The library's components for programs in TypeScript, Go, Java, C# and YAML; see docs/plugin.md."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

import pulumi
from analysis import Reader
from pulumi import InputPropertiesError
from pulumi.errors import InputPropertyErrorDetails
from pulumi.provider import ConstructResult, main
from pulumi.provider.experimental.analyzer import Analyzer
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.server import ComponentInitError
from topology import DatabaseTopology

from dbaas_components import (
    BackupBucket,
    CertificateAuthority,
    CertManager,
    ClaimLabels,
    Coroot,
    CustomResourceDefinitions,
    Dashboards,
    DatabaseAlerts,
    ExternalSecrets,
    FailoverAgent,
    FleetAlerts,
    ManagedDatabase,
    MonitoringStack,
    NamespaceIssuers,
    Namespaces,
    Operators,
    Platform,
    Pmm,
    PmmTokens,
    Portworx,
    PriorityClasses,
    RestoredSecrets,
    RestoreSecrets,
    SecretStore,
    SpecError,
    StorageTiers,
    Vault,
)
from dbaas_components.errors import RefusedInput

NAME: Final = "dbaas"
COMPONENTS: Final[tuple[Any, ...]] = (
    BackupBucket,
    CertManager,
    CertificateAuthority,
    ClaimLabels,
    Coroot,
    CustomResourceDefinitions,
    Dashboards,
    DatabaseAlerts,
    DatabaseTopology,
    ExternalSecrets,
    FailoverAgent,
    FleetAlerts,
    ManagedDatabase,
    MonitoringStack,
    NamespaceIssuers,
    Namespaces,
    Operators,
    Platform,
    Pmm,
    PmmTokens,
    Portworx,
    PriorityClasses,
    RestoreSecrets,
    RestoredSecrets,
    SecretStore,
    StorageTiers,
    Vault,
)
"""All that the library makes public."""


class Components(ComponentProvider):
    """The SDK's provider of components, for arguments that are checked strictly and refused in one message."""

    def __init__(self, components: list[Any], name: str, version: str) -> None:
        super().__init__(components, name, version=version)
        schema = without_suffix(json.loads(self.schema or "{}"))
        # Else the generator for Go (3.246) names types that it does not write: items of plain lists and mappings.
        schema["language"] = {**schema.get("language", {}), "go": {"generateExtraInputTypes": True}}
        self.schema = json.dumps(schema)

    @property
    def analyzer(self) -> Analyzer:
        """What reads the components."""
        return self._reader

    @analyzer.setter
    def analyzer(self, given: Analyzer) -> None:
        # The SDK makes one of its own, and has no place to hand it another.
        self._reader = Reader(given.name)

    def construct(self, name: str, resource_type: str, inputs: Any, options: Any = None) -> ConstructResult:
        """Makes one component. Raises `InputPropertiesError` with every problem of its arguments."""
        try:
            made = super().construct(name, resource_type, whole_numbers(inputs), options)
        except ComponentInitError as error:
            # Anything else is an error of this library, which the SDK shows with its traceback.
            if not isinstance(error.inner, SpecError):
                raise
            raise of_properties(error.inner) from None
        # What the SDK waits for first.
        return ConstructResult(urn=pulumi.Output.from_input(known_urn(made)), state=made.state)


async def known_urn(made: ConstructResult) -> str | None:
    """The component's URN. Raises `InputPropertiesError` for what was refused once its inputs were known."""
    try:
        for value in made.state.values():
            await pulumi.Output.from_input(value).future()
    except RefusedInput as error:
        raise of_properties(error) from None
    return await pulumi.Output.from_input(made.urn).future()


def of_properties(error: RefusedInput) -> InputPropertiesError:
    """The SDK's error with every problem of the specification at its path."""
    problems: list[InputPropertyErrorDetails] = [
        {"property_path": problem.path, "reason": problem.message} for problem in error.problems
    ]
    return InputPropertiesError(error.subject, problems)


def without_suffix(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema with `Storage` for `StorageArgs`: generators add `Args` themselves, which made `StorageArgsArgs`."""
    names = {token: token.removesuffix("Args") for token in schema.get("types", {})}
    return renamed(schema, {**names, **{f"#/types/{old}": f"#/types/{new}" for old, new in names.items()}})


def renamed(value: Any, names: Mapping[str, str]) -> Any:
    """The value with its keys and references by their new names."""
    if isinstance(value, Mapping):
        return {
            names.get(key, key): names.get(item, item) if key == "$ref" else renamed(item, names)
            for key, item in value.items()
        }
    return [renamed(item, names) for item in value] if isinstance(value, list) else value


def whole_numbers(value: Any) -> Any:
    """The value with whole doubles as integers: the wire has no others, and the SDK (3.272) forgets to convert them.

    Mappings are in the order of their keys: the wire has none, and a topology's first region is another one each time.
    """
    if isinstance(value, Mapping):
        return {key: whole_numbers(item) for key, item in sorted(value.items())}
    if isinstance(value, list):
        return [whole_numbers(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def make_provider() -> Components:
    """The provider, which bears the library's own version, as the packages of other languages then do."""
    try:
        own = version("dbaas-components")
    except PackageNotFoundError:
        own = "0.0.0"  # Run from a folder of sources that nobody installed.
    return Components(list(COMPONENTS), NAME, version=own)


if __name__ == "__main__":
    main(make_provider(), sys.argv[1:])

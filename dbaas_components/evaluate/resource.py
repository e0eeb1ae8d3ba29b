"""One resource of a graph, with everything the program said about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from dbaas_components.evaluate import wire
from dbaas_components.evaluate.monitor import Registration
from dbaas_components.evaluate.values import UNKNOWN, Unknown, secret_paths


@dataclass(frozen=True, slots=True)
class Alias:
    """A former identity of a resource, each part None where it is the same as today's."""

    name: str | None = None
    type: str | None = None
    stack: str | None = None
    project: str | None = None
    parent: str | None = None
    no_parent: bool = False


@dataclass(frozen=True, eq=False, repr=False)
class Resource:
    """A resource as the engine would receive it. Values are decoded when first asked for, and must not be changed.

    `urn`, `type` (the full token) and `name` (the Pulumi name) identify it. `custom` is false for components, `remote`
    is true for components that a plugin would construct, `read` is true for resources that exist already and are only
    looked up (`.get`, `StackReference`). `place` is where the program declares it, `file:line`.
    """

    urn: str
    type: str
    name: str
    custom: bool
    read: bool
    place: str
    _registration: Registration = field(repr=False)

    def __repr__(self) -> str:
        return f"<{self.urn}>"

    @cached_property
    def _request(self) -> Any:
        name = "ReadResourceRequest" if self.read else "RegisterResourceRequest"
        return wire.parse_request(name, self._registration.request)

    def _option(self, name: str, default: Any) -> Any:
        return default if self.read else getattr(self._request, name)

    @property
    def kind(self) -> str:
        """The last part of the type token: `PerconaPGCluster` of `kubernetes:pgv2.percona.com/v2:PerconaPGCluster`."""
        return self.type.rpartition(":")[2]

    @property
    def parent(self) -> str | None:
        """The parent's URN; the stack's for a resource without one of its own; None for the stack itself."""
        return self._registration.parent or None

    @property
    def id(self) -> str | Unknown | None:
        """The provider's identifier; `UNKNOWN` in a dry run, None for a component.

        For Kubernetes objects `namespace/name`, as the provider has it; for all else a stand-in unless answered.
        """
        return (self._registration.id or UNKNOWN) if self.custom else None

    @cached_property
    def inputs(self) -> dict[str, Any]:
        """The properties, under the provider's names, as plain Python.

        Whole numbers are `int`: the wire has doubles only, as the engine's state. Secrets are `Secret`, values that are
        not known yet `UNKNOWN`, resources `Reference`.
        """
        return wire.decode_struct(self._request.properties if self.read else self._request.object)

    @cached_property
    def outputs(self) -> dict[str, Any]:
        """What the resource gives back: for a component what it registered, else its inputs and what was answered."""
        return {**self.inputs, **self.given_outputs} if self.custom else self.given_outputs

    @cached_property
    def given_outputs(self) -> dict[str, Any]:
        """Of the outputs, those that do not merely repeat an input."""
        data = self._registration.outputs
        return {} if data is None else wire.parse_struct(data)

    @property
    def outputs_registered(self) -> bool:
        """Whether the component called `register_outputs`, without which the engine shows it as never finished."""
        return self._registration.outputs is not None

    @cached_property
    def secret_paths(self) -> tuple[str, ...]:
        """The paths of all secret inputs, sorted, as `stringData.password` or `users[0].password`."""
        return secret_paths(self.inputs)

    @cached_property
    def secret_output_paths(self) -> tuple[str, ...]:
        """The paths of all secret outputs, sorted."""
        return secret_paths(self.outputs)

    @cached_property
    def dependencies(self) -> tuple[str, ...]:
        """The URNs of all resources it depends on, by `depends_on` and by its inputs, sorted.

        A component in `depends_on` stands for its custom children, as it does for the engine.
        """
        return tuple(sorted(self._request.dependencies))

    @cached_property
    def property_dependencies(self) -> dict[str, tuple[str, ...]]:
        """For each input that comes from other resources, their URNs, sorted."""
        found: Mapping[str, Any] = self._option("propertyDependencies", {})
        return {key: tuple(sorted(found[key].urns)) for key in sorted(found) if found[key].urns}

    @property
    def provider(self) -> str | None:
        """The URN of the explicit provider, inherited from the parent where it is not its own.

        None is the default provider, and None for components: see `providers`.
        """
        return _urn_of_provider(self._registration.provider) if self.custom else None

    @cached_property
    def providers(self) -> dict[str, str]:
        """For a component, the URN of the provider for each package that its children use."""
        found: Mapping[str, str] = self._option("providers", {})
        return {package: _urn_of_provider(found[package]) or "" for package in sorted(found)}

    @property
    def protect(self) -> bool:
        """Whether the engine refuses to delete it; inherited from the parent, as by the engine."""
        return bool(self._registration.protect)

    @property
    def retain_on_delete(self) -> bool:
        """Whether the real object stays when it leaves the program; inherited from the parent, as by the engine."""
        return bool(self._registration.retain_on_delete)

    @property
    def deleted_with(self) -> str | None:
        """The URN of the resource whose deletion takes this one along; inherited from the parent, as by the engine."""
        return self._registration.deleted_with or None

    @property
    def remote(self) -> bool:
        """Whether a plugin would construct the component and its children, which are then not in the graph."""
        return bool(self._option("remote", False))

    @property
    def delete_before_replace(self) -> bool | None:
        """Whether a replacement deletes first; None leaves it to the provider."""
        return self._option("deleteBeforeReplace", False) if self._option("deleteBeforeReplaceDefined", False) else None

    @property
    def ignore_changes(self) -> tuple[str, ...]:
        """Paths of inputs whose changes are ignored. Not inherited."""
        return tuple(self._option("ignoreChanges", ()))

    @property
    def replace_on_changes(self) -> tuple[str, ...]:
        """Paths of properties whose change replaces the resource. Not inherited."""
        return tuple(self._option("replaceOnChanges", ()))

    @property
    def replace_with(self) -> tuple[str, ...]:
        """URNs of resources whose replacement replaces this one."""
        return tuple(self._option("replace_with", ()))

    @property
    def replacement_trigger(self) -> Any:
        """The value whose change replaces the resource; None where there is none."""
        present = not self.read and self._request.HasField("replacement_trigger")
        return wire.decode(self._request.replacement_trigger) if present else None

    @property
    def additional_secret_outputs(self) -> tuple[str, ...]:
        """Names of outputs that are secret although the provider does not say so."""
        return tuple(self._request.additionalSecretOutputs)

    @cached_property
    def aliases(self) -> tuple[str | Alias, ...]:
        """Former identities: a URN, or what differs from today's."""
        return tuple(_alias(alias) for alias in self._option("aliases", ()))

    @cached_property
    def custom_timeouts(self) -> dict[str, str]:
        """How long `create`, `update` and `delete` may take, as Go durations (`30m`)."""
        timeouts = self._option("customTimeouts", None)
        names = () if timeouts is None else ("create", "update", "delete", "read")
        return {name: value for name in names if (value := getattr(timeouts, name, ""))}

    @property
    def version(self) -> str | None:
        """The provider's version asked for; None where any will do."""
        return self._request.version or None

    @property
    def plugin_download_url(self) -> str | None:
        """Where the provider's plugin is downloaded from; None for the registry."""
        return self._request.pluginDownloadURL or None

    @property
    def import_id(self) -> str | None:
        """The identifier of the existing object that the resource adopts on its first update."""
        return self._option("importId", "") or None

    @cached_property
    def hooks(self) -> dict[str, tuple[str, ...]]:
        """The names of the hooks for each moment (`before_create` and so on). An evaluation never calls them."""
        hooks = self._option("hooks", None)
        moments: list[Any] = [] if hooks is None else list(hooks.DESCRIPTOR.fields)
        return {moment.name: tuple(names) for moment in moments if (names := getattr(hooks, moment.name))}

    @property
    def hide_diffs(self) -> tuple[str, ...]:
        """Paths whose changes are not shown."""
        return tuple(self._option("hideDiffs", ()))

    @cached_property
    def env_var_mappings(self) -> dict[str, str]:
        """For a provider, environment variables renamed for its plugin."""
        found: Mapping[str, str] = self._option("envVarMappings", {})
        return {key: found[key] for key in sorted(found)}

    @property
    def transforms(self) -> int:
        """How many `transforms` the resource declares. The engine runs those; an evaluation does not."""
        return len(self._option("transforms", ()))

    def options(self) -> dict[str, Any]:
        """Every option that differs from its default, under its name here."""
        values = {name: getattr(self, name) for name in OPTIONS}
        return {name: value for name, value in values.items() if value or (value is not None and name in _TELLING)}


OPTIONS = (
    "provider",
    "providers",
    "protect",
    "retain_on_delete",
    "deleted_with",
    "delete_before_replace",
    "ignore_changes",
    "replace_on_changes",
    "replace_with",
    "replacement_trigger",
    "additional_secret_outputs",
    "aliases",
    "custom_timeouts",
    "version",
    "plugin_download_url",
    "import_id",
    "hooks",
    "hide_diffs",
    "env_var_mappings",
    "transforms",
    "remote",
)
# Options of which an empty or false value says something that None does not.
_TELLING = ("delete_before_replace", "replacement_trigger")


def _urn_of_provider(reference: str) -> str | None:
    """A provider reference is the provider's URN, `::` and its identifier."""
    return reference.rpartition("::")[0] or None


def _alias(alias: Any) -> str | Alias:
    if alias.WhichOneof("alias") == "urn":
        return alias.urn
    spec = alias.spec
    return Alias(
        name=spec.name or None,
        type=spec.type or None,
        stack=spec.stack or None,
        project=spec.project or None,
        parent=spec.parentUrn or None,
        no_parent=spec.noParent,
    )

"""`CustomResourceDefinitions`: the operators' definitions, owned apart from the operators."""

# No `from __future__ import annotations`: Pulumi reads the annotations of the arguments (see databases/managed.py).

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NotRequired, TypedDict, cast

import pulumi

from dbaas_components.base import Component
from dbaas_components.bootstrap.definition_bundle import parsed_definitions, read_bundle
from dbaas_components.bootstrap.definition_owners import OwnerCheck
from dbaas_components.bootstrap.software_definitions import named, read_software
from dbaas_components.errors import Problem, SpecError, one_of, shown
from dbaas_components.kubernetes_objects import KubernetesObject

FORCE_ANNOTATION = "pulumi.com/patchForce"


class CustomResourceDefinitionsArgs(TypedDict):
    """Where the definitions are, and of which engines."""

    folder: str
    """Folder laid out as `<engine>/<operator version>/crd.yaml`; any `.yaml`, `.yml` or `.json` file in it counts."""
    engines: NotRequired[list[str]]
    """Engines whose operators run here; default: `pxc`, `ps`, `psmdb` and `pg`."""
    software: NotRequired[list[str]]
    """Further software whose definitions are in the folder, as `<software>/<version>/`: `cert-manager`,
    `external-secrets`; default: none."""
    take_over: NotRequired[bool]
    """Whether definitions that bear the mark of Helm, Argo CD, Flux or the Operator Lifecycle Manager are taken all the
    same; default false: they are refused, in a preview too, where the engine can look."""


class CustomResourceDefinitions(Component):
    """The definitions that the operators' custom resources need, applied server-side and never deleted.

    Deleting a definition deletes every database of its kind in the whole Kubernetes cluster. So they stay when they, or
    this component, leave the program, and when the stack is destroyed.
    """

    ready: pulumi.Output[list[str]]
    """Names of the definitions, known once all are applied."""

    def __init__(
        self, name: str, args: CustomResourceDefinitionsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Raises `SpecError` if the folder is missing, or an engine's definitions are, or are of another version than
        this library's; before anything is registered."""
        definitions = _definitions(args)
        self.begin(name, opts)
        self._owners = OwnerCheck(self, name)
        self._hooks = None if args.get("take_over") else self._owners.binding()
        *others, last = definitions
        children = [self._definition(definition) for definition in others]
        self._gate = self._definition(last, depends_on=children)
        self.publish(self._gate, ready=[_name(definition) for definition in definitions])

    @property
    def gate(self) -> KubernetesObject:
        """The one resource to depend on: it is applied after all other definitions.

        Depending on the component instead would draw a line from every database to every definition.
        """
        return self._gate

    def _definition(self, definition: dict[str, Any], **options: Any) -> KubernetesObject:
        name = self.child_name(_name(definition))
        self._owners.add(name, _name(definition))
        return KubernetesObject(
            name,
            _forced(definition),
            self.child_options(
                # Losing a definition deletes every database of its kind.
                retain_on_delete=True,
                hooks=self._hooks,
                **options,
            ),
        )


def _definitions(args: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The definitions that the arguments ask for."""
    known = tuple(CustomResourceDefinitionsArgs.__annotations__)
    problems = [Problem(key, f"is not a known key; {one_of(key, known)}") for key in args if key not in known]
    folder, engines = args.get("folder"), args.get("engines")
    if not isinstance(folder, str):
        given = "is required and was not given" if folder is None else f"{shown(folder)} is not text"
        problems.append(Problem("folder", f"{given}; write the path of a folder of definitions"))
    if engines is not None and not isinstance(engines, list):
        problems.append(Problem("engines", f"{shown(engines)} is not a list; write one such as [pxc, pg]"))
    software = args.get("software", [])
    if not isinstance(software, list):
        problems.append(Problem("software", f"{shown(software)} is not a list; write one such as [cert-manager]"))
    if not isinstance(args.get("take_over", False), bool):
        problems.append(Problem("take_over", f"{shown(args['take_over'])} is not a yes or no; write true or false"))
    if problems or not isinstance(folder, str):
        raise SpecError("custom resource definitions", problems)
    more, problems = read_software(Path(folder), cast("list[str]", software), parsed_definitions())
    if problems:
        raise SpecError("custom resource definitions", problems)
    # Those of the software first: databases depend on the last.
    return [*named(more).values(), *read_bundle(Path(folder), cast("list[str] | None", engines))]


def _name(definition: dict[str, Any]) -> str:
    return definition["metadata"]["name"]


def _forced(definition: dict[str, Any]) -> dict[str, Any]:
    """The definition, taken over from whoever applied it before and does not manage it any more; see `OwnerCheck`.

    A cluster may hold it already, from a Helm chart or a manifest, under another field manager; without this the
    server-side apply ends in a conflict over every field. The versions are checked, so what is taken over is what the
    operator needs.
    """
    metadata = definition["metadata"]
    annotations = {**metadata.get("annotations", {}), FORCE_ANNOTATION: "true"}
    return {**definition, "metadata": {**metadata, "annotations": annotations}}

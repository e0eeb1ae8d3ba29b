"""What every component of this library shares: its type token, its children's names and options, its outputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pulumi

from dbaas_components.naming import child_name
from dbaas_components.registration import quicken_registration


class Component(pulumi.ComponentResource):
    """A component whose type token is `dbaas:index:<Class>` and whose outputs are declared once.

    A subclass's constructor parses its arguments first, then calls `begin`, then creates its children with
    `child_name` and `child_options`, and ends with `publish`.
    """

    def begin(self, name: str, opts: pulumi.ResourceOptions | None, inputs: Mapping[str, Any] | None = None) -> None:
        """Registers the component itself; to be called straight from the subclass's `__init__`.

        `inputs` are kept in the state with it, for what has to be compared with them later.

        No constructor, because the SDK takes whoever called the third `__init__` up the stack for the user's own line.
        With one more between, every error would point into this library.
        """
        super().__init__(f"dbaas:index:{type(self).__name__}", name, inputs, opts)
        quicken_registration()
        self._component_name = name
        self._published: dict[str, Any] = {}
        self._publishers: set[pulumi.Resource] = set()

    def child_name(self, role: str) -> str:
        """The Pulumi name of the child with this role, `{name}-{role}`.

        A URN holds the types of its parents and never their names: without the component's own name in front, two
        components of one kind in one stack would claim the same URN.
        """
        return child_name(self._component_name, role)

    def child_options(self, **leaf: Any) -> pulumi.ResourceOptions:
        """Options for a child: this component as its parent, plus what the leaf itself needs.

        The caller's own options are never forwarded: the parent already hands down provider and protection, and a
        copied alias or dependency would be wrong on a child.
        """
        return pulumi.ResourceOptions(parent=self, **leaf)

    def publish(self, *behind: pulumi.Resource, **outputs: Any) -> None:
        """Registers the component's outputs and makes each of them an attribute, so that the two cannot differ.

        `behind` are the children that the outputs speak of: whoever uses an output waits for them. A component whose
        endpoints are known before its database exists would otherwise let an application start too early.
        """
        self._publishers = set(behind)
        self._published = outputs
        self.register_outputs(outputs)

    if not TYPE_CHECKING:  # A subclass declares its outputs as annotations; any other attribute stays a type error.

        def __getattr__(self, name: str) -> Any:
            # Made when somebody asks: a stack of a thousand databases reads few of its outputs, and every Output
            # costs several futures.
            published = self.__dict__.get("_published", {})
            if name not in published:
                raise AttributeError(f"{type(self).__name__} has no attribute {name!r}", name=name, obj=self)
            output = _behind(pulumi.Output.from_input(published[name]), self._publishers)
            self.__dict__[name] = output
            return output


def _behind(value: pulumi.Output[Any], resources: set[pulumi.Resource]) -> pulumi.Output[Any]:
    """`value`, also depending on `resources`, known wherever `value` is known."""
    if not resources:
        return value
    gate: pulumi.Output[None] = pulumi.Output(resources, _resolved(None), _resolved(True))
    return pulumi.Output.all(value, gate).apply(lambda values: values[0])


async def _resolved(value: Any) -> Any:
    return value

"""What every component of this library shares: its type token, its children's names and options, its outputs."""

from __future__ import annotations

from typing import Any

import pulumi

from dbaas_components.naming import child_name


class Component(pulumi.ComponentResource):
    """A component whose type token is `dbaas:index:<Class>` and whose outputs are declared once.

    A subclass parses its arguments first, then calls `super().__init__`, then creates its children with
    `child_name` and `child_options`, and ends with `publish`.
    """

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"dbaas:index:{type(self).__name__}", name, None, opts)
        self._component_name = name

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

    def publish(self, **outputs: Any) -> None:
        """Sets every output as an attribute and registers the same values, so that the two cannot differ."""
        for name, value in outputs.items():
            setattr(self, name, pulumi.Output.from_input(value))
        self.register_outputs(outputs)

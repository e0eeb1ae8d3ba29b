"""A stack of the real engine whose `pulumi preview --json` is recorded: inline programs on the stand-in provider."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi.automation as auto

from dbaas_components.diff.preview.running import STREAMED
from tests.engine.provider_stack import Program, ProviderStack


@dataclass(frozen=True)
class Recording:
    """What the engine wrote to its standard output, and how it ended."""

    text: str
    code: int
    said: str = ""


class PreviewStack(ProviderStack):
    """A stack that also records previews."""

    def record(self, program: Program, *, streamed: bool, **options: Any) -> Recording:
        """The output of `pulumi preview --json`, in its streamed form or as one digest with unchanged resources."""
        stack = self._stack(program)
        if streamed:
            stack.workspace.env_vars = {**stack.workspace.env_vars, **STREAMED}
        lines: list[str] = []
        try:
            stack.preview(json=True, color="never", on_output=lines.append, **options)
        except auto.CommandError as error:
            return Recording("\n".join(lines), 1, str(error))
        except RuntimeError as error:
            return Recording("\n".join(lines), 1, str(error))
        return Recording("\n".join(lines), 0)


def stack_in(folder: Path, engine: Path, kubeconfig: Path, **environment: str) -> PreviewStack:
    """A stack of its own in a folder."""
    return PreviewStack(folder, engine, kubeconfig, **environment)

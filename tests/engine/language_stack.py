"""A stack of the real engine whose program is one of `plugin/examples`, in another language than Python."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pulumi.automation as auto

from embedded.languages.hosts import provide_hosts
from embedded.progress import Silence
from tests.engine.provider_stack import Program, ProviderStack, Told

PLUGIN = Path(__file__).resolve().parents[2] / "plugin"


class LanguageStack(ProviderStack):
    """The stack of one example, copied together with the plugin that it names as `../..`."""

    def __init__(self, folder: Path, engine: Path, kubeconfig: Path, example: str) -> None:
        # The hosts start `python3`, `go`, `node` and `mvn` by name; Python has to be the one that runs the tests.
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        super().__init__(
            folder,
            engine,
            kubeconfig,
            PATH=path,
            PULUMI_BACKEND_URL=f"file://{folder / 'state'}",
            PYTHONPATH=str(PLUGIN.parent),
            DBAAS_RECORD_HELM_RELEASES="true",
            CGO_ENABLED="0",
            GOFLAGS="-trimpath",
        )
        provide_hosts(folder / "engine" / "bin", Silence())
        ignored = shutil.ignore_patterns("__pycache__", "node_modules", "sdks", "bin", "target")
        shutil.copytree(PLUGIN, folder / "plugin", ignore=ignored)
        self.program = folder / "plugin" / "examples" / example

    def configure(self, *, secret: bool = False, **values: object) -> None:
        """Sets values of the stack's configuration; `_` in a name stands for `-`."""
        for name, value in values.items():
            self._stack(lambda: None).set_config(name.replace("_", "-"), auto.ConfigValue(str(value), secret=secret))

    def schema(self) -> dict[str, Any]:
        """The package's schema, as the engine reads it from the plugin's folder."""
        return json.loads(self._command("package", "get-schema", "../.."))

    def generate(self, language: str) -> Path:
        """The SDK that `pulumi package gen-sdk` writes for a language."""
        folder = self._folder / "sdk"
        self._command("package", "gen-sdk", "../..", "--local", "--language", language, "--out", str(folder))
        return folder / language

    def run(self, *command: str) -> None:
        """Runs a tool of the language in the program's folder; fails with what it said."""
        environment = {**os.environ, **self._environment}
        done = subprocess.run(
            command, cwd=self.program, env=environment, capture_output=True, text=True, timeout=900, check=False
        )
        assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}{done.stderr}"

    def _command(self, *arguments: str) -> str:
        command = auto.PulumiCommand(root=str(self._folder / "engine"))
        return command.run(list(arguments), str(self.program), self._environment).stdout

    def _stack(self, program: Program) -> auto.Stack:
        return auto.create_or_select_stack(
            "test",
            work_dir=str(self.program),
            opts=auto.LocalWorkspaceOptions(
                pulumi_command=auto.PulumiCommand(root=str(self._folder / "engine")),
                env_vars=self._environment,
                secrets_provider="passphrase",
            ),
        )


def registered(told: Told) -> dict[str, tuple[str, Any]]:
    """What was to be created: by name, type and inputs. Without the stack itself and the providers, which every
    language's SDK makes in its own way."""
    found: dict[str, tuple[str, Any]] = {}
    for event in told.events:
        if event.resource_pre_event is not None and event.resource_pre_event.metadata.op.value == "create":
            metadata = event.resource_pre_event.metadata
            if not metadata.type.startswith("pulumi:"):
                assert metadata.new is not None
                found[metadata.urn.rsplit("::", 1)[1]] = (metadata.type, metadata.new.inputs)
    return found


def above_objects(told: Told) -> set[str]:
    """The types of the outermost components that Kubernetes objects are to be created below."""
    created = [event.resource_pre_event.metadata.urn for event in told.events if event.resource_pre_event]
    chains = [urn.split("::")[2] for urn in created]
    return {chain.split("$")[0] for chain in chains if "$kubernetes:" in chain}


def objects(told: Told) -> dict[str, tuple[str, Any]]:
    """The Kubernetes objects among them. A component's own inputs are what its program wrote, in every language."""
    return {name: one for name, one in registered(told).items() if one[0].startswith("kubernetes:")}

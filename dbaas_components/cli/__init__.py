"""The `dbaas` command."""

from __future__ import annotations


def main() -> None:
    """Runs the `dbaas` command and exits: 0 fine, 1 refused or failed, 2 wrong usage, 130 interrupted."""
    # Imported here: `import dbaas_components` in a stack should not pay for a command line.
    from dbaas_components.cli.app import build_app

    build_app()()

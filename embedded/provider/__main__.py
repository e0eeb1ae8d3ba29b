"""`python -m embedded.provider [options] ENGINE_ADDRESS`, as the Pulumi engine starts a provider plugin."""

from __future__ import annotations

import argparse

from embedded.provider.server import serve


def main(arguments: list[str] | None = None) -> None:
    """Serves the provider. The options are those the engine may pass; none of them changes what it does."""
    parser = argparse.ArgumentParser(prog="pulumi-resource-kubernetes", description=__doc__, allow_abbrev=False)
    parser.add_argument("engine", nargs="?", help="host:port of the engine, to which messages go")
    parser.add_argument("--logtostderr", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--tracing", help=argparse.SUPPRESS)
    parser.add_argument("-v", type=int, dest="verbosity", help=argparse.SUPPRESS)
    parsed, _ = parser.parse_known_args(arguments)
    serve(parsed.engine)


if __name__ == "__main__":
    main()

"""`dbaas catalog`: what there is to choose from, and what each engine cannot do."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console

from dbaas_components.cli.catalog_page import availability, catalog_page, counts
from dbaas_components.cli.tables import add_row, output, print_table, table
from dbaas_components.databases.catalog import Catalog, catalog


def catalog_command(
    engine: Annotated[str | None, typer.Option("--engine", "-e", help="Only this engine, with its reasons.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the page docs/catalog.md.")] = False,
) -> None:
    """Show engines, versions, images, sizes, profiles, and what each engine cannot do and why."""
    if as_json and markdown:
        raise typer.BadParameter("give either --json or --markdown")
    found = catalog(engine)
    if as_json:
        typer.echo(json.dumps(found.document(), indent=2))
    elif markdown:
        typer.echo(catalog_page(found), nl=False)
    else:
        _tell(output(), found)


def _tell(console: Console, found: Catalog) -> None:
    console.print("Engines", style="bold")
    rows = table("engine", "operator", "kind", "versions", "replicas", "storage from", "name up to")
    for engine in found.engines:
        versions = ", ".join(f"{one} (default)" if one == engine.default_version else one for one in engine.versions)
        cells = (engine.operator, engine.kind, versions, counts(engine.replicas), engine.minimum_storage)
        add_row(rows, engine.name, *cells, str(engine.longest_name))
    print_table(console, rows)

    console.print("\nImages", style="bold")
    rows = table("engine", "version", "role", "image")
    for engine in found.engines:
        for version, images in engine.versions.items():
            for role, image in images.items():
                add_row(rows, engine.name, version, role, image)
    print_table(console, rows)

    console.print("\nSizes", style="bold")
    rows = table("size", "engine", "CPU", "memory")
    for engine in found.engines:
        for name, size in engine.sizes.items():
            add_row(
                rows, f"{name} (default)" if name == found.default_size else name, engine.name, size.cpu, size.memory
            )
    print_table(console, rows)

    console.print("\nProfiles", style="bold")
    rows = table("profile", "replicas", "proxies", "storage", "protected", "TLS required", "apart on", "isolated")
    for name, profile in found.profiles.items():
        title = f"{name} (default)" if name == found.default_profile else name
        apart = " and ".join(
            word for word, on in (("nodes", profile.spread_nodes), ("zones", profile.spread_zones)) if on
        )
        protected = "yes" if profile.deletion_protection else "no"
        required, isolated = ("yes" if on else "no" for on in (profile.require_tls, profile.isolated))
        shape = (str(profile.replicas), str(profile.proxies), profile.storage)
        add_row(rows, title, *shape, protected, required, apart or "nothing", isolated)
    print_table(console, rows)

    console.print("\nCapabilities that not every engine has", style="bold")
    if len(found.engines) == 1:
        name, operator = found.engines[0].name, found.engines[0].operator
        rows = table("capability", f"{name} {operator}", "because", "instead", "since", "where")
        for capability in found.capabilities:
            missing = capability.engines[name]
            reason = (missing.because, missing.instead, missing.since) if missing else ("", "", "")
            add_row(rows, capability.words, "no" if missing else "yes", *reason, capability.key)
    else:
        rows = table("capability", *(f"{engine.name} {engine.operator}" for engine in found.engines), "where")
        for capability in found.capabilities:
            add_row(rows, capability.words, *map(availability, capability.engines.values()), capability.key)
    print_table(console, rows)
    if len(found.engines) > 1:
        console.print("\nWhy, and what to do instead: dbaas catalog --engine ENGINE", markup=False)

"""docs/catalog.md, from the catalog."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dbaas_components.databases.capabilities import Missing
from dbaas_components.databases.catalog import Catalog

_HEAD = """# Catalog

What there is to choose from, and what each engine cannot do in the operator version that is pinned. What it cannot do
is refused when a specification is read, with the reason that stands here.

Made by `dbaas catalog --markdown > docs/catalog.md`; change the tables in the source, not this page.
"""


def catalog_page(found: Catalog) -> str:
    """The page as Markdown."""
    return "\n".join(_lines(found)) + "\n"


def availability(missing: Missing | None) -> str:
    """Whether an engine has a capability, and which operator version brings it."""
    if missing is None:
        return "yes"
    return f"no, {missing.since} brings it" if missing.since else "no"


def counts(values: tuple[int, ...]) -> str:
    """`3, 5 or 7`, or `2 to 9` where no number is left out."""
    if len(values) > 2 and values == tuple(range(values[0], values[-1] + 1)):
        return f"{values[0]} to {values[-1]}"
    *most, last = map(str, values)
    return f"{', '.join(most)} or {last}" if most else last


def _lines(found: Catalog) -> Iterator[str]:
    yield _HEAD
    yield "## Engines\n"
    yield from _table(
        ("engine", "software", "operator", "kind", "version series", "replicas", "storage from", "name up to"),
        (
            (
                f"`{engine.name}`",
                engine.software,
                engine.operator,
                f"`{engine.kind}` ({engine.api_version})",
                ", ".join(f"{one} (default)" if one == engine.default_version else one for one in engine.versions),
                counts(engine.replicas),
                engine.minimum_storage,
                f"{engine.longest_name} characters",
            )
            for engine in found.engines
        ),
    )
    yield "\nOne replica, without failover, is for profile dev only.\n"
    yield "## Images\n"
    yield "Below `image_registry`, which is `docker.io` unless a mirror is named.\n"
    yield from _table(
        ("engine", "version", "role", "image"),
        (
            (f"`{engine.name}`", version, role, f"`{image}`")
            for engine in found.engines
            for version, images in engine.versions.items()
            for role, image in images.items()
        ),
    )
    yield "\n## Sizes\n"
    yield "CPU is kept free and not capped; memory is kept free and capped at the same amount.\n"
    yield from _table(
        ("size", "engine", "CPU", "memory"),
        (
            (
                f"`{name}`" + (" (default)" if name == found.default_size else ""),
                f"`{engine.name}`",
                size.cpu,
                size.memory,
            )
            for engine in found.engines
            for name, size in engine.sizes.items()
        ),
    )
    yield "\n## Profiles\n"
    profiles = found.profiles.values()
    titles = (f"`{name}`" + (" (default)" if name == found.default_profile else "") for name in found.profiles)
    yield from _table(
        ("", *titles),
        (
            ("replicas", *(str(one.replicas) for one in profiles)),
            ("pods of the proxy", *(str(one.proxies) for one in profiles)),
            ("CPU and memory of the proxy", *(f"{one.proxy.cpu}, {one.proxy.memory}" for one in profiles)),
            ("storage of each replica", *(one.storage for one in profiles)),
            ("protected against deletion", *(_word(one.deletion_protection) for one in profiles)),
            ("replicas never share a node", *(_word(one.spread_nodes) for one in profiles)),
            ("replicas are spread over zones", *(_word(one.spread_zones) for one in profiles)),
            ("connections without TLS are refused", *(_word(one.require_tls) for one in profiles)),
            ("one replica is accepted", *(_word(one.single_replica) for one in profiles)),
            ("only its own namespace may connect", *(_word(one.isolated) for one in profiles)),
            ("logs are shipped and collected, logins audited", *(_word(one.protected) for one in profiles)),
            (
                "schedules, where a storage is given",
                *(
                    ", ".join(f"{one['name']} `{one['cron']}`, {one['keep']} kept" for one in profile.schedules)
                    or "none"
                    for profile in profiles
                ),
            ),
        ),
    )
    yield "\n## Capabilities\n"
    yield "What is not in this table every engine can do. `[]` is each item of a list, `{}` each value of a mapping.\n"
    yield from _table(
        ("capability", "field", *(f"{engine.name} {engine.operator}" for engine in found.engines)),
        (
            (row.words, f"`{row.key}`", *(availability(missing) for missing in row.engines.values()))
            for row in found.capabilities
        ),
    )
    for engine in found.engines:
        yield f"\n### What {engine.name} {engine.operator} cannot\n"
        missing = ((row, row.engines[engine.name]) for row in found.capabilities)
        yield from _table(
            ("capability", "because", "instead", "since"),
            ((row.words, one.because, one.instead, one.since) for row, one in missing if one is not None),
        )


def _word(value: bool) -> str:
    return "yes" if value else "no"


def _table(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    titles = list(titles)
    yield _row(titles)
    yield "|" + "---|" * len(titles)
    for row in rows:
        yield _row(row)


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

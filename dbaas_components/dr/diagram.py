"""The role machine as a page: a Mermaid diagram and two tables, made from the machine's own tables.

`python -m dbaas_components.dr.diagram` writes `docs/roles.md`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from dbaas_components.dr.guards import GUARDS
from dbaas_components.dr.records import Role
from dbaas_components.dr.roles import EVENT_MEANING, TABLE

PAGE: Final = Path("docs/roles.md")
_HEAD: Final = """# Roles of a region

A region's database has one role within its topology. It is written in the region's role record; where there is none, or
it cannot be read, the role is standby. This page is made from the role machine by
`python -m dbaas_components.dr.diagram`.

"""


def page() -> str:
    """The whole page."""
    return "\n".join([_HEAD.rstrip(), "", *_diagram(), "", *_events(), "", *_guards(), ""])


def _diagram() -> list[str]:
    arrows: dict[tuple[Role, Role], list[str]] = {}
    for (role, event), step in TABLE.items():
        if step.role is not role:
            arrows.setdefault((role, step.role), []).append(str(event))
    lines = [f"    {before} --> {after}: {', '.join(events)}" for (before, after), events in sorted(arrows.items())]
    return ["```mermaid", "stateDiagram-v2", f"    [*] --> {Role.STANDBY}", *lines, "```"]


def _events() -> list[str]:
    rows = ["| event | means | from role to role | action | guards |", "|---|---|---|---|---|"]
    for event, meaning in EVENT_MEANING.items():
        steps = [(role, step) for (role, other), step in TABLE.items() if other is event]
        ways = "; ".join(str(role) if step.role is role else f"{role} to {step.role}" for role, step in steps)
        actions = ", ".join(sorted({str(step.action) for _, step in steps}))
        guards = ", ".join(dict.fromkeys(f"`{name}`" for _, step in steps for name in step.guards))
        rows.append(f"| {event} | {meaning} | {ways} | {actions} | {guards} |")
    return ["Every other pair of role and event is refused with a sentence.", "", *rows]


def _guards() -> list[str]:
    rows = [f"| `{name}` | {guard.refusal} |" for name, guard in GUARDS.items()]
    return ["| guard | what it says when it refuses |", "|---|---|", *rows]


if __name__ == "__main__":
    PAGE.write_text(page())

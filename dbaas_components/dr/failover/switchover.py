"""`switchover`: a planned change of primary, in which no acknowledged write is lost."""

from __future__ import annotations

from dbaas_components.dr.failover.moves import Switch
from dbaas_components.dr.failover.steps import Step
from dbaas_components.dr.failover.traffic import Traffic


def switchover_steps(switch: Switch, traffic: Traffic) -> list[Step]:
    """Fence the old, let the new one replay its last position, promote it, move the clients, let the old one follow."""
    return [
        Step(f"fence {switch.old}", switch.fence_old),
        Step(f"approve {switch.new}", switch.approve_new, undo=switch.take_back),
        Step("take the next epoch", switch.epoch_won, undo=switch.take_back),
        Step(f"promote {switch.new}", switch.promoted),
        Step("move traffic", traffic.moved),
        Step(f"let {switch.old} follow", switch.old_follows),
    ]

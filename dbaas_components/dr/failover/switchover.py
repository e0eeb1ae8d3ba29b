"""`switchover`: a planned change of primary, in which no acknowledged write is lost."""

from __future__ import annotations

from dbaas_components.dr.failover.cluster_set import ClusterSetChange, is_cluster_set
from dbaas_components.dr.failover.moves import Switch
from dbaas_components.dr.failover.steps import Step
from dbaas_components.dr.failover.traffic import Traffic


def switchover_steps(switch: Switch, traffic: Traffic) -> list[Step]:
    """Fence the old, let the new one replay its last position, promote it, move the clients, let the old one follow."""
    cluster_set = [Step("change the ClusterSet", ClusterSetChange(switch).changed)] if is_cluster_set(switch) else []
    return [
        Step(f"check {switch.new}", switch.candidate_fits),
        Step(f"fence {switch.old}", switch.fence_old),
        Step(f"let {switch.new} catch up", switch.caught_up),
        Step(f"approve {switch.new}", switch.approve_new, undo=switch.take_back),
        Step("take the next epoch", switch.epoch_won, undo=switch.take_back),
        *cluster_set,
        Step(f"promote {switch.new}", switch.promoted),
        Step("move traffic", traffic.moved),
        Step(f"let {switch.old} follow", traffic.moved_once_followed),
    ]

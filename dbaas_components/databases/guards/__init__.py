"""Changes of a database that would lose its data or leave it behind, refused in words. Pure.

A custom resource as it was and as it is to be goes in, sentences come out. What operators cannot do is that of PXC
operator 1.20.0, PS 1.2.0, PSMDB 1.22.0 and PG 3.0.0; `change_hooks` has the engine ask here, in previews too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

from dbaas_components.databases.guards import data, selectors, versions
from dbaas_components.databases.guards.fields import Object, at
from dbaas_components.databases.guards.volumes import Volume, volume_refusals

__all__ = ["engine_refusal", "place_refusal", "refusals"]

Guard = Callable[[Object, Object], Iterable[str]]
_CLAIM: Final = "volumeSpec.persistentVolumeClaim"
_CONFIG_SERVERS: Final = "spec.sharding.configsvrReplSet"
_IN_INSTANCE_SETS: Final = (data.INSTANCE_SETS,)


def refusals(before: Object, after: Object) -> list[str]:
    """Why a custom resource cannot change from the one to the other: a sentence each, none where it can.

    Both are whole objects, with `kind` and `spec`. A sentence says what, the value wanted and the one that is there,
    the reason, and the way that works. What a preview does not know yet and what has another shape than the definitions
    allow is passed over; kinds that are no database are never refused.
    """
    kind = at(after, "kind")
    if not isinstance(kind, str) or at(before, "kind") != kind:
        return []
    return [sentence for guard in _GUARDS.get(kind, ()) for sentence in guard(before, after)]


def engine_refusal(before: str, after: str) -> str | None:
    """Why a database of one engine cannot become one of another; None where the engine stays."""
    if before == after:
        return None
    return (
        f'engine "{after}" is not the "{before}" that it runs, and no engine reads the data of another, so that '
        f'it would begin empty; keep "{before}", or make a new database under another name and move the data there'
    )


def place_refusal(field: str, before: str, after: str) -> str | None:
    """Why a database cannot have another `name` or `namespace`; None where it keeps the one that it has.

    Kubernetes renames and moves no object: the database would be deleted and an empty one made, and the protection that
    stands against it is that of the same change, which may take it away.
    """
    if before == after:
        return None
    return (
        f'{field} "{after}" is not the "{before}" of the database that runs, which would be deleted and begin empty '
        f'there, because Kubernetes moves none; keep "{before}", or make a new database under another name and move '
        "the data there"
    )


def _volumes(*guarded: Volume) -> Guard:
    return partial(volume_refusals, volumes=guarded)


# By kind and not in the engines' own files: the hook sees objects, also such as no specification of ours made.
_GUARDS: Final[Mapping[str, tuple[Guard, ...]]] = MappingProxyType(
    {
        "PerconaXtraDBCluster": (
            _volumes(Volume(f"spec.pxc.{_CLAIM}", "the database"), Volume(f"spec.proxysql.{_CLAIM}", "ProxySQL")),
            data.proxy_volume_refusals,
            partial(versions.mysql_refusals, image="spec.pxc.image"),
            partial(data.encryption_refusals, vault="spec.vaultSecretName"),
        ),
        "PerconaServerMySQL": (
            _volumes(Volume(f"spec.mysql.{_CLAIM}", "the database")),
            data.replication_refusals,
            partial(versions.mysql_refusals, image="spec.mysql.image"),
            partial(data.encryption_refusals, vault="spec.mysql.vaultSecretName"),
            selectors.binlog_server_refusals,
        ),
        "PerconaServerMongoDB": (
            _volumes(
                Volume(_CLAIM, inside=(data.REPLICA_SETS,)),
                Volume(f"hidden.{_CLAIM}", "the hidden members", (data.REPLICA_SETS,)),
                Volume(f"nonvoting.{_CLAIM}", "the non-voting members", (data.REPLICA_SETS,)),
                Volume(f"{_CONFIG_SERVERS}.{_CLAIM}", "the config servers"),
                Volume(f"{_CONFIG_SERVERS}.hidden.{_CLAIM}", "the config servers' hidden members"),
                Volume(f"{_CONFIG_SERVERS}.nonvoting.{_CLAIM}", "the config servers' non-voting members"),
            ),
            data.replica_set_refusals,
            partial(versions.mongodb_refusals, image="spec.image"),
            data.encryption_key_refusals,
        ),
        "PerconaPGCluster": (
            _volumes(
                Volume("dataVolumeClaimSpec", inside=_IN_INSTANCE_SETS),
                Volume("walVolumeClaimSpec", "the write-ahead log", _IN_INSTANCE_SETS),
                Volume("dataVolumeClaimSpec", inside=(*_IN_INSTANCE_SETS, data.TABLESPACES)),
                Volume("volume.volumeClaimSpec", inside=(data.REPOSITORIES,)),
            ),
            data.instance_set_refusals,
            data.repository_refusals,
            versions.postgres_refusals,
            data.data_source_refusals,
        ),
    }
)

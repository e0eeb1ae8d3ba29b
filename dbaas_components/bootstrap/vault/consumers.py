"""Who reads and writes what in Vault."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, model_validator

from dbaas_components.bootstrap.fields import VaultMount, not_empty
from dbaas_components.databases.spec.part import LabelName, Line, NamespaceName, ObjectName, Part
from dbaas_components.errors import Problem, SpecError

MONGODB_MOUNT: Final = "mongodb-keys"
"""Mount of the data keys of every psmdb database, each below a path of its own."""


class KeyConsumer(Part):
    """A database whose data keys are in Vault."""

    namespace: NamespaceName
    database: ObjectName
    engine: Literal["pxc", "ps", "psmdb"]
    mount: VaultMount | None = None

    @property
    def name(self) -> str:
        """Its name in policies, roles and messages."""
        return f"{self.engine}-{self.namespace}-{self.database}"

    @property
    def place(self) -> str:
        """Mount of its keys: of its own for pxc and ps, one for all of psmdb."""
        return self.mount or (MONGODB_MOUNT if self.engine == "psmdb" else self.name)

    @property
    def version(self) -> str:
        """Version of the key-value engine that the database speaks.

        PXC 1.20.0 stores a key of each backup by a call that only version 1 knows; PS is tested by its makers with
        version 1 alone; psmdb names the `data/` of version 2 in its path.
        """
        return "2" if self.engine == "psmdb" else "1"

    @property
    def entry(self) -> str:
        """Where its token is kept in the key-value store of the platform, for `encryption.vault.store_path`."""
        return f"{self.namespace}/{self.database}/vault"


class StoreReader(Part):
    """External Secrets, which brings entries of these namespaces into them."""

    service_account: Line = "external-secrets/external-secrets"
    namespaces: Annotated[tuple[NamespaceName, ...], AfterValidator(not_empty)]
    push: bool = False


class TokenWriter(Part):
    """The Job of `PmmTokens`, which keeps a token in each of these databases' entries."""

    service_account: Line = "pmm/pmm-tokens"
    databases: Annotated[tuple[Line, ...], AfterValidator(not_empty)]


class UserReader(Part):
    """The operator of psmdb, which takes users from Vault (`syncUsers`)."""

    service_account: Line = "percona-operators/psmdb-operator"
    path: Line = "psmdb"


class Rule(Part):
    """What may be done below a path."""

    path: Line
    capabilities: Annotated[
        tuple[Literal["create", "read", "update", "delete", "list", "patch"], ...], AfterValidator(not_empty)
    ]


class Role(Part):
    """A role of somebody else: an application, a controller."""

    name: LabelName
    service_accounts: Annotated[tuple[Line, ...], AfterValidator(not_empty)]
    audience: Line = "vault"
    rules: Annotated[tuple[Rule, ...], AfterValidator(not_empty)]


class Consumers(Part):
    """Who logs in to Vault."""

    keys: tuple[KeyConsumer, ...] = ()
    external_secrets: StoreReader | None = None
    pmm_tokens: TokenWriter | None = None
    psmdb_users: UserReader | None = None
    roles: tuple[Role, ...] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> Consumers:
        problems = [*self._twice(), *self._mounts(), *self._accounts(), *self._together(), *self._reserved()]
        if problems:
            raise SpecError("", problems)
        return self

    def _twice(self) -> Iterator[Problem]:
        for name, count in Counter(one.name for one in self.keys).items():
            if count > 1:
                yield Problem("keys", f"{name} is there {count} times; leave it there once")
        for name, count in Counter(one.name for one in self.roles).items():
            if count > 1:
                yield Problem("roles", f"{name} is there {count} times; leave it there once")

    def _mounts(self) -> Iterator[Problem]:
        owners: dict[str, KeyConsumer] = {}
        for number, one in enumerate(self.keys):
            other = owners.setdefault(one.place, one)
            if other is one or (one.engine == other.engine == "psmdb"):
                continue
            message = f"{one.place} is that of {other.name}, and each could read the other's keys; name another"
            yield Problem(f"keys[{number}].mount", message)

    def _accounts(self) -> Iterator[Problem]:
        given = [
            (f"{field}.service_account", reader.service_account)
            for field in ("external_secrets", "pmm_tokens", "psmdb_users")
            if (reader := getattr(self, field))
        ]
        given += [
            (f"roles[{number}].service_accounts[{place}]", account)
            for number, role in enumerate(self.roles)
            for place, account in enumerate(role.service_accounts)
        ]
        for path, account in given:
            namespace, slash, name = account.partition("/")
            if not (namespace and slash and name) or "*" in account:
                yield Problem(path, f'"{account}" is not a service account; write namespace/name, without wildcards')

    def _together(self) -> Iterator[Problem]:
        """A role takes every one of its names in every one of its namespaces."""
        for number, role in enumerate(self.roles):
            pairs = {one.partition("/")[::2] for one in role.service_accounts}
            others = {(space, name) for space, _ in pairs for _, name in pairs} - pairs
            if others:
                also = " and ".join(sorted("/".join(one) for one in others))
                message = f"together let in {also} as well; make a role for each"
                yield Problem(f"roles[{number}].service_accounts", message)

    def _reserved(self) -> Iterator[Problem]:
        taken = {"external-secrets", "pmm-tokens", "psmdb-operator"}
        for number, role in enumerate(self.roles):
            if role.name.startswith("dbaas-") or role.name in taken:
                message = f'"{role.name}" is a name that this library uses itself; choose another'
                yield Problem(f"roles[{number}].name", message)

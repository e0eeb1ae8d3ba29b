"""What `PmmTokens` is told, checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, model_validator

from dbaas_components.bootstrap.charts import Sources
from dbaas_components.bootstrap.fields import VaultMount, not_empty
from dbaas_components.bootstrap.pmm.spec import PASSWORD_KEY, Url
from dbaas_components.databases.spec.part import Cron, Line, NamespaceName, ObjectName, Part, SecretKeyName
from dbaas_components.errors import Problem, SpecError
from dbaas_components.ownership import Ownership

# Where each operator looks for a token of PMM 3: which Secret of database `{}`, and which key.
TOKEN_PLACES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "pxc": ("{}-secrets", "pmmservertoken"),
        "ps": ("{}-secrets", "pmmservertoken"),
        "psmdb": ("{}-secrets", "PMM_SERVER_TOKEN"),
        "pg": ("{}-pmm-secret", "PMM_SERVER_TOKEN"),
    }
)


class TokenConsumer(Part):
    """A database that PMM watches."""

    namespace: NamespaceName
    database: ObjectName
    engine: Literal["pxc", "ps", "psmdb", "pg"]
    store: Literal["secret", "vault", "both"] = "secret"
    secret: ObjectName | None = None
    vault_path: Line | None = None

    @property
    def account(self) -> str:
        """Name of its service account in PMM."""
        return f"{self.engine}-{self.namespace}-{self.database}"

    @property
    def secret_name(self) -> str:
        """The Secret in which its operator looks for the token."""
        return self.secret or TOKEN_PLACES[self.engine][0].format(self.database)

    @property
    def key(self) -> str:
        """Key of the Secret, and property of the entry in Vault."""
        return TOKEN_PLACES[self.engine][1]

    @property
    def in_secret(self) -> bool:
        """Whether the Job itself writes the Secret."""
        return self.store != "vault"

    @property
    def path(self) -> str | None:
        """Entry in Vault, None where it is not kept there."""
        return None if self.store == "secret" else self.vault_path or f"{self.namespace}/{self.database}/credentials"

    @model_validator(mode="after")
    def _fits_together(self) -> TokenConsumer:
        if self.store == "secret" and self.vault_path:
            raise SpecError("", [Problem("vault_path", "has no effect unless store is vault or both; leave one out")])
        if self.store == "vault" and self.secret:
            raise SpecError("", [Problem("secret", "has no effect unless store is secret or both; leave one out")])
        return self


class VaultAccess(Part):
    """How the Job reaches Vault or OpenBao."""

    address: Url
    mount: VaultMount = "secret"
    auth_mount: VaultMount = "kubernetes"
    role: Line = "pmm-tokens"
    audience: Line = "vault"
    ca_secret: ObjectName | None = None
    ca_key: SecretKeyName = "ca.crt"


class PmmTokensSpec(Part):
    """The arguments of `PmmTokens`, checked."""

    ownership: Ownership
    namespace: NamespaceName = "pmm"
    server: Url
    admin_secret: ObjectName = "pmm-admin"  # noqa: S105 - the name of a Secret
    admin_key: SecretKeyName = PASSWORD_KEY
    admin_user: Line = "admin"
    ca_secret: ObjectName | None = None
    ca_key: SecretKeyName = "ca.crt"
    consumers: Annotated[tuple[TokenConsumer, ...], AfterValidator(not_empty)]
    vault: VaultAccess | None = None
    schedule: Cron = "17 * * * *"
    pull_secrets: tuple[ObjectName, ...] = ()
    sources: Sources = Sources()

    @model_validator(mode="after")
    def _fits_together(self) -> PmmTokensSpec:
        problems = [*self._vault_problems(), *self._twice()]
        if problems:
            raise SpecError("", problems)
        return self

    def _vault_problems(self) -> Iterator[Problem]:
        wanted = [number for number, one in enumerate(self.consumers) if one.path]
        if wanted and self.vault is None:
            message = "keeps its token in Vault; say with vault where that is"
            yield from (Problem(f"consumers[{number}].store", message) for number in wanted)
        if self.vault and not wanted:
            yield Problem("vault", "has no effect, because no consumer's store is vault or both; leave it out")

    def _twice(self) -> Iterator[Problem]:
        for account, count in Counter(one.account for one in self.consumers).items():
            if count > 1:
                yield Problem("consumers", f"{account} is there {count} times; leave it there once")

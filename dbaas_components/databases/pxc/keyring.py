"""The Secret with the configuration of the server's keyring, made by External Secrets. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from dbaas_components.databases.pxc import names
from dbaas_components.databases.pxc.row import ENGINE
from dbaas_components.databases.rendering.external_secrets import external_secret

if TYPE_CHECKING:
    from dbaas_components.databases.engine import Placed
    from dbaas_components.databases.spec import DatabaseSpec
    from dbaas_components.databases.spec.security import Vault

CONFIGURATION: Final = "keyring_vault.conf"
"""Key of the Secret; the operator mounts it into every server."""
AUTHORITY: Final = "ca.cert"
_MOUNTED: Final = f"/etc/mysql/vault-keyring-secret/{AUTHORITY}"


def keyring_secret(spec: DatabaseSpec) -> list[Placed]:
    """The ExternalSecret of the keyring; empty where the Secret is there already or nothing is encrypted."""
    vault = spec.encryption.vault if spec.encryption else None
    secret = names.vault_secret(spec)
    if vault is None or vault.store is None or vault.store_path is None or secret is None:
        return []
    entries = {"token": (vault.store_path, "token")}
    template = {CONFIGURATION: _configuration(spec.version, vault)}
    if vault.authority:
        entries["ca"] = (vault.store_path, "ca")
        template[AUTHORITY] = "{{ .ca }}"
    return [external_secret(spec, ENGINE, "keyring", secret, vault.store, entries, template)]


def _configuration(version: str, vault: Vault) -> str:
    """Lines for the keyring plugin of MySQL 8.0, JSON for the keyring component of 8.4, under the same key."""
    values = {
        "token": "{{ .token }}",
        "vault_url": vault.address.rstrip("/"),
        "secret_mount_point": vault.mount,
        **({"vault_ca": _MOUNTED} if vault.authority else {}),
    }
    if version == "8.0":
        return "".join(f"{key} = {value}\n" for key, value in values.items())
    return json.dumps(values, indent=2)

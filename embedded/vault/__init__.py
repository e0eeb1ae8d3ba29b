"""Vault servers on loopback, to judge what this library configures in them."""

from embedded.vault.server import VAULT, VaultServer

__all__ = ["VAULT", "VaultServer"]

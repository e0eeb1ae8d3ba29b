"""Custom resources of the PSMDB operator 1.22.0: the database, and the restore that it may start from."""

from dbaas_components.databases.custom_resources.psmdb.database import PerconaServerMongoDB
from dbaas_components.databases.custom_resources.psmdb.restore import PerconaServerMongoDBRestore

__all__ = ["PerconaServerMongoDB", "PerconaServerMongoDBRestore"]

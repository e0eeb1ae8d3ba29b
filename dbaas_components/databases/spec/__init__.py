"""What a database is to be: one specification for four engines, checked and complete before anything is registered."""

from dbaas_components.databases.spec.database import DatabaseSpec
from dbaas_components.databases.spec.parsing import explain_database, parse_database

__all__ = ["DatabaseSpec", "explain_database", "parse_database"]

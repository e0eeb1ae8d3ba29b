"""Exhaustive exploration of the role machine with its lease: `python -m dbaas_components.dr.exploration`."""

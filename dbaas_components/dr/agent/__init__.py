"""The agent of one region: it looks, decides with `dbaas_components.dr.decisions`, and does one thing at a time."""

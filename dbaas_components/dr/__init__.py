"""Disaster recovery across regions: roles, the lease that proves them, and the decisions of agents and verbs."""

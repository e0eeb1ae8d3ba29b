"""One database over several regions: `DatabaseTopology` and what it is made of."""

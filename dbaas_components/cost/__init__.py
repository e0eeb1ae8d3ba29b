"""What databases cost in a month, by a price table that the user brings. See `docs/cost.md`."""

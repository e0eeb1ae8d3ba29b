"""Failover as people carry it out: what is read of a site, what is written to it, and the evidence of both."""

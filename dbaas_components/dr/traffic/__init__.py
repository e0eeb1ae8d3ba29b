"""Records that send clients to the primary site."""

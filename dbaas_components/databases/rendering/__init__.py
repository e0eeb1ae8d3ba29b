"""Parts that several engines' objects have, rendered from a specification. Pure."""

"""Chat Completions in and out of the canonical form."""

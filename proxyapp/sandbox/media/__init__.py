"""Images, film and sound at /v3, as the media providers have it: orders, their results, and tiny files."""

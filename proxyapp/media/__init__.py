"""/v3: images, video and sound, at once or as durable tasks. The one part of the wire with Django tables."""

ROOT = "/v3/"
"""Everything below it is this package's: keys are its callers, and it opens its own transactions."""

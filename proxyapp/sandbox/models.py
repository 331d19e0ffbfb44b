"""The models that the lists name. Any other name is answered as well."""

MODELS = ("sandbox", "sandbox~pace-40", "sandbox~thinking-64", "sandbox~text")
CREATED = 1_760_000_000
CREATED_TEXT = "2025-10-09T08:53:20Z"
CONTEXT = 1_000_000

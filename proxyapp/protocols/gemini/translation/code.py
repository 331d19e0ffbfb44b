"""Code that a model had run at the provider, and what came of it, as text: no other protocol has such parts
in this form."""


def code_text(code: str, language: str) -> str:
    name = "" if language in ("", "LANGUAGE_UNSPECIFIED") else language.lower()
    return f"```{name}\n{code}\n```\n"


def outcome_text(output: str) -> str:
    return f"```\n{output}\n```\n"

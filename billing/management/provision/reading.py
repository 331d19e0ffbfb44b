"""From the text of a provision file to its document, with every problem that shows without a database."""

import tomllib
from collections.abc import Mapping
from decimal import Decimal

from billing.management.provision.document import Document
from billing.management.provision.read_catalogue import read_model, read_provider
from billing.management.provision.read_organizations import read_organization
from billing.management.provision.table import Problems, Table


def read(text: str, environ: Mapping[str, str]) -> tuple[Document, Problems]:
    """The document, as far as it can be read, and everything that is wrong with the file.

    Secrets that the file names by variable are taken from `environ`. Nothing may be brought about of a
    document with problems: what could not be read is empty in it.
    """
    problems: Problems = []
    try:
        values = tomllib.loads(text, parse_float=Decimal)
    except ValueError as error:
        return Document(), [f"not TOML: {error}"]
    top = Table(values, problems)
    document = Document(
        tuple([read_provider(table, environ) for table in top.tables("providers") or []]),
        tuple([read_model(table) for table in top.tables("models") or []]),
        tuple([read_organization(table) for table in top.tables("organizations") or []]),
    )
    top.end()
    top.refuse_repeated("providers", [provider.name for provider in document.providers])
    top.refuse_repeated("models", [model.name for model in document.models])
    top.refuse_repeated("organizations", [each.name and each.slug for each in document.organizations])
    return document, problems

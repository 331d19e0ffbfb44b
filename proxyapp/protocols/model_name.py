"""The name of the model in a request body."""

from proxyapp.errors import InvalidRequest
from proxyapp.protocols.body import Members

LONGEST_NAME = 256


def read_model(fields: Members) -> str:
    """The member `model`: a name of sensible length without control characters."""
    return check_model(fields.text("model"))


def check_model(name: str | None) -> str:
    """The name itself, if it is one."""
    if not name:
        raise InvalidRequest("No model is named: 'model' must be a non-empty string.", param="model")
    if len(name) > LONGEST_NAME or not name.isprintable():
        message = f"'model' must be at most {LONGEST_NAME} printable characters."
        raise InvalidRequest(message, param="model")
    return name

"""`POST /v1/moderations`: whether an input may be offensive. No tokens are reported, so calls are priced."""

from proxyapp.protocols.base import Call
from proxyapp.protocols.body import Members
from proxyapp.protocols.model_name import read_model
from proxyapp.protocols.openai_inputs import openai_inputs
from proxyapp.protocols.openai_tasks.codec import ONE_CALL, TaskCodec, required


class ModerationsCodec(TaskCodec):
    """The model must be named here, as everywhere."""

    def __init__(self) -> None:
        super().__init__("moderations")

    def read_json(self, fields: Members, body: bytes) -> Call:
        model = read_model(fields)
        required(fields, "input")
        links, unbounded, _ = openai_inputs(body)
        return self.call(body, model, max_output=0, said=ONE_CALL, remote_media=links, unbounded=unbounded)

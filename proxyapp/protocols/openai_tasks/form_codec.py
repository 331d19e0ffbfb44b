"""Tasks that send files: the request is a form."""

from typing import Any

from proxyapp.protocols.base import Call
from proxyapp.protocols.model_name import check_model
from proxyapp.protocols.openai_tasks.codec import CARRIERS, TaskCodec
from proxyapp.protocols.openai_tasks.form import Form, read_form


class FormCall(Call, frozen=True):
    """`model_at` is where in the body the model's name stands."""

    model_at: tuple[int, int] = (0, 0)


class FormCodec(TaskCodec):
    """A task whose request is a form. Of it only the name of the model is ever changed."""

    def read(
        self, body: bytes, model: str | None, verb: str | None, query: str, content_type: str = ""
    ) -> Call:
        return self.read_form(read_form(body, content_type), body)

    def read_form(self, form: Form, body: bytes) -> Call:
        """The call in a form."""
        raise NotImplementedError

    def form_call(self, form: Form, body: bytes, **more: Any) -> FormCall:
        """A call whose model is named in the form."""
        name, part = check_model(form.text("model")), form.one("model")
        assert part is not None
        return FormCall(
            protocol=self.name,
            model=name,
            body=body,
            carriers=CARRIERS,
            lowers=False,
            model_at=(part.start, part.end),
            **more,
        )

    def write(self, call: Call, upstream_model: str, max_output: int | None) -> bytes:
        if not isinstance(call, FormCall) or upstream_model == call.model:
            return super().write(call, upstream_model, max_output)
        start, end = call.model_at
        return call.body[:start] + upstream_model.encode() + call.body[end:]

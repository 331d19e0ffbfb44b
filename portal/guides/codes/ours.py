"""Codes whose cause lies behind the call: models and their routes, providers, the gateway itself, media."""

from django.utils.translation import gettext_lazy as _

from portal.guides.codes.entry import Entry, Group, Retry

_MODEL = (
    Entry(
        "model_not_found",
        (404,),
        Retry.NO,
        _("There is no such model here, or it is switched off."),
        _("Write the name as on the price list: case matters. GET /v1/models lists what your key may call."),
        "models",
    ),
    Entry(
        "wrong_endpoint",
        (400,),
        Retry.NO,
        _(
            "The model exists, but is not served at this endpoint: as an embedding model that is "
            "asked for a conversation."
        ),
        _("Call it at the address that the hint names."),
        "models",
    ),
    Entry(
        "model_without_price",
        (403,),
        Retry.NO,
        _("The model has no price yet. What has no price is refused, never free."),
        _("Ask the operator to set its price, or choose another model."),
        "models",
    ),
    Entry(
        "model_without_route",
        (503,),
        Retry.PERHAPS,
        _("No provider of this model is switched on at the moment."),
        _("Ask the operator to give it a route, or choose another model."),
        "models",
    ),
    Entry(
        "no_credential",
        (502,),
        Retry.PERHAPS,
        _("No provider of this model can be called: none of their credentials is usable at the moment."),
        _("Tell the operator, or choose another model."),
        "models",
    ),
)

_PROVIDER = (
    Entry(
        "upstream_refused",
        (400, 404, 413, 422),
        Retry.NO,
        _(
            "The provider did not accept this request. The message holds its own words, the status is"
            " its own; nothing was charged."
        ),
        _("Correct what the message says: mostly a parameter that this model does not take."),
    ),
    Entry(
        "upstream_failed",
        (502,),
        Retry.WAIT,
        _("Every provider of this model was tried, and none could answer. Nothing was charged."),
        _("Try again. If it stays so, choose another model."),
    ),
    Entry(
        "upstream_overloaded",
        (503, 529),
        Retry.WAIT,
        _(
            "The providers of this model are overloaded. Clients of Anthropic’s protocol are told "
            "529, all others 503; nothing was charged."
        ),
        _("Wait as long as the answer says; most clients do so by themselves."),
    ),
    Entry(
        "upstream_timeout",
        (504,),
        Retry.WAIT,
        _("The provider did not answer in time. Nothing was charged."),
        _("Try again; a stream shows earlier that something is coming."),
    ),
    Entry(
        "upstream_interrupted",
        (502,),
        Retry.WAIT,
        _("The provider broke off in the middle of its answer. What had arrived until then is charged."),
        _("Try again, or let the model go on from what has arrived."),
    ),
)

_GATEWAY = (
    Entry(
        "not_ready",
        (503,),
        Retry.WAIT,
        _("Tollgate is starting, or its stores are being rebuilt. Nothing was admitted, nothing is charged."),
        _("Try again after a few seconds."),
    ),
    Entry(
        "gateway_busy",
        (503,),
        Retry.WAIT,
        _("The gateway has as many connections, or as many large requests, as it can bear."),
        _("Try again shortly, and reuse connections."),
    ),
    Entry(
        "gateway_stopping",
        (503,),
        Retry.WAIT,
        _(
            "The gateway is being restarted, and the call took longer than it waits. What had arrived"
            " until then is charged."
        ),
        _("Try again: another process answers already."),
    ),
    Entry(
        "internal_error",
        (500,),
        Retry.UNCLEAR,
        _("The gateway failed by its own fault."),
        _("See on the usage page whether it was charged. If it happens again, tell support the trace id."),
        "usage",
    ),
)

_MEDIA = (
    Entry(
        "task_not_found",
        (404,),
        Retry.NO,
        _("Your organization has no media task of this id."),
        _("Check the id, and that the key belongs to the organization which ordered it."),
    ),
    Entry(
        "task_not_cancellable",
        (409,),
        Retry.NO,
        _("The task is being carried out, and its provider cannot stop it."),
        _("Wait for its end. If it fails, it is given back."),
    ),
)

OURS = (
    Group("model", _("Models and their routes"), _MODEL),
    Group("provider", _("The provider"), _PROVIDER),
    Group("gateway", _("The gateway"), _GATEWAY),
    Group("media", _("Images, film and sound"), _MEDIA),
)

"""Codes whose cause lies with the caller: the key, the money, the request."""

from django.utils.translation import gettext_lazy as _

from portal.guides.codes.entry import Entry, Group, Retry

_KEY = (
    Entry(
        "missing_api_key",
        (401,),
        Retry.NO,
        _("No key arrived. The client has not read its settings, or has them under another name."),
        _("Send a key as Authorization: Bearer, x-api-key, x-goog-api-key or ?key=."),
        "keys",
    ),
    Entry(
        "placeholder_api_key",
        (401,),
        Retry.NO,
        _("A text that stands for a key was sent: “your-api-key-here”, or the name of a variable."),
        _("Put the key itself in its place, or set the variable where the client runs."),
        "keys",
    ),
    Entry(
        "mistyped_api_key",
        (401,),
        Retry.NO,
        _("It looks like one of our keys, but its checksum does not hold: it was cut off or mistyped."),
        _("Copy the key whole: it has 51 characters and begins with sk_."),
        "keys",
    ),
    Entry(
        "foreign_api_key",
        (401,),
        Retry.NO,
        _("The key belongs to another service. The message says whose it looks like."),
        _("Replace it in the client’s settings by a key from here. Ours begin with sk_."),
        "keys",
    ),
    Entry(
        "misplaced_api_key",
        (401,),
        Retry.NO,
        _("A key of ours came where none is looked for: in a cookie, the query, the body or another header."),
        _("Send it as Authorization: Bearer. Where it was found is in the details, as carrier."),
    ),
    Entry(
        "conflicting_api_keys",
        (401,),
        Retry.NO,
        _("Two different keys came in one call, mostly because an older variable is still set."),
        _("Send one. Where they were found is in the details, as carriers."),
    ),
    Entry(
        "invalid_api_key",
        (401,),
        Retry.NO,
        _("The key is well formed, but nobody has issued it here."),
        _("Check that the base URL is that of the service which gave you the key."),
        "keys",
    ),
    Entry(
        "api_key_expired",
        (401,),
        Retry.NO,
        _("The day on which the key was to end has passed."),
        _("Create another key."),
        "keys",
    ),
    Entry(
        "api_key_disabled",
        (401,),
        Retry.NO,
        _("Somebody in your organization has disabled the key."),
        _("Enable it again, or use another key."),
        "keys",
    ),
    Entry(
        "api_key_revoked",
        (401,),
        Retry.NO,
        _("The key was revoked, for good. Running streams of a revoked key are ended with this code, too."),
        _("Create another key."),
        "keys",
    ),
    Entry(
        "forbidden",
        (403,),
        Retry.NO,
        _("The key is good, but may not do this."),
        _("Use another key, or ask an owner of your organization to allow it."),
        "keys",
    ),
)

_MONEY = (
    Entry(
        "insufficient_credit",
        (402,),
        Retry.NO,
        _("Your organization’s credit does not cover the longest answer that the call may get."),
        _("Ask whoever runs this service for credit, or ask for fewer output tokens."),
        "billing",
    ),
    Entry(
        "budget_exceeded",
        (402,),
        Retry.NO,
        _("The key has spent what it may spend."),
        _("Raise its budget, or use another key."),
        "keys",
    ),
    Entry(
        "credit_held",
        (429,),
        Retry.WAIT,
        _("There is credit, or budget, but calls in flight hold it until they have ended."),
        _("Wait for one of them to end, or ask for fewer output tokens."),
    ),
    Entry(
        "rate_limited",
        (429,),
        Retry.WAIT,
        _("The key has made as many requests as it may within a minute."),
        _("Wait; most clients do so by themselves. If it happens often, raise the limit of the key."),
        "keys",
    ),
    Entry(
        "too_many_concurrent_calls",
        (429,),
        Retry.WAIT,
        _(
            "The key has as many calls in flight as it may have, or too many small requests, as for "
            "counting tokens, run at once."
        ),
        _("Wait for one of them to end, send fewer at a time, or raise the limit of the key."),
        "keys",
    ),
    Entry(
        "too_many_messages",
        (429,),
        Retry.WAIT,
        _("More messages wait on a WebSocket than it takes: its responses come one after the other."),
        _("Wait for the response that is running, or open another connection."),
    ),
    Entry(
        "too_many_websockets",
        (429,),
        Retry.WAIT,
        _("Your organization has as many WebSockets open as it may have."),
        _("Close some, or send POST and read its events."),
    ),
    Entry(
        "too_many_large_requests",
        (429,),
        Retry.WAIT,
        _(
            "Your organization is sending more large requests at once than the gateway keeps in "
            "memory for it."
        ),
        _("Send fewer of them at a time."),
    ),
    Entry(
        "unbounded_input",
        (400,),
        Retry.NO,
        _(
            "The request names something stored at a provider, such as a file. Its size cannot be "
            "known, so no hard cap could hold."
        ),
        _(
            "Send the content itself. The field is in the error, as param. Organizations whose operator has "
            "provisioned them with relaxed enforcement may send it as it is."
        ),
    ),
)

_REQUEST = (
    Entry(
        "invalid_request",
        (400,),
        Retry.NO,
        _(
            "A field or a header is missing, given twice, or not of the kind or size that it must be. The "
            "message names it."
        ),
        _("Correct the field that the error names, as param, and send the request again."),
    ),
    Entry(
        "invalid_json",
        (400,),
        Retry.NO,
        _("The body is empty, is no JSON object in UTF-8, or is nested too deeply."),
        _("Send one JSON object, without a byte order mark."),
    ),
    Entry(
        "invalid_form",
        (400,),
        Retry.NO,
        _("The form, as for a recording or a picture, is not well-formed multipart/form-data."),
        _("Let the client or a library write the form and its content-type."),
    ),
    Entry(
        "invalid_encoding",
        (400,),
        Retry.NO,
        _("The body is not packed as its content-encoding says, or its end is missing."),
        _("Pack it as the header says, or send it as it is, without the header."),
    ),
    Entry(
        "unsupported_encoding",
        (415,),
        Retry.NO,
        _("The body is packed in a way that is not understood, or several times over."),
        _("Send it as it is, or packed once with gzip, deflate or zstd."),
    ),
    Entry(
        "not_translatable",
        (400,),
        Retry.NO,
        _(
            "The model speaks another protocol, in which something of this request has no "
            "counterpart. The message names it."
        ),
        _("Leave it out, or choose a model that speaks the protocol of your client."),
        "models",
    ),
    Entry(
        "context_length_exceeded",
        (400,),
        Retry.NO,
        _(
            "The prompt is longer than the model takes. The error tells how long it is, how long it "
            "may be, and which message is the largest."
        ),
        _("Shorten the conversation or begin a new one, or choose a model with a larger context."),
        "models",
    ),
    Entry(
        "response_not_found",
        (404,),
        Retry.NO,
        _(
            "Your organization has no stored response of this id. They are kept for 30 days, unless "
            "store was false."
        ),
        _("Send the whole conversation instead of previous_response_id."),
    ),
    Entry(
        "request_too_large",
        (413,),
        Retry.NO,
        _("More than 32 MB in one request: mostly images."),
        _("Make them smaller, or begin a new conversation."),
    ),
    Entry(
        "headers_too_large",
        (431,),
        Retry.NO,
        _("The headers of the request are larger than 64 kB, or more than 256."),
        _("Look for a variable or a setting that adds headers, or for cookies."),
    ),
    Entry(
        "uri_too_long",
        (414,),
        Retry.NO,
        _("The address of the request is longer than 16 kB."),
        _("Put what you send into the body."),
    ),
    Entry(
        "request_timeout",
        (408,),
        Retry.WAIT,
        _("The headers or the body of the request stopped arriving. The connection is closed."),
        _("Send it again. If it happens often, look at your network, or send smaller requests."),
    ),
    Entry(
        "unknown_message",
        (400,),
        Retry.NO,
        _("A message on a WebSocket is no response.create in JSON."),
        _("Send the body of a request to Responses with this type, as a text message."),
    ),
    Entry(
        "unknown_path",
        (404,),
        Retry.NO,
        _("There is nothing at this address. The error shows the path that was asked for."),
        _(
            "Check the base URL: some clients add /v1 themselves, some want it given. The error "
            "proposes what may be meant."
        ),
        "guides",
    ),
    Entry(
        "method_not_allowed",
        (405,),
        Retry.NO,
        _("The address is right, but it is called in another way, mostly with POST."),
        _("Use a method that the header Allow names."),
    ),
    Entry(
        "websocket_not_spoken",
        (426,),
        Retry.NO,
        _("The client asked for a WebSocket. Codex does so at the start of a session, and goes on without."),
        _("Send POST, and read the events of the answer."),
    ),
)

CALLERS = (
    Group("key", _("The key"), _KEY),
    Group("money", _("Money and limits"), _MONEY),
    Group("request", _("The request"), _REQUEST),
)

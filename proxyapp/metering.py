"""What a call may cost, what it did cost, and the event that says so.

Before the call: the worst case, which is held. Afterwards: the usage that the provider reported, or an
estimate where it reported none, at the price version that was current when the call was admitted.
"""

import time

import msgspec

from proxyapp import money
from proxyapp.errors import Forbidden, InvalidRequest, Problem
from proxyapp.protocols.base import Call, Reading
from proxyapp.snapshot import Catalogue, KeyFacts, ModelFacts, PriceFacts, Target
from proxyapp.usage import INPUT_METERS, Attempt, Outcome, Source, TokenUsage, UsageEvent

BYTES_PER_TOKEN_AT_LEAST = 2  # the bound: no text has more tokens than half its bytes
BYTES_PER_TOKEN_USUAL = 4  # the estimate
TOKENS_PER_REMOTE_MEDIUM = 20_000  # above every provider's published rule for one image or page
_EXPECTED_OUTPUT = 1_024
_TOKEN_METERS = (*INPUT_METERS, "output")

encode = msgspec.json.Encoder().encode


class Terms:
    """The prices of one call, fixed when it is admitted."""

    __slots__ = ("multiplier_ppm", "sell")

    def __init__(self, sell: PriceFacts, multiplier_ppm: int) -> None:
        self.sell = sell
        self.multiplier_ppm = multiplier_ppm

    def worst_case(self, call: Call, ceiling: int) -> int:
        """Nano-USD that the call can cost at most, with `ceiling` output tokens for each answer."""
        return self._amount(_input_bound(call), ceiling * call.answers, call.said | call.bounds)

    def expected(self, call: Call, ceiling: int) -> int:
        """Nano-USD that the call will cost in all likelihood; for relaxed mode."""
        output = min(ceiling, _EXPECTED_OUTPUT) * call.answers
        tokens = _usual_tokens(len(call.body)) + call.prior
        return self._amount(tokens, output, call.said | call.usual)

    def affordable(self, call: Call, free: int) -> int:
        """The highest output ceiling whose worst case fits into `free` nano-USD; 0 if none does."""
        low, high = 0, 2**31
        if self.worst_case(call, 1) > free or self.worst_case(call, high) <= free:
            return 0  # too dear already, or output is not what it is priced by
        while high - low > 1:
            middle = (low + high) // 2
            if self.worst_case(call, middle) <= free:
                low = middle
            else:
                high = middle
        return low

    def amount(self, usage: TokenUsage) -> int:
        return money.rounded(self.sell.pico(usage), self.multiplier_ppm)

    @property
    def by_tokens(self) -> bool:
        """Whether tokens of any kind cost something."""
        return any(self.sell.rates[meter] for meter in _TOKEN_METERS)

    def _amount(self, tokens: int, output: int, others: dict[str, int]) -> int:
        """`others` are units of other meters, or of these, where they are known better."""
        units = {"calls": 1, "input": tokens, "output": output} | others
        rates, pico = self.sell.rates, units.pop("input") * self.sell.dearest_input
        for meter, count in units.items():
            pico += count * rates[meter]
        return money.rounded(pico, self.multiplier_ppm)


def terms(catalogue: Catalogue, model: ModelFacts, key: KeyFacts) -> Terms:
    """The price of `model` for `key`: its group's own, else the base price times the group's multiplier.

    Forbidden where there is none: an unpriced model is refused, never free.
    """
    own = model.prices.get(key.price_group_id) if key.price_group_id else None
    if own:
        return Terms(own, money.PPM)
    base = model.prices.get(0)
    if base is None:
        raise Forbidden(
            f"The model {model.name!r} has no price yet, so it cannot be called.",
            code="model_without_price",
            hint="Ask the operator to set its price.",
        )
    return Terms(base, catalogue.multipliers.get(key.price_group_id, money.PPM))


def refuse_unbounded(call: Call) -> None:
    """In hard mode an input whose size cannot be known cannot be admitted."""
    if call.unbounded:
        raise InvalidRequest(
            f"The size of {call.unbounded!r} cannot be known before the call, and the cap is a hard one.",
            code="unbounded_input",
            hint="Send the content itself, or ask the operator to provision your organization with "
            'enforcement = "relaxed".',
            param=call.unbounded,
        )


class Meter:
    """Keeps the account of one call from admission to its event."""

    def __init__(self, call_id: str, key: KeyFacts, call: Call, model: ModelFacts, price: Terms) -> None:
        self.call_id = call_id
        self.key = key
        self.call = call
        self.model = model
        self.terms = price
        self.held = 0
        self.attempts: list[Attempt] = []
        self.target: Target | None = None
        self.reading: Reading | None = None
        self.broken = ""  # error code of an upstream that failed after its first output
        self.converted = ""  # between which protocols the call was translated, and what was lost
        self.repaired = ""  # what was taken out of the call so that its provider would have it
        self.left = False  # the client is gone
        self.opened_early = False  # its stream was opened before there was output
        self.stopped: Problem | None = None  # why we end the call from our side
        self.final: UsageEvent | None = None  # the event that was settled
        self._began = time.monotonic()
        self._first_output_ms = 0
        self._body_bytes = len(call.body)

    @property
    def ceiling(self) -> int:
        """The most output tokens for each answer: as asked for, else what the model is offered with."""
        asked = self.call.max_output
        return self.model.max_output_tokens if asked is None else asked

    @property
    def has_output(self) -> bool:
        return self._first_output_ms > 0

    def saw_output(self) -> None:
        """The first real output has just been seen."""
        if not self._first_output_ms:
            self._first_output_ms = max(1, self._elapsed_ms())

    def forget_body(self) -> None:
        """The answer has begun: the body will not be sent again, so it is not kept while that runs."""
        self.call = msgspec.structs.replace(self.call, body=b"")

    def told(self, status: int) -> int:
        """The status the client was given: that of an error, unless its stream had begun with 200."""
        return 200 if self.opened_early or (self.call.stream and self.has_output) else status

    def event(self, outcome: Outcome, status: int, error: str = "", *, orphan: bool = False) -> UsageEvent:
        """The call as fact, as things stand now."""
        usage, source = self._usage(outcome)
        amount = self.terms.amount(usage)
        route = self.target.route if self.target else None
        cost = route.cost if route else None
        return UsageEvent(
            call_id=self.call_id,
            organization_id=self.key.organization_id,
            key_id=self.key.key_id,
            user_id=self.key.user_id,
            model_id=self.model.model_id,
            model=self.model.name,
            protocol=self.call.protocol,
            provider_id=route.provider_id if route else 0,
            route_id=route.route_id if route else 0,
            credential_id=self.target.credential_id if self.target else 0,
            stream=self.call.stream,
            status=status,
            outcome=outcome,
            error=error,
            usage=usage,
            source="orphan" if orphan else source,
            sell_price_id=self.terms.sell.price_id,
            cost_price_id=cost.price_id if cost else 0,
            multiplier_ppm=self.terms.multiplier_ppm,
            held=self.held,
            amount=amount,
            charged=self._charged(amount),
            cost=money.rounded(cost.pico(usage)) if cost else 0,
            latency_ms=self._elapsed_ms(),
            first_output_ms=self._first_output_ms,
            attempts=tuple(self.attempts),
        )

    def checkpoint(self) -> bytes:
        """What to book should this process die now."""
        return encode(self.event("interrupted", 0, orphan=True))

    def _elapsed_ms(self) -> int:
        return round((time.monotonic() - self._began) * 1000)

    def _charged(self, amount: int) -> int:
        """In hard mode never more than was held: the rest is the platform's overrun."""
        return amount if self.key.enforcement == "relaxed" else min(amount, self.held)

    def _usage(self, outcome: Outcome) -> tuple[TokenUsage, Source]:
        """What was used, and who says so. Where nothing was delivered, nothing is charged."""
        reading = self.reading
        if reading and reading.finished and reading.usage is not None:
            return self._completed(reading.usage, reading.output_bytes)
        if outcome == "refused" or (outcome == "upstream_failed" and not (reading and reading.started)):
            return TokenUsage(calls=0), "provider"
        if outcome == "client_left" and self.target is None:
            return TokenUsage(calls=0), "provider"
        call, tokens = self.call, _usual_tokens(self._body_bytes) + self.call.prior
        usual = {"input": tokens} | call.usual | call.said
        if reading is None:  # no picture has been seen, whereas text and sound were sent
            return TokenUsage(**usual | {"images": 0}), "estimated"
        if reading.finished and call.said and not self.terms.by_tokens:
            return TokenUsage(**call.said), "provider"
        return _with_generated(reading.usage or TokenUsage(**usual), reading.output_bytes), "estimated"

    def _completed(self, reported: TokenUsage, output_bytes: int) -> tuple[TokenUsage, Source]:
        """A report, what the request says besides, and a guess at what it is priced by and nobody has said: a
        provider may report seconds where the price is one of tokens, or the other way round.
        """
        call, rates = self.call, self.terms.sell.rates
        if not (call.said or call.usual):
            return reported, "provider"
        guessed = {
            meter: units for meter, units in call.usual.items() if rates[meter] and not _has(reported, meter)
        }
        whole = msgspec.structs.replace(reported, **call.said | guessed)
        return (_with_generated(whole, output_bytes), "estimated") if guessed else (whole, "provider")


def _has(usage: TokenUsage, meter: str) -> bool:
    """Whether a report says something of this meter; of the input, if it counts tokens at all."""
    tokens = usage.input + usage.cache_read + usage.output
    return bool(tokens if meter == "input" else getattr(usage, meter))


def _with_generated(usage: TokenUsage, output_bytes: int) -> TokenUsage:
    """With at least the output that has been seen."""
    generated = -(-output_bytes // BYTES_PER_TOKEN_USUAL)
    return msgspec.structs.replace(usage, output=max(usage.output, generated))


def _usual_tokens(size: int) -> int:
    return -(-size // BYTES_PER_TOKEN_USUAL)


def _input_bound(call: Call) -> int:
    text = -(-len(call.body) // BYTES_PER_TOKEN_AT_LEAST)
    return text + call.remote_media * TOKENS_PER_REMOTE_MEDIUM + call.prior

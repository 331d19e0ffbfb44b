"""The tables of providers and models, field by field."""

import pytest

from .filing import document, problems


def provider(fields: str) -> list[str]:
    return problems(f'[[providers]]\nname = "p"\n{fields}')


def credential(fields: str) -> list[str]:
    return provider(f'protocols = {{ gemini = "https://g" }}\ncredentials = [{{ {fields} }}]')


def route(fields: str) -> list[str]:
    return problems(f'[[models]]\nname = "m"\nroutes = [{{ provider = "p", protocol = "gemini", {fields} }}]')


def price(fields: str) -> list[str]:
    return problems(f'[[models]]\nname = "m"\nroutes = []\nprice = {{ {fields} }}')


def test_it_works() -> None:
    assert provider('protocols = { gemini = "https://g" }') == []


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ("", "providers[0].protocols: is missing"),
        ("protocols = 1", "providers[0].protocols: must be a table, not a number"),
        (
            "protocols = {}",
            "providers[0].protocols: names none of anthropic, openai_chat, openai_responses, gemini, "
            "media_v3",
        ),
        (
            'protocols = { gemini = "https://g", antropic = "https://a" }',
            "providers[0].protocols.antropic: unknown field (did you mean anthropic?)",
        ),
        (
            'protocols = { gemini = "ftp://g" }',
            "providers[0].protocols.gemini: must be a URL such as https://api.example.com",
        ),
        (
            'protocols = { gemini = "https://g" }\nallow_private_addresses = 1',
            "providers[0].allow_private_addresses: must be true or false, not a number",
        ),
    ],
)
def test_a_provider_is_refused(fields: str, problem: str) -> None:
    assert provider(fields) == [problem]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ('name = "c"', "value: give the secret either here or by the name of a variable in env"),
        (
            'name = "c", value = "s", env = "PROVIDER_SECRET"',
            "value: give the secret either here or by the name of a variable in env",
        ),
        ('name = "c", env = "NO_SUCH"', "env: the environment variable NO_SUCH is not set"),
        ('value = "s"', "name: is missing"),
        ('name = "c", value = "two words"', "value: must be printable ASCII without spaces"),
        ('name = "c", value = ""', "value: must be printable text without spaces around it, and not empty"),
    ],
)
def test_a_credential_is_refused(fields: str, problem: str) -> None:
    assert credential(fields) == [f"providers[0].credentials[0].{problem}"]


def test_a_refused_secret_is_not_repeated() -> None:
    assert "hush" not in str(credential('name = "c", value = "hush hush"'))


def test_a_credential_name_twice_is_refused() -> None:
    found = provider("""
        protocols = { gemini = "https://g" }
        credentials = [{ name = "c", value = "1" }, { name = "c", value = "2" }]
    """)
    assert found == ["providers[0].credentials[1].name: duplicate of providers[0].credentials[0].name"]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ("priority = -1", "priority: must be from 0 to 32767, not -1"),
        ("weight = 0", "weight: must be from 1 to 1000000, not 0"),
        ("weight = true", "weight: must be a whole number, not a boolean"),
        ("weight = 1.5", "weight: must be a whole number, not a number"),
        ('upstream = ""', "upstream: must be printable text without spaces around it, and not empty"),
    ],
)
def test_a_route_is_refused(fields: str, problem: str) -> None:
    assert route(fields) == [f"models[0].routes[0].{problem}"]


def test_an_unknown_protocol_is_refused() -> None:
    found = problems('[[models]]\nname = "m"\nroutes = [{ provider = "p", protocol = "openai_chta" }]')
    assert found == [
        "models[0].routes[0].protocol: must be one of anthropic, openai_chat, openai_responses, gemini, "
        "media_v3, not openai_chta (did you mean openai_chat?)"
    ]


def test_the_same_route_twice_is_refused() -> None:
    way = '{ provider = "p", protocol = "gemini" }'
    found = problems(f'[[models]]\nname = "m"\nroutes = [{way}, {way}]')
    assert found == ["models[0].routes[1].upstream: duplicate of models[0].routes[0].upstream"]


def test_a_model_says_how_it_is_served() -> None:
    assert problems('[[models]]\nname = "m"') == ["models[0].routes: is missing"]


@pytest.mark.parametrize("amount", ["3", "3.0", '"3"', '"3.000000"', "3e0"])
def test_money_is_read_exactly(amount: str) -> None:
    (model,) = document(
        f'[[models]]\nname = "m"\nroutes = []\nprice = {{ input = {amount}, output = 0.1 }}'
    ).models
    assert model.price
    assert (model.price["input"], model.price["output"]) == (3_000_000, 100_000)


@pytest.mark.parametrize(
    ("amount", "problem"),
    [
        ("true", "must be an amount in USD, not a boolean"),
        ("1979-05-27", "must be an amount in USD, not a date or time"),
        ("-1", "must not be negative"),
        ('"-1"', "must not be negative"),
        ("nan", "must be a finite amount"),
        ("inf", "must be a finite amount"),
        ('"three"', "must be an amount in USD such as 12.50, not 'three'"),
        ('"1e3"', "must be an amount in USD such as 12.50, not '1e3'"),
        ("0.0000001", "1E-7 USD per million units is finer than can be booked exactly"),
        ("1.00000000000000000000000000000001", "has more digits than can be booked exactly"),
        ("1e999999", "has more digits than can be booked exactly"),
        ("1e15", "1E+15 USD per million units is larger than can be booked"),
    ],
)
def test_money_is_refused(amount: str, problem: str) -> None:
    assert price(f"input = {amount}, output = 1") == [f"models[0].price.input: {problem}"]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        (
            "",
            ": names no price: give input and output, or one of characters, per_image, per_second, per_call",
        ),
        ("input = 1", ".output: is missing: tokens of this kind would be free"),
        ("output = 1, per_call = 1", ".input: is missing: tokens of this kind would be free"),
        ("input = 1, output = 1, ouput = 1", ".ouput: unknown field (did you mean output?)"),
    ],
)
def test_half_a_price_is_refused(fields: str, problem: str) -> None:
    assert price(fields) == [f"models[0].price{problem}"]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ("proxy = 1", "proxy: must be a table, not a number"),
        (
            'proxy = { value = "proxy:1" }',
            "proxy.value: must begin with http:// or socks5://, also for providers with https addresses",
        ),
        ('proxy = { env = "NO_SUCH" }', "proxy.env: the environment variable NO_SUCH is not set"),
        ('proxy = { vaule = "http://p" }', "proxy.vaule: unknown field (did you mean value?)"),
        ('http2 = "yes"', "http2: must be true or false, not text"),
        ("ca_bundle = 1", "ca_bundle: must be text, not a number"),
        (
            'ca_bundle = "ours"',
            "ca_bundle: must hold certificates in PEM, each from BEGIN to END CERTIFICATE",
        ),
    ],
)
def test_a_road_is_refused(fields: str, problem: str) -> None:
    assert f"providers[0].{problem}" in provider(f'protocols = {{ gemini = "https://g" }}\n{fields}')


def test_a_refused_proxy_is_not_repeated() -> None:
    road = 'proxy = { value = "ftp://user:hush@proxy" }'
    assert "hush" not in str(provider(f'protocols = {{ gemini = "https://g" }}\n{road}'))


@pytest.mark.parametrize(
    ("fields", "proxy"),
    [("", None), ("proxy = {}", ""), ('proxy = { value = "http://p:1/" }', "http://p:1")],
)
def test_a_proxy_is_left_given_up_or_set(fields: str, proxy: str | None) -> None:
    text = f'[[providers]]\nname = "p"\nprotocols = {{ gemini = "https://g" }}\n{fields}'
    (found,) = document(text).providers
    assert found.proxy == proxy

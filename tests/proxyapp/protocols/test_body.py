"""Request bodies are read strictly: what was checked is what the provider will obey."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyapp.errors import InvalidRequest
from proxyapp.protocols.body import MOST_TOKENS, Members, read_body, rewrite, rewrite_inner


def refused(body: bytes) -> dict[str, Any]:
    with pytest.raises(InvalidRequest) as caught:
        read_body(body)
    assert caught.value.problem.status == 400
    return caught.value.problem.details


def test_it_works() -> None:
    fields = read_body(b'{"model": "m", "stream": true, "max_tokens": 5, "inner": {"a": null}}')
    assert fields.text("model") == "m"
    assert fields.flag("stream")
    assert fields.whole("max_tokens") == 5
    inner = fields.inner("inner")
    assert inner is not None
    assert not inner.has("a")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"[]",
        b'"model"',
        b"null",
        b"12",
        b"{",
        b'{"model":"m"}x',
        b'{"model":"m"}{}',
        b"{'model':'m'}",
        b'{"model":"m",}',
        b'{"n":NaN}',
        b'{"n":Infinity}',
        b'{"n":-Infinity}',
        b'{"n":01}',
        b'{"a":"\x01"}',
        b'\xef\xbb\xbf{"model":"m"}',
        b'{"model":"\xff"}',
        b'{"messages":["\xed\xa0\x80"]}',
        '{"model":"m"}'.encode("utf-16"),
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"a":' * 100_000,
    ],
)
def test_what_is_no_json_object_in_utf8_is_refused(body: bytes) -> None:
    refused(body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"model":"a","model":"b"}',
        b'{"model":"a","model":"a"}',
        b'{"model":"a","x":1,"model":"ab"}',
        b'{"model":"ab","x":1,"model":"a"}',
        b'{"model":1,"model":12}',
        b'{"model":12,"model":1}',
        b'{"model":"a","\\u006dodel":"b"}',
        b'{"\\u006dodel":"a", "model":"b"}',
        b'{"\\u006Dodel":"a","mod\\u0065l":"b"}',
        b'{ "x" : "}" , "model" : "a" , "y":{"model":"q"}, "model":"b" }',
        b'{"x":"\\",\\"model\\":","model":{},"model":[]}',
        b'{"model":null,"model":"b"}',
        b' \n{"model":"a"\t,\r"model":"b"}\n',
    ],
)
def test_a_key_given_twice_is_refused_and_named(body: bytes) -> None:
    assert refused(body) == {"param": "model"}


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ('{"model":"a","Model":"b"}', "model"),
        ('{"MODEL":"b","model":"a"}', "model"),
        ('{"model":"a","stream":1,"\u017ftream":2}', "stream"),
    ],
)
def test_a_key_given_in_two_cases_is_refused(body: str, param: str) -> None:
    """A provider whose JSON does not mind would obey the last one."""
    assert refused(body.encode()) == {"param": param}


def test_a_key_in_another_case_is_refused_where_it_matters() -> None:
    fields = read_body(b'{"model":"a","N":8,"Whatever":1}')
    with pytest.raises(InvalidRequest) as caught:
        fields.whole("n")
    assert (caught.value.problem.details, caught.value.problem.message) == (
        {"param": "n"},
        "'n' must be written so, not 'N'.",
    )


@pytest.mark.parametrize(
    "body",
    [
        b'{"model":"a","x":{"Model":"b"},"modelled":"c"}',
        b'{"model":"a","x":{"model":"b"},"y":[{"model":"c"}]}',
        b'{"model":"a","x":"\\"model\\":\\"b\\""}',
        '{"model":"a","модель":"b"}'.encode(),
        b'  { "model" : "a" , "x" : [ 1 , { "model" : 2 } ] }  ',
        b'{"\\u006dodel":"a"}',
        b'{"model":"a","":1," ":2,"\\u0000":3}',
        b'{"model":"a","x":1e999,"y":123456789012345678901234567890}',
    ],
)
def test_what_only_looks_like_twice_is_read(body: bytes) -> None:
    assert read_body(body).text("model") == "a"


keys = st.sampled_from(["a", "b", "model", 'q"', "\\", "é", "\u2028", ""])
values = st.recursive(
    st.none() | st.booleans() | st.integers(-20, 200) | st.sampled_from(["", "a", '"a":', "}", "\\", "é"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def written_objects(draw: st.DrawFn) -> tuple[str, bool]:
    """An object as anyone may write it, and whether a key is in it twice."""
    pairs = draw(st.lists(st.tuples(keys, values), max_size=6))
    blank = st.sampled_from(["", " ", "\n", "\t "])
    parts = []
    for key, value in pairs:
        ascii_only = draw(st.booleans())
        name = json.dumps(key, ensure_ascii=ascii_only)
        if key == "model" and draw(st.booleans()):
            name = '"m\\u006fdel"'
        spaced = (", ", ": ") if draw(st.booleans()) else (",", ":")
        text = json.dumps(value, ensure_ascii=ascii_only, separators=spaced)
        parts.append(f"{draw(blank)}{name}{draw(blank)}:{draw(blank)}{text}{draw(blank)}")
    return "{" + ",".join(parts) + "}" + draw(blank), len({key for key, _ in pairs}) < len(pairs)


@given(written=written_objects())
def test_twice_is_found_however_it_is_written(written: tuple[str, bool]) -> None:
    text, twice = written
    if twice:
        refused(text.encode())
    else:
        fields = read_body(text.encode())
        assert {name: json.loads(bytes(raw)) for name, raw in fields.found.items()} == json.loads(text)


@pytest.mark.parametrize(
    "value",
    [
        "-1",
        "0",
        "true",
        "1.5",
        "1.0",
        "1e3",
        '"100"',
        "[]",
        "{}",
        str(2**63),
        str(2**64),
        str(MOST_TOKENS + 1),
    ],
)
def test_what_is_no_sensible_whole_number_is_refused(value: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_body(f'{{"n":{value}}}'.encode()).whole("n")
    assert caught.value.problem.details == {"param": "n"}
    assert "'n'" in caught.value.problem.message


@pytest.mark.parametrize("value", ["1", '"true"', "0", "[]", '""'])
def test_a_flag_is_true_or_false(value: str) -> None:
    with pytest.raises(InvalidRequest):
        read_body(f'{{"stream":{value}}}'.encode()).flag("stream")


def test_null_is_absent() -> None:
    fields = read_body(b'{"a":null}')
    assert fields.whole("a") is None
    assert fields.text("a") is None
    assert fields.inner("a") is None
    assert not fields.flag("a")


def test_a_field_inside_is_named_with_its_path() -> None:
    inner = read_body(b'{"a":{"b":"x"}}').inner("a")
    assert inner is not None
    with pytest.raises(InvalidRequest) as caught:
        inner.whole("b")
    assert caught.value.problem.details == {"param": "a.b"}


def test_a_key_twice_inside_is_refused() -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_body(b'{"a":{"b":1,"b":2}}').inner("a")
    assert caught.value.problem.details == {"param": "a.b"}


def test_rewriting_keeps_all_else_byte_for_byte() -> None:
    body = '{"model":"a","x":[ 1.0, 1e2, "\\u00e9é\\/" ],"y":{"z" : 12345678901234567890}}'.encode()
    assert rewrite(body, {"model": "b", "n": 1}) == body.replace(b'"a"', b'"b"')[:-1] + b',"n":1}'


def test_rewriting_inside_keeps_the_other_members() -> None:
    fields = read_body(b'{"a":{"b": 1.0,"c":false}}')
    assert bytes(rewrite_inner(fields, "a", {"c": True})) == b'{"b":1.0,"c":true}'
    assert bytes(rewrite_inner(Members({}), "a", {"c": True})) == b'{"c":true}'

"""What a generateContent request asks."""

import pytest

from proxyapp.protocols.canonical import Media, Seal, Text, Thinking, ToolResult, ToolUse, Turn
from proxyapp.protocols.carrying import carried
from tests.proxyapp.protocols.gemini.translation.saying import read, read_parts

CALL = {"functionCall": {"id": "5215e9a4", "name": "write_file", "args": {"path": "a"}}}
SIGNATURE = "2kJwUjOZ5UTcMwXXLb8q7qe7Bi4W3oOZCw/W1qfMfpJMZXQgbWUgdGhpbmsgYWJvdXQgc3RlcCAwLg=="


def result(name: str = "write_file", response: object = None, **others: object) -> dict[str, object]:
    return {"functionResponse": {"name": name, "response": response or {"output": "ok"}, **others}}


def test_it_works() -> None:
    question = read(systemInstruction={"role": "user", "parts": [{"text": "Be brief."}]})
    assert question.turns == [Turn("user", [Text("Hello")])]
    assert question.system == [Text("Be brief.")]
    assert question.losses == []


def test_a_tool_loop_of_gemini_cli() -> None:
    turns = read_parts(
        ("user", {"text": "Please."}),
        ("model", {"text": "I will."}, {**CALL, "thoughtSignature": SIGNATURE}),
        ("user", result(id="5215e9a4")),
    )
    seal = Seal(origin="gemini", value=SIGNATURE)
    use = ToolUse("5215e9a4", "write_file", '{"path":"a"}')
    assert turns[1].parts == [Text("I will."), Thinking(seal=seal), use]
    assert turns[2].parts == [ToolResult("5215e9a4", "write_file", [Text("ok")])]


def test_both_spellings_mean_the_same() -> None:
    turns = read_parts(
        ("user", {"inline_data": {"mime_type": "image/png", "data": "aGk="}}),
        ("model", {"function_call": {"name": "look"}, "thought_signature": "c2ln"}),
        ("function", {"function_response": {"name": "look", "response": {"error": "blind"}}}),
    )
    assert turns[0].parts == [Media("image", media_type="image/png", data="aGk=")]
    assert turns[1].parts[0] == Thinking(seal=Seal(origin="gemini", value="c2ln"))
    assert turns[2].parts == [ToolResult("call_0", "look", [Text("blind")], is_error=True)]


def test_single_objects_stand_for_lists() -> None:
    question = read(
        contents={"parts": {"text": "Hi"}},
        system_instruction={"parts": {"text": "Be brief."}},
        tools={"function_declarations": {"name": "look"}},
    )
    assert question.turns == [Turn("user", [Text("Hi")])]
    assert (question.system[0].text, question.tools[0].name) == ("Be brief.", "look")


@pytest.mark.parametrize(
    "given",
    [
        "Be brief.",
        ["Be brief."],
        {"text": "Be brief."},
        [{"text": "Be brief."}],
        {"parts": [{"text": "Be brief."}]},
    ],
)
def test_a_system_instruction_has_many_forms(given: object) -> None:
    assert read(systemInstruction=given).system == [Text("Be brief.")]


def test_the_same_side_speaking_twice_is_one_turn() -> None:
    turns = read_parts(("user", {"text": "One"}), ("user", {"text": "Two"}), ("model", {"text": ""}))
    assert turns == [Turn("user", [Text("One"), Text("Two")])]


def test_results_find_their_calls_by_name_and_order() -> None:
    bare = {"functionCall": {"name": "look", "args": {}}}
    turns = read_parts(
        ("model", bare, {"functionCall": {"name": "hear"}}, bare),
        ("user", result("hear"), result("look", {"output": "first"}), result("look", {"output": "second"})),
    )
    uses = [part.id for part in turns[0].parts if isinstance(part, ToolUse)]
    assert uses == ["call_0", "call_1", "call_2"]
    results = [part.id for part in turns[1].parts if isinstance(part, ToolResult)]
    assert results == ["call_1", "call_0", "call_2"]


def test_ids_are_unique_even_where_the_client_gives_one_twice() -> None:
    turns = read_parts(("model", CALL, CALL), ("user", result(id="5215e9a4"), result(id="5215e9a4")))
    assert [part.id for part in turns[0].parts if isinstance(part, ToolUse)] == ["5215e9a4", "call_1"]
    assert [part.id for part in turns[1].parts if isinstance(part, ToolResult)] == ["5215e9a4", "call_1"]


@pytest.mark.parametrize(
    ("response", "text"),
    [
        ({"output": {"a": 1}}, '{"a":1}'),
        ({"result": "x"}, '{"result":"x"}'),
        ({"output": "x", "more": 1}, '{"output":"x","more":1}'),
    ],
)
def test_a_result_that_is_no_text_is_json(response: object, text: str) -> None:
    turns = read_parts(("model", CALL), ("user", result(response=response)))
    assert turns[1].parts == [ToolResult("5215e9a4", "write_file", [Text(text)])]


def test_a_result_may_hold_media() -> None:
    image = {"inlineData": {"mimeType": "image/png", "data": "aGk=", "displayName": "a.png"}}
    turns = read_parts(("model", CALL), ("user", result(parts=[image])))
    media = Media("image", media_type="image/png", data="aGk=", name="a.png")
    assert turns[1].parts == [ToolResult("5215e9a4", "write_file", [Text("ok"), media])]


def test_a_result_may_be_empty() -> None:
    turns = read_parts(("model", CALL), ("user", result(response={"output": None})))
    assert turns[1].parts == [ToolResult("5215e9a4", "write_file", [])]


def test_base64_is_brought_to_the_usual_alphabet() -> None:
    [turn] = read_parts(("user", {"inlineData": {"mimeType": "application/pdf", "data": "_-8"}}))
    assert turn.parts == [Media("document", media_type="application/pdf", data="/+8=")]


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ({"fileUri": "https://example.com/a.JPG?x=1"}, "image"),
        ({"fileUri": "https://example.com/a", "mimeType": "audio/mpeg"}, "audio"),
        ({"fileUri": "https://www.youtube.com/watch?v=x"}, "video"),
        ({"fileUri": "https://[broken/a.png"}, "document"),
    ],
)
def test_files_by_link(file: dict[str, str], kind: str) -> None:
    [turn] = read_parts(("user", {"fileData": file}))
    [media] = turn.parts
    assert isinstance(media, Media)
    assert (media.kind, media.url) == (kind, file["fileUri"])


def test_thoughts_that_come_back() -> None:
    [turn] = read_parts(
        ("model", {"text": "Hm.", "thought": True}, {"text": "42", "thoughtSignature": "c2ln"})
    )
    assert turn.parts == [Thinking("Hm."), Thinking(seal=Seal(origin="gemini", value="c2ln")), Text("42")]


@pytest.mark.parametrize("alphabet", ["+/", "-_"])
def test_a_foreign_seal_joins_the_thoughts_it_is_of(alphabet: str) -> None:
    seal = Seal(origin="anthropic", value="EqQB?~>+/=")
    signature = carried(seal, "gemini").translate(str.maketrans("+/", alphabet))
    [turn] = read_parts(("model", {"text": "Hm.", "thought": True}, {**CALL, "thoughtSignature": signature}))
    assert turn.parts[0] == Thinking("Hm.", seal=seal)


def test_the_sign_for_no_signature_is_no_seal() -> None:
    [turn] = read_parts(("model", {**CALL, "thoughtSignature": "skip_thought_signature_validator"}))
    assert turn.parts == [ToolUse("5215e9a4", "write_file", '{"path":"a"}')]


def test_code_that_ran_at_the_provider_is_text() -> None:
    code = {"executableCode": {"language": "PYTHON", "code": "print(1)"}}
    outcome = {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1"}}
    [turn] = read_parts(("model", code, outcome))
    assert turn.parts == [Text("```python\nprint(1)\n```\n"), Text("```\n1\n```\n")]

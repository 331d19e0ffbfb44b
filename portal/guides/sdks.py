"""The official SDKs for Python, and curl."""

from portal.catalogue.models import Protocol
from portal.guides.filling import Filling
from portal.guides.snippet import Snippet, shell


def snippets(filling: Filling) -> list[Snippet]:
    return [
        shell("install", "pip install openai anthropic google-genai", filling),
        *(_python(slug, protocol, filling) for slug, protocol in _PYTHON_FOR.items()),
        *(_command(slug, protocol, filling) for slug, protocol in _commands_for(filling).items()),
    ]


def _commands_for(filling: Filling) -> dict[str, Protocol]:
    return {"invoke": Protocol.OPENAI_CHAT} if filling.windows else _CURL_FOR


def _python(slug: str, protocol: Protocol, filling: Filling) -> Snippet:
    file = f"hello_{slug.replace('-', '_')}.py"
    return Snippet(slug, "python", _written(_PYTHON[slug], protocol, filling), file)


def _command(slug: str, protocol: Protocol, filling: Filling) -> Snippet:
    return shell(slug, _written(_COMMANDS[slug], protocol, filling), filling)


def _written(text: str, protocol: Protocol, filling: Filling) -> str:
    known = {"MODEL": filling.model(protocol), "ADDRESS": filling.address, "KEY": filling.key}
    for name, value in known.items():
        text = text.replace(f"<{name}>", value)
    return text


_PYTHON_FOR = {
    "openai": Protocol.OPENAI_RESPONSES,
    "openai-chat": Protocol.OPENAI_CHAT,
    "anthropic": Protocol.ANTHROPIC,
    "google-genai": Protocol.GEMINI,
}
_PYTHON = {
    "openai": """\
from openai import OpenAI

client = OpenAI(base_url="<ADDRESS>/openai/v1", api_key="<KEY>")
answer = client.responses.create(model="<MODEL>", input="Say hello", max_output_tokens=256)
print(answer.output_text)""",
    "openai-chat": """\
from openai import OpenAI

client = OpenAI(base_url="<ADDRESS>/openai/v1", api_key="<KEY>")
stream = client.chat.completions.create(
    model="<MODEL>",
    messages=[{"role": "user", "content": "Say hello"}],
    max_completion_tokens=256,
    stream=True,
)
for chunk in stream:
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="")""",
    "anthropic": """\
from anthropic import Anthropic

client = Anthropic(base_url="<ADDRESS>/anthropic", api_key="<KEY>")
answer = client.messages.create(
    model="<MODEL>",
    max_tokens=256,
    messages=[{"role": "user", "content": "Say hello"}],
)
print(answer.content[0].text)""",
    "google-genai": """\
from google import genai

client = genai.Client(api_key="<KEY>", http_options={"base_url": "<ADDRESS>"})
answer = client.models.generate_content(
    model="<MODEL>", contents="Say hello", config={"max_output_tokens": 256}
)
print(answer.text)""",
}
_CURL_FOR = {
    "curl-anthropic": Protocol.ANTHROPIC,
    "curl-chat": Protocol.OPENAI_CHAT,
    "curl-responses": Protocol.OPENAI_RESPONSES,
    "curl-gemini": Protocol.GEMINI,
}
_COMMANDS = {
    "curl-anthropic": """\
curl <ADDRESS>/anthropic/v1/messages \\
  -H "x-api-key: <KEY>" \\
  -H "anthropic-version: 2023-06-01" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "<MODEL>", "max_tokens": 256,
       "messages": [{"role": "user", "content": "Say hello"}]}'""",
    "curl-chat": """\
curl <ADDRESS>/openai/v1/chat/completions \\
  -H "Authorization: Bearer <KEY>" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "<MODEL>", "max_completion_tokens": 256,
       "messages": [{"role": "user", "content": "Say hello"}]}'""",
    "curl-responses": """\
curl <ADDRESS>/openai/v1/responses \\
  -H "Authorization: Bearer <KEY>" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "<MODEL>", "max_output_tokens": 256, "input": "Say hello"}'""",
    "curl-gemini": """\
curl "<ADDRESS>/v1beta/models/<MODEL>:generateContent" \\
  -H "x-goog-api-key: <KEY>" \\
  -H "Content-Type: application/json" \\
  -d '{"contents": [{"role": "user", "parts": [{"text": "Say hello"}]}],
       "generationConfig": {"maxOutputTokens": 256}}'""",
    "invoke": """\
$body = @{
  model = "<MODEL>"
  max_completion_tokens = 256
  messages = @(@{ role = "user"; content = "Say hello" })
} | ConvertTo-Json -Depth 5
Invoke-RestMethod "<ADDRESS>/openai/v1/chat/completions" -Method Post -Body $body `
  -ContentType "application/json" -Headers @{ Authorization = "Bearer <KEY>" }""",
}

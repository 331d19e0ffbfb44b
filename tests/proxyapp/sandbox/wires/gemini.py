from typing import Any

from proxyapp.sandbox.tokens import Counts

from .base import ARGUMENTS, SCHEMA, Said, Talk, Wire


class Gemini(Wire):
    name = "gemini"
    headers = {"x-goog-api-key": "k"}

    def path(self, model: str, *, stream: bool) -> str:
        verb = "streamGenerateContent?alt=sse" if stream else "generateContent"
        return f"/v1beta/models/{model}:{verb}"

    def body(self, model: str, talk: Talk) -> dict[str, Any]:
        contents: list[dict[str, Any]] = [{"role": "user", "parts": [{"text": talk.text}]}]
        if talk.result:
            call = {"functionCall": {"name": talk.tools[0], "args": ARGUMENTS}}
            result = {"functionResponse": {"name": talk.tools[0], "response": {"output": talk.result}}}
            contents += [{"role": "model", "parts": [call]}, {"role": "user", "parts": [result]}]
        config: dict[str, Any] = {"maxOutputTokens": talk.limit}
        if talk.thinking:
            config["thinkingConfig"] = {"includeThoughts": True}
        body: dict[str, Any] = {
            "contents": contents,
            "systemInstruction": {"parts": [{"text": talk.system}]},
            "generationConfig": config,
        }
        if talk.tools:
            functions = [
                {"name": name, "description": "d", "parametersJsonSchema": SCHEMA} for name in talk.tools
            ]
            body["tools"] = [{"functionDeclarations": functions}]
        if talk.choice:
            named = {"mode": "ANY", "allowedFunctionNames": [talk.choice]}
            calling = {"mode": "NONE"} if talk.choice == "none" else named
            body["toolConfig"] = {"functionCallingConfig": calling}
        return body

    def whole(self, answer: dict[str, Any]) -> Said:
        return self.streamed([answer])

    def streamed(self, answer: list[dict[str, Any]]) -> Said:
        said = Said(counts=_counts(answer[-1].get("usageMetadata")))
        for chunk in answer:
            (candidate,) = chunk["candidates"]
            for part in candidate["content"].get("parts", []):
                if "functionCall" in part:
                    said.call, said.arguments = part["functionCall"]["name"], part["functionCall"]["args"]
                elif part.get("thought"):
                    said.thinking += part["text"]
                else:
                    said.text += part["text"]
            said.short = candidate.get("finishReason") == "MAX_TOKENS"
        return said


def _counts(usage: dict[str, Any] | None) -> Counts | None:
    if usage is None:
        return None
    cached, thoughts = usage.get("cachedContentTokenCount", 0), usage.get("thoughtsTokenCount", 0)
    output = usage["candidatesTokenCount"] + thoughts
    assert usage["totalTokenCount"] == usage["promptTokenCount"] + output
    return Counts(
        input=usage["promptTokenCount"] - cached, cache_read=cached, output=output, reasoning=thoughts
    )

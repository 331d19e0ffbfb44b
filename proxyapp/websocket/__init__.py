"""Responses over a WebSocket, as Codex and OpenAI's SDK speak it: `GET /v1/responses`, `Upgrade: websocket`.

A connection is a conversation (`conversation.py`); each `response.create` on it is one call through the whole
gateway (`exchange.py`), as if it had been posted.
"""

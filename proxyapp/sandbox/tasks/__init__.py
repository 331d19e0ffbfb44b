"""What is asked beside conversations: vectors, reranking, moderation, old completions, pictures and sound."""

from proxyapp.sandbox.tasks import completions, pictures, sound, texts
from proxyapp.sandbox.tasks.job import Reader

TASKS: dict[str, Reader] = {
    "/v1/embeddings": texts.embeddings,
    "/v1/rerank": texts.rerank,
    "/v1/moderations": texts.moderations,
    "/v1/completions": completions.read,
    "/v1/images/generations": pictures.generations,
    "/v1/images/edits": pictures.edits,
    "/v1/images/variations": pictures.variations,
    "/v1/audio/speech": sound.speech,
    "/v1/audio/transcriptions": sound.transcriptions,
    "/v1/audio/translations": sound.transcriptions,
}
"""By path; Gemini's are by verb."""

GEMINI_TASKS: dict[str, Reader] = {
    "embedContent": texts.embed_content,
    "batchEmbedContents": texts.batch_embed_contents,
}

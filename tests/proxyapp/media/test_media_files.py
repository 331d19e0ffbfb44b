"""Results as files of ours: fetched as their provider is reached, typed, and forgotten as a whole."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.test.utils import override_settings

from proxyapp.media import files
from proxyapp.media.models import MediaTask
from proxyapp.media.upstream import Away
from proxyapp.road import DIRECT, Road
from proxyapp.snapshot import RouteFacts, Target
from tests.proxyapp.upstream.authority import Authority
from tests.support.provider import playing, whole


@pytest.fixture(autouse=True)
def storage(tmp_path: Path) -> Iterator[Path]:
    with override_settings(MEDIA_ROOT=str(tmp_path / "media")):
        yield tmp_path / "media"


@pytest.fixture
def task() -> MediaTask:
    return MediaTask(organization_id=7, turn=3)


def target(road: Road = DIRECT, *, allow_private: bool = True) -> Target:
    route = RouteFacts(1, 1, "media_v3", "http://127.0.0.1", "model", 1, 1, allow_private, ())
    return Target(route, road, 1, "secret")


def copied(task: MediaTask, kind: str, path: str, content_type: bytes) -> dict[str, str]:
    with playing(whole(b"made", (b"content-type", content_type))) as provider:
        return files.copy(task, 1, kind, provider.url + path, target())


def test_it_works(task: MediaTask) -> None:
    found = copied(task, "images", "/a.png", b"image/webp; charset=binary")
    assert found == {"kind": "images", "name": f"7/{task.pk}/3-1.webp", "type": "webp"}
    with default_storage.open(found["name"]) as kept:
        assert kept.read() == b"made"


@pytest.mark.parametrize(
    ("kind", "path", "type_"),
    [
        ("audios", "/speech.mp3?sign=1", "mp3"),
        ("images", "/a.JPG", "jpeg"),
        ("videos", "/film", "mp4"),
        ("images", "/page.html", "png"),
    ],
)
def test_where_the_answer_names_no_type_the_address_may(
    task: MediaTask, kind: str, path: str, type_: str
) -> None:
    """As buckets have it."""
    assert copied(task, kind, path, b"binary/octet-stream")["type"] == type_


@pytest.mark.parametrize("content_type", [b"text/html", b"image/svg+xml", b"application/xhtml+xml"])
def test_a_page_is_no_page_here(task: MediaTask, content_type: bytes) -> None:
    assert copied(task, "images", "/x.html", content_type)["type"] == "png"


def test_whoever_was_overtaken_writes_elsewhere(task: MediaTask) -> None:
    first = copied(task, "images", "/a.png", b"image/png")
    task.turn += 1
    second = copied(task, "images", "/a.png", b"image/png")
    assert first["name"] != second["name"]


def test_a_private_address_is_not_asked(task: MediaTask) -> None:
    with playing(whole(b"")) as inside, pytest.raises(Away):
        files.copy(task, 1, "images", inside.url, target(allow_private=False))
    assert inside.received == []


def test_its_private_authority_vouches_for_its_files(task: MediaTask, tmp_path: Path) -> None:
    authority = Authority(tmp_path)

    class Files(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-length", "4")
            self.end_headers()
            self.wfile.write(b"made")

    with HTTPServer(("127.0.0.1", 0), Files) as server:
        server.socket = authority.serve("localhost").wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
        url = f"https://localhost:{server.server_port}/a.png"
        assert files.copy(task, 1, "images", url, target(Road(authority=authority.pem)))["type"] == "png"
        server.shutdown()


def test_all_is_forgotten_that_was_ever_fetched(task: MediaTask, storage: Path) -> None:
    """Also what somebody fetched who died or failed before the end."""
    copied(task, "images", "/a.png", b"image/png")
    files.forget(task)
    files.forget(task)
    assert list((storage / "7").iterdir()) == []

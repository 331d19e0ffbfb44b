"""nginx as a bare proxy in front of the same upstream: what a gateway that does nothing would cost."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal.embedded.listener import free_port
from portal.embedded.processtable import wait_until
from tests.bench import machine
from tests.bench.programs import CannotMeasure, running
from tests.bench.target import Target, answers

_PLACES = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"))
_DEBIAN = Path("/etc/debian_version")
_SYSTEMD = Path("/run/systemd/system")
MISSED = (
    "There is no nginx on this machine: measuring without the comparison.\n"
    "Debian: apt-get install -y nginx-light (where systemd runs, this also starts a web server on port 80)"
)
_CONFIGURATION = """
daemon off;
worker_processes 1;
{user}
pid {folder}/nginx.pid;
error_log {folder}/nginx.log warn;
worker_rlimit_nofile {files};
events {{ worker_connections {files}; }}
http {{
    access_log off;
    keepalive_requests 100000000;
    client_max_body_size 32m;
    client_body_buffer_size 1m;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream provider {{ server {upstream}; keepalive 1024; keepalive_requests 100000000; }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{
            proxy_pass http://provider;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_buffering off;
            proxy_read_timeout 600s;
        }}
    }}
}}
"""


def find() -> str | None:
    return shutil.which("nginx", path=_PLACES)


def obtain() -> str | None:
    """nginx's path, if there is one in the end. Root on Debian gets it from the package manager, but not
    where systemd would at once start the web server that comes with it."""
    apt = shutil.which("apt-get")
    if find() or apt is None or os.geteuid() != 0 or not _DEBIAN.exists() or _SYSTEMD.exists():
        return find()
    print("nginx is missing; installing it (this happens once) ...", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (("update", "-qq"), ("install", "-y", "-qq", "nginx-light")):
        done = subprocess.run([apt, *arguments], env=quiet, capture_output=True, text=True, check=False)
        if done.returncode:
            print((done.stdout + done.stderr)[-2000:], flush=True)
            break
    return find()


def version(program: str) -> str:
    said = subprocess.run([program, "-v"], capture_output=True, text=True, check=True).stderr
    return said.strip().rpartition("/")[2].partition(" ")[0]


@contextmanager
def running_nginx(program: str, folder: Path, upstream: str, core: int, files: int) -> Iterator[Target]:
    """One worker on `core`, passing everything on to `upstream` over kept connections."""
    folder.mkdir()
    port = free_port()
    configuration = folder / "nginx.conf"
    configuration.write_text(
        _CONFIGURATION.format(
            folder=folder,
            port=port,
            files=files,
            user="user root;" if os.geteuid() == 0 else "",
            upstream=upstream.removeprefix("http://"),
        )
    )
    with running([program, "-p", folder, "-c", configuration], core) as process:
        url = f"http://127.0.0.1:{port}"
        if not wait_until(lambda: answers(f"{url}/"), 10):
            raise CannotMeasure(f"nginx did not start; its log may be in {folder / 'nginx.log'}")
        yield Target("nginx", url, lambda: {"own": [process.pid]}, renew=lambda: _renew(process.pid))


def _renew(master: int) -> None:
    """Let the master replace its worker; it takes over the master's core."""
    old = set(machine.family([master])) - {master}
    os.kill(master, signal.SIGHUP)
    if not wait_until(lambda: not old & set(machine.family([master])), 15):
        raise CannotMeasure("nginx did not end its old worker.")

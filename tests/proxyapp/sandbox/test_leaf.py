"""The sandbox stands alone."""

import subprocess
import sys

_LOADED = "import proxyapp.sandbox.asgi, sys; print('\\n'.join(sys.modules))"


def _loaded() -> set[str]:
    run = subprocess.run([sys.executable, "-c", _LOADED], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_it_works() -> None:
    assert "proxyapp.sandbox.asgi" in _loaded()


def test_nothing_else_of_the_project_is_loaded() -> None:
    ours = {name for name in _loaded() if name.split(".")[0] in ("proxyapp", "portal", "billing")}
    assert {name for name in ours if not name.startswith("proxyapp.sandbox")} <= {"proxyapp"}


def test_no_framework_is_loaded() -> None:
    assert not {name.split(".")[0] for name in _loaded()} & {"django", "starlette", "httpx", "pydantic"}

"""Words that hide what a thing does are not used to name things."""

import ast
import subprocess

from tests.architecture.source import CHECKOUT, functions, modules, name, tree

BANNED_MODULES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "handlers"}
BANNED_VERBS = ("handle_", "process_", "manage_")
# Names that a framework asks for.
FRAMEWORK = {
    "process_exception",
    "handle_exception",
    "handle_async_request",
    "handle_connect",
    "handle_events",
    "handle_parser_exception",
    "handle_ping",
    "handle_websocket_upgrade",
}
TOP = {"manage.py", "pyproject.toml", "README.md", "portal", "proxyapp", "billing", "templates", "tests"}
ALSO_TOP = {"deploy", "requirements.lock", "requirements-dev.lock"}


def test_it_works() -> None:
    assert modules()


def test_no_module_is_a_bag() -> None:
    assert not [name(path) for path in modules() if BANNED_MODULES & {path.stem, *path.parent.parts[-2:]}]


def test_no_function_handles_processes_or_manages() -> None:
    vague = [
        f"{name(path)}:{node.name}"
        for path in modules()
        for node in functions(path)
        if node.name.lstrip("_").startswith(BANNED_VERBS) and node.name not in FRAMEWORK
    ]
    assert not vague


def test_no_class_is_a_service() -> None:
    classes = [
        node.name for path in modules() for node in ast.walk(tree(path)) if isinstance(node, ast.ClassDef)
    ]
    assert not [word for word in classes if word.endswith(("Service", "Helper", "Utils"))]


def test_the_top_level_is_as_ordered() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    top = {line.split("/")[0] for line in listed.stdout.splitlines()}
    assert {word for word in top if not word.startswith(".")} - ALSO_TOP <= TOP

"""Tests that not every run can or should run: they are left out of it, and the last lines say so.

`long`: half a minute and more, with `--long` only. `soak`: as long as `--soak` says. `clients`: with
`--clients` only. `mount`: needs root, to mount a file system of its own.
"""

import os
from collections.abc import Iterator

import pytest

_LEFT_OUT = pytest.StashKey[dict[str, int]]()
_REASONS = {
    "long": "--long runs them too",
    "soak": "--soak MINUTES runs it",
    "clients": "--clients runs the real command-line clients, from npm",
    "mount": "NOT RUN: only root may mount the small disk that they fill",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="also run the tests of half a minute and more")
    parser.addoption("--clients", action="store_true", help="also run the real command-line clients")
    parser.addoption(
        "--soak", type=float, default=0, metavar="MINUTES", help="also run the soak, for so long"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "clients: runs command-line clients from npm; only with --clients")
    config.addinivalue_line("markers", "long: takes half a minute and more; only with --long")
    config.addinivalue_line("markers", "soak: load and random faults; only with --soak MINUTES")
    config.addinivalue_line("markers", "mount: mounts a file system; only for root")
    config.stash[_LEFT_OUT] = {}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    absent = {
        "long": not config.getoption("--long"),
        "soak": not config.getoption("--soak"),
        "clients": not config.getoption("--clients"),
        "mount": os.geteuid() != 0,
    }
    for marker in (marker for marker, out in absent.items() if out):
        left_out = [item for item in items if item.get_closest_marker(marker)]
        items[:] = [item for item in items if not item.get_closest_marker(marker)]
        config.hook.pytest_deselected(items=left_out)
        config.stash[_LEFT_OUT][marker] = len(left_out)


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """A worker of a divided run tells the one who prints; each has collected the same tests."""
    if (output := getattr(session.config, "workeroutput", None)) is not None:
        output["left_out"] = session.config.stash[_LEFT_OUT]
    yield


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    config, output = getattr(node, "config", None), getattr(node, "workeroutput", {})
    if config is not None:
        config.stash[_LEFT_OUT] |= output.get("left_out", {})


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config
) -> None:
    for marker, count in config.stash[_LEFT_OUT].items():
        if count:
            words = f"{count} tests marked `{marker}` were left out ({_REASONS[marker]})"
            terminalreporter.write_line(words, yellow=True)

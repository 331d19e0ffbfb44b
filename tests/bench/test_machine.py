"""Processes are pinned and counted with all that belongs to them."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.bench import machine

BUSY_WITH_A_CHILD = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "sum(range(3_000_000)); print(1, flush=True); input()"])
child.wait()
"""


@pytest.fixture
def parent() -> Iterator["subprocess.Popen[str]"]:
    """A process whose child has worked for a while and waits now."""
    command = [sys.executable, "-c", BUSY_WITH_A_CHILD]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.communicate("\n")


def test_it_works(parent: "subprocess.Popen[str]") -> None:
    assert len(machine.family([parent.pid])) == 2


def test_the_time_of_children_is_counted(parent: "subprocess.Popen[str]") -> None:
    assert machine.cpu_seconds([parent.pid]) > 0.02


def test_the_memory_of_children_is_counted(parent: "subprocess.Popen[str]") -> None:
    assert machine.memory_kb([parent.pid]) > machine.memory_kb([os.getpid()], "Pss") / 100
    assert machine.memory_kb([parent.pid], "Pss") <= machine.memory_kb([parent.pid])


def test_children_are_pinned_too(parent: "subprocess.Popen[str]") -> None:
    core = machine.two_cores().others
    machine.pin([parent.pid], core)
    assert [os.sched_getaffinity(pid) for pid in machine.family([parent.pid])] == [{core}, {core}]


def test_a_process_that_is_gone_costs_nothing() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    assert machine.cpu_seconds([gone.pid]) == 0
    assert machine.memory_kb([gone.pid]) == 0

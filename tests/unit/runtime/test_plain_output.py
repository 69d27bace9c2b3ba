"""Output of Ray in a job's log."""

from __future__ import annotations

import sys

import pytest
from job_environment import job_environment

from codem_ray.runtime.plain_output import plain_output


def test_colours_are_removed_and_standard_output_stays_free(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in job_environment().items():
        monkeypatch.setenv(name, value)
    with plain_output():
        print("\x1b[33m(raylet)\x1b[0m WARNING: 5 workers")
        print("50 %\r100 %", file=sys.stderr, flush=True)
    print("the matrix")
    printed = capsys.readouterr()
    assert printed.err == "(raylet) WARNING: 5 workers\n50 %100 %\n"
    assert printed.out == "the matrix\n"


def test_outside_a_job_output_stays_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    with plain_output():
        print("\x1b[33mwarning\x1b[0m")
    assert capsys.readouterr().out == "\x1b[33mwarning\x1b[0m\n"

"""Programs on executors that are Ray actors reach no service and no credential of their host."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest
from attack_ledger import Ledger
from service_attacks import service_programs
from service_scene import CREDENTIALS, METADATA, run_scene

from codem_ray.languages import LANGUAGES
from codem_ray.languages.toolchain import missing_toolchains

pytestmark = [pytest.mark.attack, pytest.mark.toolchain, pytest.mark.ray, pytest.mark.slow]

TIMEOUT_SECONDS = 1500


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Run all attacks, once, and return what `service_scene` has written."""
    if shutil.which("ip") is None:
        pytest.skip("`ip` (iproute2), which gives a network namespace its addresses, is missing")
    probe = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--net", "--mount", "true"], capture_output=True
    )
    if probe.returncode:
        pytest.skip(f"no namespaces here: {probe.stderr.decode().strip()}")
    results = tmp_path_factory.mktemp("scene") / "results.json"
    done = run_scene(results, timeout_seconds=TIMEOUT_SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr
    return dict(json.loads(results.read_text()))


def test_all_services_and_credentials_are_there_to_be_reached(scene: dict[str, Any]) -> None:
    assert scene["is_listed"], scene
    assert scene["services"]["metadata"] == f"{METADATA}:80"
    # Also what nobody has named: ports of agents and workers.
    assert len(scene["hosts"]) > len(scene["services"])
    assert any("plasma_store" in path for path in scene["sockets"])
    assert any("raylet" in path for path in scene["sockets"])
    assert any(path.startswith("@") for path in scene["sockets"])
    assert len(scene["files"]) == len(CREDENTIALS) + 2


def test_every_language_that_is_installed_here_attacks(scene: dict[str, Any]) -> None:
    installed = {name for name, spec in LANGUAGES.items() if not missing_toolchains([spec])}
    assert {row["language"] for row in scene["sandboxed"]} == installed


def test_no_program_reaches_a_service_or_a_credential(
    scene: dict[str, Any], ledger: Ledger
) -> None:
    for row in scene["sandboxed"]:
        ledger.record(
            language=row["language"],
            kind=row["kind"],
            outcome=row["outcome"],
            is_passed=row["outcome"] == "passed",
        )
    assert {row["program"]: row["outcome"] for row in scene["sandboxed"]} == {
        row["program"]: "wrong_answer" for row in scene["sandboxed"]
    }, scene["sandboxed"]
    assert scene["connections"] == 0


def test_hostile_programs_are_contained_by_actors_too(
    scene: dict[str, Any], ledger: Ledger
) -> None:
    for row in scene["isolation"]:
        ledger.record(
            language=row["language"],
            kind=row["kind"],
            outcome=row["outcome"],
            is_passed=row["outcome"] == "passed",
        )
    wrong = [row for row in scene["isolation"] if row["outcome"] not in row["expected"]]
    assert wrong == []


def test_without_isolation_every_program_reaches_everything(scene: dict[str, Any]) -> None:
    outcomes = {row["language"]: row["outcome"] for row in scene["weaker"]}
    assert outcomes == dict.fromkeys(outcomes, "passed"), scene["weaker"]
    assert scene["connections_without_isolation"] > 0
    assert len(outcomes) >= len({row["language"] for row in scene["sandboxed"]} - {"html"})


def test_there_is_a_program_for_every_language() -> None:
    assert {program.language for program in service_programs()} == set(LANGUAGES)

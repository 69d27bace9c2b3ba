"""Bad input ends within seconds with one message, its exit code, and no half-written stage."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from codem_ray.errors import ExitCode

pytestmark = pytest.mark.toolchain

SWEEP = """
name: bad
base_model: {path: starter}
sources: [base, python]
data: {corpora: [{path: CORPUS}], pairs: 4, template: short, max_tokens: 256, decontaminate: false}
training: {epochs: 1, batch_sequences: 2}
generation: {max_new_tokens: 128}
evaluation: {benchmarks: [starter-python, starter-typescript], limit: 1}
resources: {workers: 2}
"""


class Case:
    """One sweep file in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sweep = folder / "bad.yaml"
        self.corpus = folder / "corpus.jsonl"
        self.write_corpus([pair(i) for i in range(8)])
        self.sweep.write_text(SWEEP.replace("CORPUS", str(self.corpus)))

    def write_corpus(self, lines: list[str]) -> None:
        self.corpus.write_text("\n".join(lines) + "\n")

    def run(
        self,
        *overrides: str,
        env: Mapping[str, str] | None = None,
        cpus: set[int] | None = None,
        prefix: tuple[str, ...] = (),
    ) -> subprocess.CompletedProcess[str]:
        sets = [part for override in overrides for part in ("--set", override)]
        return subprocess.run(
            [*prefix, sys.executable, "-m", "codem_ray", "run", str(self.sweep), *sets],
            cwd=self.folder,
            env={**os.environ, **(env or {})},
            preexec_fn=(lambda: os.sched_setaffinity(0, cpus)) if cpus else None,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def refuses(
        self,
        exit_code: ExitCode,
        *words: str,
        overrides: tuple[str, ...] = (),
        env: Mapping[str, str] | None = None,
        cpus: set[int] | None = None,
        prefix: tuple[str, ...] = (),
    ) -> None:
        done = self.run(*overrides, env=env, cpus=cpus, prefix=prefix)
        assert done.returncode == exit_code, done.stderr
        for word in words:
            assert word in done.stderr
        assert "Traceback" not in done.stderr
        assert done.stdout == ""
        found = [path for path in self.folder.rglob("*") if path.name == "manifest.json"]
        # A corpus that was read completely may be reused by the next run.
        left = [path for path in found if path.parts[-4:-2] != ("_cache", "data")]
        assert left == [], "a later run would trust this"


def pair(number: int) -> str:
    return json.dumps(
        {
            "instruction": f"Write a Python function that adds {number}.",
            "input": "",
            "output": f"```python\ndef add(a):\n    return a + {number}\n```",
        }
    )


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


def test_an_unknown_key_is_refused(case: Case) -> None:
    case.refuses(
        ExitCode.CONFIG, "training.epoch", "did you mean 'epochs'", overrides=("training.epoch=2",)
    )


def test_a_wrong_type_is_refused(case: Case) -> None:
    case.refuses(ExitCode.CONFIG, "training.epochs", "'many'", overrides=("training.epochs=many",))


def test_an_unknown_language_is_refused(case: Case) -> None:
    case.refuses(ExitCode.CONFIG, "pithon", "python", overrides=("sources=[pithon]",))


def test_an_unknown_benchmark_is_refused(case: Case) -> None:
    overrides = ("evaluation.benchmarks=[starter-pyton]",)
    case.refuses(ExitCode.CONFIG, "starter-pyton", "'starter-python'", overrides=overrides)


def test_an_empty_corpus_is_refused(case: Case) -> None:
    case.corpus.write_text("")
    case.refuses(ExitCode.CONFIG, "corpus.jsonl", "no pair")


def test_a_missing_corpus_is_refused(case: Case) -> None:
    case.corpus.unlink()
    case.refuses(ExitCode.CONFIG, "corpus.jsonl")


def test_broken_lines_above_the_share_are_counted_and_named(case: Case) -> None:
    case.write_corpus([*[pair(i) for i in range(8)], '{"instruction": ', '{"output": "x"}'])
    case.refuses(ExitCode.CONFIG, "2 of 10", "corpus.jsonl:9", "max_broken_share")


def test_a_corpus_too_small_for_the_budget_is_refused(case: Case) -> None:
    case.refuses(ExitCode.CONFIG, "8 pairs in python", "9,000", overrides=("data.pairs=9000",))


def test_missing_model_folder_is_refused(case: Case) -> None:
    missing = str(case.folder / "no-model")
    case.refuses(
        ExitCode.CONFIG,
        "no-model",
        "does not exist",
        overrides=(f"base_model.path={missing}",),
    )


def test_truncated_model_is_refused(case: Case) -> None:
    from codem_ray.starter.assets import model_path

    broken = case.folder / "model"
    shutil.copytree(model_path(), broken)
    weights = broken / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    case.refuses(
        ExitCode.ENVIRONMENT, "model.safetensors", overrides=(f"base_model.path={broken}",)
    )


def test_a_context_too_short_for_the_sweep_is_refused(case: Case) -> None:
    case.refuses(
        ExitCode.CONFIG,
        "512",
        "generation.max_new_tokens",
        overrides=("generation.max_new_tokens=512",),
    )


def test_unwritable_storage_is_refused(case: Case) -> None:
    blocked = case.folder / "file"
    blocked.write_text("")
    case.refuses(ExitCode.ENVIRONMENT, "cannot", overrides=(f"storage.path={blocked}/runs",))


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")
@pytest.mark.parametrize(("option", "word"), [("ro", "read-only"), ("size=4k", "the disk is full")])
def test_a_full_or_read_only_disk_is_refused(case: Case, option: str, word: str) -> None:
    disk = case.folder / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", option, "tmpfs", str(disk)]
    if subprocess.run(command, check=False, capture_output=True).returncode != 0:
        pytest.skip("this container may not mount a tmpfs")
    try:
        case.refuses(ExitCode.ENVIRONMENT, word, overrides=(f"storage.path={disk}",))
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_missing_toolchain_is_refused_with_its_remedy(case: Case) -> None:
    empty = case.folder / "toolchain"
    empty.mkdir()
    case.refuses(
        ExitCode.ENVIRONMENT, "typescript is missing", env={"CODEM_RAY_TOOLCHAIN": str(empty)}
    )


def test_unavailable_sandbox_is_refused_with_its_remedy(case: Case) -> None:
    # In a new user namespace the limit can be set to 0 without changing the host.
    inside = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"'
    case.refuses(
        ExitCode.ENVIRONMENT,
        "bubblewrap",
        "namespace",
        prefix=("unshare", "--user", "--map-root-user", "sh", "-c", inside, "sh"),
    )


def test_impossible_resources_are_refused_with_the_arithmetic(case: Case) -> None:
    case.refuses(ExitCode.ENVIRONMENT, "2 workers x 1 CPU", "1 of 2 workers fit", cpus={0})


def test_ray_that_does_not_start_is_reported(case: Case) -> None:
    # A file, with a short path: a long one is refused earlier.
    done = case.run(env={"RAY_TMPDIR": "/dev/null"})
    assert done.returncode == ExitCode.ENVIRONMENT, done.stderr
    assert "Ray could not be started on this machine" in done.stderr
    assert "Traceback" not in done.stderr


def test_all_missing_parts_are_named_at_once(case: Case) -> None:
    empty = case.folder / "toolchain"
    empty.mkdir()
    case.refuses(
        ExitCode.ENVIRONMENT,
        "typescript is missing",
        "1 of 2 workers fit",
        env={"CODEM_RAY_TOOLCHAIN": str(empty)},
        cpus={0},
    )

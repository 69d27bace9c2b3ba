"""Links, devices and floods of files from a compiler are not used as programs."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from attack_ledger import Ledger

from codem_ray.execution.executor import Executor
from codem_ray.languages import LANGUAGES
from codem_ray.records import Job, Outcome
from codem_ray.sandbox.backends import open_sandbox

pytestmark = [pytest.mark.attack, pytest.mark.toolchain]

RESULTS = {
    "link to a host file": 'ln -s /etc/passwd "$out"',
    "link to a host program": 'ln -s /bin/true "$out"',
    "link to the compiler": 'ln -s "$0" "$out"',
    "FIFO": 'mkfifo "$out"',
    "folder": 'mkdir "$out"',
    "link in place of its folder": 'mv "$folder" "$folder-away"; ln -s / "$folder"',
    "link where the result goes": 'ln -s /tmp "$folder/run"; exit 1',
    "device": 'mknod "$out" b 254 0 || exit 1',
    "very many files": 'mkdir "$folder/many"; cd "$folder/many"; seq 30000 | xargs touch; exit 0',
    "sparse files": 'for i in 1 2 3 4 5 6 7 8; do truncate -s 500M "$folder/$i"; done; exit 0',
    "deep folders": 'd="$folder"; for i in $(seq 200); do d=$d/d; done; mkdir -p "$d"; exit 0',
    "folder without permissions": 'chmod 000 "$folder"; exit 0',
    "daemon that writes on": '(setsid sh -c "while :; do date > $folder/late; done" &) ; exit 0',
}
OF_ASSEMBLY = ("link to a host file", "FIFO", "folder")
SCRIPT = """\
#!/bin/sh
for argument; do
    [ "$before" = -o ] && out=$argument
    before=$argument
done
folder=${out%/*}
source=${out%.s}.source
case $out in
    *.s) step=assembly; cat > "$source" ;;
    *) step=program ;;
esac
if [ "$step" = STEP ] && grep -qs ATTACK "$source"; then
    HOSTILE
elif [ "$step" = assembly ]; then
    exec REAL "$@" < "$source"
else
    exec REAL "$@"
fi
"""


@pytest.mark.parametrize(
    ("name", "step"),
    [(name, "program") for name in RESULTS] + [(name, "assembly") for name in OF_ASSEMBLY],
)
def test_compiler_results_that_are_not_programs_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ledger: Ledger, name: str, step: str
) -> None:
    real = shutil.which("gcc")
    if real is None:
        pytest.skip("gcc is not installed")
    compiler = tmp_path / "toolchain" / "bin" / "gcc"
    compiler.parent.mkdir(parents=True)
    script = SCRIPT.replace("REAL", real).replace("STEP", step)
    compiler.write_text(script.replace("HOSTILE", RESULTS[name]))
    compiler.chmod(0o755)
    monkeypatch.setenv("CODEM_RAY_TOOLCHAIN", str(compiler.parents[1]))
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    spec = LANGUAGES["c"]
    answers = (spec.samples.passes, f"{spec.samples.passes}// ATTACK\n", spec.samples.fails)
    executor = Executor(open_sandbox("bubblewrap"), cache_dir=tmp_path / "cache")
    # One call each: the compiler itself is hostile here, and a batch would share it.
    jobs = [Job(problem=spec.sample_problem, answer=answer) for answer in answers]
    verdicts = [executor.execute([job])[0] for job in jobs]
    right, attack, wrong = (verdict.outcome for verdict in verdicts)
    ledger.record(
        language="c",
        kind="compiler that leaves no program",
        outcome=attack,
        is_passed=attack is Outcome.PASSED,
    )
    assert (right, wrong) == (Outcome.PASSED, Outcome.WRONG_ANSWER)
    assert attack in (Outcome.COMPILE_ERROR, Outcome.OUTPUT_LIMIT), verdicts[1]
    assert list(temporary.iterdir()) == []

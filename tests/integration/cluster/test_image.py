"""The image: its steps run in a bare Debian root, and the sandbox works there for uid 1000."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from image_root import ImageRoot

from codem_ray.sandbox.bubblewrap_probe import _EMPTY_SANDBOX

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="a Debian root can be made by root alone"),
    pytest.mark.skipif(shutil.which("debootstrap") is None, reason="debootstrap is not installed"),
]
ROOT = Path(__file__).resolve().parents[3]
PROFILE = ROOT / "cluster" / "kuberay" / "sandbox" / "seccomp-sandbox.json"
ALLOWED = ("clone", "mount", "pivot_root", "sethostname", "umount2", "unshare")
"""Calls that the profile allows, and the profile of a container runtime does not."""


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ImageRoot]:
    """The image with what scoring needs; CODEM_RAY_IMAGE_EXTRAS names more."""
    root = tmp_path_factory.mktemp("image") / "root"
    image = ImageRoot(root)
    extras = os.environ.get("CODEM_RAY_IMAGE_EXTRAS", "")
    image.build(ROOT / "cluster" / "docker" / "Dockerfile", ROOT, {"EXTRAS": extras})
    shutil.copyfile(PROFILE, root / "profile.json")
    shutil.copyfile(ROOT / "tests" / "support" / "under_seccomp.py", root / "under_seccomp.py")
    yield image
    shutil.rmtree(root)


def under_profile(*denied: str) -> list[str]:
    more = ["--deny", *denied] if denied else []
    return ["/usr/bin/python3", "/under_seccomp.py", "/profile.json", *more, "--"]


def test_the_user_has_no_rights(image: ImageRoot) -> None:
    done = image.run(["sh", "-c", "id -u; grep -E 'CapEff|NoNewPrivs' /proc/self/status; touch /x"])
    assert done.stdout.split() == ["1000", "CapEff:", "0" * 16, "NoNewPrivs:", "1"]
    assert "Permission denied" in done.stderr


def test_the_self_check_of_the_sandbox_passes_under_the_profile(image: ImageRoot) -> None:
    done = image.run([*under_profile(), "codem-ray", "doctor", "--self-check"])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "LACK" not in done.stdout
    for language in ("Python", "C++", "Go", "Java", "JavaScript", "TypeScript", "HTML"):
        assert f"ok    {language} samples" in done.stdout


@pytest.mark.parametrize("name", ALLOWED)
def test_the_profile_allows_no_call_that_the_sandbox_does_not_need(
    image: ImageRoot, name: str
) -> None:
    sandbox = ["bwrap", "--hostname", "sandbox", *_EMPTY_SANDBOX]
    done = image.run([*under_profile(), *sandbox])
    assert done.returncode == 0, done.stderr
    assert image.run([*under_profile(name), *sandbox]).returncode != 0


def test_a_login_shell_finds_ray_and_codem_ray(image: ImageRoot) -> None:
    done = image.run(["bash", "-lc", "command -v codem-ray python"])
    assert done.stdout.split() == ["/opt/codem-ray/bin/codem-ray", "/opt/codem-ray/bin/python"]

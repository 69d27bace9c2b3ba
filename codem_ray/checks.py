"""Checks of this machine's tools, packages and data."""

from __future__ import annotations

import importlib.metadata
import os
from collections.abc import Iterator
from pathlib import Path

from codem_ray.benchmarks import DATA_VARIABLE
from codem_ray.errors import CodemError, EnvironmentLackError
from codem_ray.execution.samples import check_samples, sample_outcomes
from codem_ray.languages import LANGUAGES
from codem_ray.languages.node_packages import install_node_modules
from codem_ray.languages.toolchain import missing_browser, missing_toolchains
from codem_ray.languages.versions import browser_version, toolchain_versions
from codem_ray.sandbox.backends import DEFAULT_BACKEND, open_sandbox, sandbox_backend
from codem_ray.sandbox.protocol import Finding
from codem_ray.sandbox.self_check import self_check

TRAINING_PACKAGES = ("ray", "torch", "deepspeed", "transformers", "datasets", "mlflow")
_INSTALL_TRAINING = "pip install 'codem-ray[train]', or from a clone pip install '.[train]'"


def machine_findings(*, self_check_backend: str | None, model: str | None) -> Iterator[Finding]:
    """Yield a finding for everything that sweeps and scoring need.

    Args:
        self_check_backend: Also attack this sandbox and run each language's samples in it.
        model: Also check that the hub grants access to this model.
    """
    yield from toolchain_findings()
    yield from browser_findings()
    yield from sandbox_findings()
    if self_check_backend:
        yield from self_check_findings(self_check_backend)
    yield from package_findings()
    yield hub_token_finding()
    if model:
        yield model_access_finding(model)
    yield data_finding()


def has_training() -> bool:
    """Whether any package of `codem-ray[train]` is installed."""
    return any(map(_version, TRAINING_PACKAGES))


def require_training() -> None:
    """Raise EnvironmentLackError if a package of `codem-ray[train]` is not installed."""
    missing = [name for name in TRAINING_PACKAGES if not _version(name)]
    if missing:
        raise EnvironmentLackError(
            f"this needs {', '.join(missing)}, which the light installation does not include: "
            f"{_INSTALL_TRAINING}"
        )


def install_missing_node_packages() -> bool:
    """Install the Node packages of the lock file if one is missing; return whether one was."""
    node_tools = {tool for spec in LANGUAGES.values() for tool in spec.installation.npm}
    missing = {toolchain.tool for toolchain in missing_toolchains(LANGUAGES.values())}
    if node_tools.isdisjoint(missing):
        return False
    install_node_modules()
    return True


def toolchain_findings() -> Iterator[Finding]:
    """Yield the compilers and interpreters of each language."""
    for spec in LANGUAGES.values():
        missing = missing_toolchains([spec])
        try:
            detail = (
                f"missing: {', '.join(tool.tool for tool in missing)}"
                if missing
                else toolchain_versions(spec)
            )
            is_present = not missing
        except CodemError as error:
            detail, is_present = str(error), False
        yield Finding(
            name=spec.title,
            is_present=is_present,
            is_mandatory=True,
            detail=detail,
            remedy="\n".join(dict.fromkeys(tool.remedy for tool in missing)),
        )


def browser_findings() -> Iterator[Finding]:
    """Yield the browser of each language that uses one."""
    for spec in LANGUAGES.values():
        if spec.browser is None:
            continue
        missing = missing_browser(spec)
        yield Finding(
            name=f"{spec.title} browser",
            is_present=missing is None,
            is_mandatory=False,
            detail=browser_version(spec) or "headless Chromium was not found",
            remedy="problems whose tests need computed styles or sizes are reported as not run "
            f"(81 of the 184 of freecodecamp-html);\n{missing.remedy if missing else ''}",
        )


def sandbox_findings() -> Iterator[Finding]:
    """Yield the requirements of the default sandbox."""
    yield from sandbox_backend(DEFAULT_BACKEND).probe()


def self_check_findings(backend: str) -> Iterator[Finding]:
    """Attack a sandbox with small hostile programs, and run each language's samples in it."""
    sandbox = open_sandbox(backend)
    yield from self_check(sandbox)
    for spec in LANGUAGES.values():
        if missing_toolchains([spec]):
            continue
        wrong = check_samples(spec, sandbox)
        yield Finding(
            name=f"{spec.title} samples",
            is_present=not wrong,
            is_mandatory=True,
            detail="; ".join(wrong) or f"{len(sample_outcomes(spec))} have the expected outcomes",
            remedy="try another version of the toolchain",
        )


def package_findings() -> Iterator[Finding]:
    """Yield the packages that sweeps need; a single note if none of them is installed."""
    if not has_training():
        yield Finding(
            name="training",
            is_present=False,
            is_mandatory=False,
            detail="not installed; only sweeps need it, scoring, plan and report do not",
            remedy=_INSTALL_TRAINING,
        )
        return
    for name in TRAINING_PACKAGES:
        version = _version(name)
        yield Finding(
            name=name,
            is_present=version is not None,
            is_mandatory=True,
            detail=version or "not installed; scoring, plan and report work without it",
            remedy=_INSTALL_TRAINING,
        )


def hub_token_finding() -> Finding:
    """Return whether a token of the Hugging Face hub is present."""
    home = Path(os.environ.get("HF_HOME", "~/.cache/huggingface")).expanduser()
    is_present = bool(os.environ.get("HF_TOKEN")) or (home / "token").is_file()
    return Finding(
        name="hub token",
        is_present=is_present,
        is_mandatory=False,
        detail="found" if is_present else "none; gated models (StarCoder) cannot be fetched",
        remedy="accept the model's licence on its page, then set HF_TOKEN or run `hf auth login`",
    )


def model_access_finding(model: str) -> Finding:
    """Return whether the hub grants access to a model."""
    import httpx
    from huggingface_hub import HfApi

    detail, is_granted = "granted", True
    try:
        HfApi().auth_check(model)
    except (httpx.HTTPError, ValueError, OSError) as error:
        detail, is_granted = (str(error).strip() or repr(error)).splitlines()[0], False
    return Finding(
        name=f"access to {model}",
        is_present=is_granted,
        is_mandatory=True,
        detail=detail,
        remedy="accept the licence on the model's page with the account of HF_TOKEN; "
        "offline, name a local folder instead",
    )


def data_finding() -> Finding:
    """Return whether the folder of benchmark data exists."""
    folder = os.environ.get(DATA_VARIABLE)
    if not folder:
        return Finding(
            name="benchmark data",
            is_present=False,
            is_mandatory=False,
            detail=f"{DATA_VARIABLE} is not set",
            remedy="benchmarks outside the starter kit then come from the hub",
        )
    is_folder = Path(folder).is_dir()
    return Finding(
        name="benchmark data",
        is_present=is_folder,
        is_mandatory=True,
        detail=folder if is_folder else f"{DATA_VARIABLE} is {folder}, which is not a folder",
        remedy=f"set {DATA_VARIABLE} to the folder that holds the data, or unset it",
    )


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None

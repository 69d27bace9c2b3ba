"""Say what this machine lacks to run sweeps, and how to mend each lack."""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from codem_ray.cli.options import add_json, print_json
from codem_ray.errors import CodemError, ExitCode
from codem_ray.sandbox.protocol import Finding, Sandbox

EXAMPLES = """\
examples:
  codem-ray doctor
  codem-ray doctor --install             fetch the Node packages of the lock file
  codem-ray doctor --self-check          run small hostile programs in the sandbox
  codem-ray doctor --self-check process-without-isolation    what the weaker one does not give
  codem-ray doctor --model bigcode/starcoderbase-7b
"""
PACKAGES = ("ray", "torch", "deepspeed", "transformers", "datasets", "mlflow")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "--install", action="store_true", help="install the pinned Node packages if they are absent"
    )
    parser.add_argument(
        "--self-check",
        nargs="?",
        const="bubblewrap",
        metavar="BACKEND",
        help="attack a sandbox with small hostile programs, the same for every backend, and run "
        "each language's samples in it (default bubblewrap)",
    )
    parser.add_argument(
        "--model", metavar="ID", help="check that the hub's token gives access to this model"
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Print the findings; exit 3 when something mandatory is missing."""
    if args.install:
        _install()
    findings = list(_all_findings(args))
    lacks = [f for f in findings if f.is_mandatory and not f.is_present]
    if args.json:
        print_json([asdict(f) for f in findings])
    else:
        for finding in findings:
            mark = "ok  " if finding.is_present else ("LACK" if finding.is_mandatory else "note")
            print(f"{mark}  {finding.name}: {finding.detail}")
            if finding.remedy and not finding.is_present:
                for line in finding.remedy.splitlines():
                    print(f"        {line}")
        ready = "nothing is missing" if any(map(_version, PACKAGES)) else "scoring: ready"
        total = ready if not lacks else f"{len(lacks)} lacking, see LACK above"
        print(f"\n{total}")
    return ExitCode.ENVIRONMENT if lacks else ExitCode.COMPLETE


def _install() -> None:
    from codem_ray.languages import LANGUAGES
    from codem_ray.languages.node_packages import install_node_modules
    from codem_ray.languages.toolchain import missing_toolchains

    wanted = {tool for spec in LANGUAGES.values() for tool in spec.installation.npm}
    if any(lack.tool in wanted for lack in missing_toolchains(LANGUAGES.values())):
        print("doctor: installing the Node packages of the lock file", file=sys.stderr)
        install_node_modules()


def _all_findings(args: argparse.Namespace) -> Iterator[Finding]:
    yield from _toolchains()
    yield from _browsers()
    yield from _sandbox()
    if args.self_check:
        from codem_ray.sandbox.backends import open_sandbox
        from codem_ray.sandbox.self_check import self_check

        sandbox = open_sandbox(args.self_check)
        yield from self_check(sandbox)
        yield from _samples(sandbox)
    yield from _packages()
    yield _hub_token()
    if args.model:
        yield _model_access(args.model)
    data = os.environ.get("CODEM_RAY_DATA")
    is_folder = bool(data) and Path(data or "").is_dir()
    yield Finding(
        name="benchmark data",
        is_present=is_folder,
        is_mandatory=bool(data),
        detail=(data if is_folder else f"CODEM_RAY_DATA is {data}, which is no folder")
        if data
        else "CODEM_RAY_DATA is not set",
        remedy="let it name the folder that holds the data, or unset it"
        if data
        else "benchmarks other than the starter's then come from the hub",
    )


def _sandbox() -> Iterator[Finding]:
    from codem_ray.sandbox.backends import BACKENDS, DEFAULT_BACKEND

    yield from BACKENDS[DEFAULT_BACKEND].probe()


def _toolchains() -> Iterator[Finding]:
    from codem_ray.languages import LANGUAGES
    from codem_ray.languages.toolchain import missing_toolchains
    from codem_ray.languages.versions import toolchain_versions

    for spec in LANGUAGES.values():
        lacks = missing_toolchains([spec])
        if lacks:
            yield Finding(
                name=spec.title,
                is_present=False,
                is_mandatory=True,
                detail="missing: " + ", ".join(lack.tool for lack in lacks),
                remedy="\n".join(dict.fromkeys(lack.remedy for lack in lacks)),
            )
            continue
        try:
            versions = toolchain_versions(spec)
        except CodemError as error:
            yield Finding(name=spec.title, is_present=False, is_mandatory=True, detail=str(error))
            continue
        yield Finding(name=spec.title, is_present=True, is_mandatory=True, detail=versions)


def _browsers() -> Iterator[Finding]:
    from codem_ray.languages import LANGUAGES
    from codem_ray.languages.toolchain import missing_browser
    from codem_ray.languages.versions import browser_version

    for spec in LANGUAGES.values():
        if spec.browser is None:
            continue
        lack = missing_browser(spec)
        yield Finding(
            name=f"{spec.title} browser",
            is_present=lack is None,
            is_mandatory=False,
            detail=browser_version(spec) or "headless Chromium was not found",
            remedy="problems whose tests look at computed styles or sizes are reported as not run "
            f"(81 of the 184 of freecodecamp-html);\n{lack.remedy if lack else ''}",
        )


def _samples(sandbox: Sandbox) -> Iterator[Finding]:
    from codem_ray.execution.samples import check_samples, sample_outcomes
    from codem_ray.languages import LANGUAGES
    from codem_ray.languages.toolchain import missing_toolchains

    for spec in LANGUAGES.values():
        if missing_toolchains([spec]):
            continue
        wrong = check_samples(spec, sandbox)
        yield Finding(
            name=f"{spec.title} samples",
            is_present=not wrong,
            is_mandatory=True,
            detail="; ".join(wrong) or f"{len(sample_outcomes(spec))} come to what they must",
            remedy="another version of the toolchain may mend it",
        )


def _packages() -> Iterator[Finding]:
    if not any(map(_version, PACKAGES)):
        yield Finding(
            name="training",
            is_present=False,
            is_mandatory=False,
            detail="not installed; sweeps need it, the scorer, plan and report do not",
            remedy="pip install 'codem-ray[train]', or from a clone pip install '.[train]'",
        )
        return
    for name in PACKAGES:
        version = _version(name)
        if version is None:
            yield Finding(
                name=name,
                is_present=False,
                is_mandatory=True,
                detail="not installed; the scorer, plan and report work without it",
                remedy="pip install 'codem-ray[train]', or from a clone pip install '.[train]'",
            )
        else:
            yield Finding(name=name, is_present=True, is_mandatory=True, detail=version)


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _hub_token() -> Finding:
    home = Path(os.environ.get("HF_HOME", "~/.cache/huggingface")).expanduser()
    is_present = bool(os.environ.get("HF_TOKEN")) or (home / "token").is_file()
    return Finding(
        name="hub token",
        is_present=is_present,
        is_mandatory=False,
        detail="found" if is_present else "none; gated models (StarCoder) cannot be fetched",
        remedy="accept the model's licence on its page, then set HF_TOKEN or run `hf auth login`",
    )


def _model_access(model: str) -> Finding:
    import httpx
    from huggingface_hub import HfApi

    try:
        HfApi().auth_check(model)
    except (httpx.HTTPError, ValueError, OSError) as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
        return Finding(
            name=f"access to {model}",
            is_present=False,
            is_mandatory=True,
            detail=first,
            remedy="accept the licence on the model's page with the account of HF_TOKEN; "
            "offline, name a local folder instead",
        )
    return Finding(name=f"access to {model}", is_present=True, is_mandatory=True, detail="granted")

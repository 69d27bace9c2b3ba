"""Inspect the node of this process: what it has of a sweep's needs, and what it lacks."""

from __future__ import annotations

import importlib
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path

from codem_ray.errors import CodemError, ToolchainError
from codem_ray.generation.engine_registry import engine_spec
from codem_ray.languages import language
from codem_ray.languages.spec import LanguageSpec
from codem_ray.languages.toolchain import missing_toolchains
from codem_ray.languages.versions import browser_version, toolchain_digest, toolchain_versions
from codem_ray.sandbox.backends import open_sandbox, sandbox_backend
from codem_ray.sandbox.protocol import Finding
from codem_ray.sandbox.self_check import self_check
from codem_ray.sweep.node_needs import NodeNeeds, NodeUse

TRAINING_IMPORTS = ("torch", "transformers", "deepspeed")
_GPU_QUERY = ("--query-gpu=memory.total", "--format=csv,noheader,nounits")
_GPU_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True, slots=True)
class UnmetNeed:
    """Something that a node lacks for some uses."""

    uses: tuple[NodeUse, ...]
    text: str
    """A clause: "gcc is missing"."""
    remedy: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Toolchain:
    """The tools of a language on a node."""

    digest: str
    versions: str
    browser_digest: str = ""
    """Digest that covers the browser, too; empty if the language has none."""

    def digest_for(self, *, uses_browser: bool) -> str:
        """Return the digest for tests that use a browser, or for those that do not."""
        return self.browser_digest if uses_browser and self.browser_digest else self.digest


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeAnswer:
    """What a node has and lacks."""

    unmet: tuple[UnmetNeed, ...] = ()
    toolchains: Mapping[str, Toolchain] = field(default_factory=dict)
    """By target; none for a language whose tools are missing."""
    sandbox: Mapping[str, str] = field(default_factory=dict)
    """What the sandbox's probe observed, by name."""
    notes: tuple[str, ...] = ()
    """What is absent and not mandatory."""
    gpu_bytes: tuple[int, ...] = ()
    """Memory of each GPU; empty if there is none or it is unknown."""


def inspect_node(needs: NodeNeeds, *, is_thorough: bool) -> NodeAnswer:
    """Check sandbox, toolchains, engine, packages and GPUs; an unmet need is data, not an error.

    A thorough inspection also attacks the sandbox (two seconds) and imports the engine and the
    training packages (up to a minute); the other takes about a second.
    """
    findings = sandbox_backend(needs.sandbox).probe()
    unmet = [*_unmet_by_sandbox(needs.sandbox, findings, is_thorough=is_thorough)]
    toolchains = {}
    for target in needs.targets:
        spec = language(target)
        missing = missing_toolchains([spec])
        unmet += [
            UnmetNeed(
                uses=(NodeUse.EXECUTE,),
                text=f"{tool.tool} (for {spec.title}) is missing",
                remedy=tool.remedy,
            )
            for tool in missing
        ]
        try:
            if not missing:
                toolchains[target] = _toolchain(spec)
        except ToolchainError as error:
            unmet.append(
                UnmetNeed(uses=(NodeUse.EXECUTE,), text=f"{spec.title} does not work: {error}")
            )
    unmet += _unmet_by_model(needs)
    unmet += _unmet_by_packages(needs, is_thorough=is_thorough)
    return replace(
        _observed(findings), unmet=tuple(unmet), toolchains=toolchains, gpu_bytes=_gpu_bytes()
    )


def describe_this_machine(sandbox: str, targets: Sequence[str]) -> NodeAnswer:
    """Return the toolchains and the sandbox of a machine that lacks neither.

    Raises ToolchainError if it does.
    """
    toolchains = {target: _toolchain(language(target)) for target in targets}
    return replace(_observed(sandbox_backend(sandbox).probe()), toolchains=toolchains)


def _observed(findings: Sequence[Finding]) -> NodeAnswer:
    return NodeAnswer(
        sandbox={finding.name: finding.detail for finding in findings},
        notes=tuple(
            f"{finding.name}: {finding.detail}"
            for finding in findings
            if not finding.is_present and not finding.is_mandatory
        ),
    )


def _unmet_by_sandbox(
    name: str, findings: Sequence[Finding], *, is_thorough: bool
) -> Iterator[UnmetNeed]:
    uses = (NodeUse.EXECUTE,)
    missing = [finding for finding in findings if finding.is_mandatory and not finding.is_present]
    for finding in missing:
        yield UnmetNeed(
            uses=uses,
            text=f"the sandbox {name} lacks {finding.name} ({finding.detail})",
            remedy=finding.remedy,
        )
    if missing:
        return
    try:
        sandbox = open_sandbox(name)
        # A weaker backend, which the sweep file names, contains fewer attacks.
        is_attacked = is_thorough and sandbox_backend(name).isolates
        attacks = self_check(sandbox) if is_attacked else ()
    except CodemError as error:
        yield UnmetNeed(uses=uses, text=f"the sandbox {name} does not work ({error})")
        return
    for attack in attacks:
        if attack.is_mandatory and not attack.is_present:
            yield UnmetNeed(
                uses=uses,
                text=f"the sandbox {name} does not contain an attack: {attack.name} "
                f"({attack.detail})",
                remedy=attack.remedy,
            )


def _toolchain(spec: LanguageSpec) -> Toolchain:
    versions = toolchain_versions(spec)
    if spec.browser is None:
        return Toolchain(digest=toolchain_digest(spec), versions=versions)
    return Toolchain(
        digest=toolchain_digest(spec),
        versions=f"{versions}; {browser_version(spec) or 'no browser'}",
        browser_digest=toolchain_digest(spec, uses_browser=True),
    )


def _unmet_by_model(needs: NodeNeeds) -> Iterator[UnmetNeed]:
    if needs.model_folder is not None and not Path(needs.model_folder).is_dir():
        yield UnmetNeed(
            uses=(NodeUse.TRAIN, NodeUse.GENERATE),
            text=f"the base model's folder {needs.model_folder} is missing",
            remedy="put it at the same path on every node, or set base_model.path to a hub id",
        )


def _unmet_by_packages(needs: NodeNeeds, *, is_thorough: bool) -> Iterator[UnmetNeed]:
    engine = engine_spec(needs.engine)
    if NodeUse.GENERATE in needs.uses and (
        failure := _import_failure(engine.packages, is_thorough=is_thorough)
    ):
        yield UnmetNeed(
            uses=(NodeUse.GENERATE,),
            text=f"the engine {needs.engine} cannot be imported ({failure})",
            remedy=engine.installation,
        )
    if NodeUse.TRAIN in needs.uses and (
        failure := _import_failure(TRAINING_IMPORTS, is_thorough=is_thorough)
    ):
        yield UnmetNeed(
            uses=(NodeUse.TRAIN,),
            text=f"the packages of training cannot be imported ({failure})",
            remedy="pip install 'codem-ray[train]'",
        )


def _import_failure(packages: Sequence[str], *, is_thorough: bool) -> str:
    """Return why a package cannot be imported, or "" if all can; import them if thorough."""
    for package in packages:
        if find_spec(package) is None:
            return f"{package} is not installed"
        try:
            if is_thorough:
                importlib.import_module(package)
        except Exception as error:  # a package can raise anything
            return f"{package}: {' '.join(str(error).split())[:300] or type(error).__name__}"
    return ""


def _gpu_bytes() -> tuple[int, ...]:
    """Return the memory of each NVIDIA GPU, as its driver's own tool reports it."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return ()
    done = subprocess.run(
        (tool, *_GPU_QUERY),
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=_GPU_SECONDS,
        check=False,
    )
    lines = done.stdout.split() if done.returncode == 0 else []
    return tuple(int(line) << 20 for line in lines if line.isdecimal())

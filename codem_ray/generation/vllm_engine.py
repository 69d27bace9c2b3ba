"""Completions by vLLM."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from codem_ray.config import GenerationConfig
from codem_ray.errors import EnvironmentLackError, ModelLoadError
from codem_ray.generation.engine import (
    ModelSpec,
    Progress,
    Request,
    check_context,
    end_of_answer,
    sample_seed,
)
from codem_ray.records import Completion


class VllmEngine:
    """Holds one model in vLLM, which batches by itself; `generation.batch_size` is not used."""

    def __init__(self, spec: ModelSpec) -> None:
        try:
            import vllm
        except ImportError as error:
            raise EnvironmentLackError(
                f"generation.engine is vllm, which cannot be imported ({error}): "
                'pip install "codem-ray[vllm]", or set generation.engine to transformers'
            ) from error
        self._vllm: Any = vllm
        dtype = {"auto": "auto", "fp32": "float32", "bf16": "bfloat16"}[spec.precision]
        try:
            self._llm: Any = vllm.LLM(
                model=spec.path,
                revision=spec.revision,
                trust_remote_code=spec.trust_remote_code,
                dtype=dtype,
                load_format="safetensors",
                # A model's own sampling defaults would make greedy something else.
                generation_config="vllm",
            )
        except Exception as error:
            # vLLM raises whatever its parts raise; the cause stays attached.
            raise ModelLoadError(f"vllm cannot load the model {spec.path!r}: {error}") from error
        self._tokenizer: Any = self._llm.get_tokenizer()

    @property
    def tokenizer(self) -> Any:
        """The model's tokenizer."""
        return self._tokenizer

    def complete(
        self,
        requests: Sequence[Request],
        config: GenerationConfig,
        progress: Progress | None = None,
    ) -> list[Completion]:
        """Complete every request; see `Engine.complete`.

        vLLM stops at stop strings by itself; a closing fence costs one more pass at the end, for
        vLLM knows no stop that depends on what came before.
        """
        prompts = [self._token_ids(request) for request in requests]
        lengths = [(one.task_id, len(ids)) for one, ids in zip(requests, prompts, strict=True)]
        context = self._llm.llm_engine.model_config.max_model_len
        check_context(lengths, config.max_new_tokens, context)
        asked = [(at, sample) for at in range(len(requests)) for sample in range(config.samples)]
        outputs = self._llm.generate(
            [{"prompt_token_ids": prompts[at]} for at, _ in asked],
            [self._parameters(requests[at], config, sample) for at, sample in asked],
            use_tqdm=False,
        )
        completions = []
        for (at, sample), output in zip(asked, outputs, strict=True):
            written = output.outputs[0]
            end = end_of_answer(written.text, requests[at])
            completions.append(
                Completion(
                    task_id=requests[at].task_id,
                    sample=sample,
                    text=written.text[:end],
                    prompt_tokens=len(prompts[at]),
                    completion_tokens=len(written.token_ids),
                    is_truncated=written.finish_reason == "length" and end is None,
                )
            )
        if progress is not None:
            progress(len(completions))
        return completions

    def close(self) -> None:
        """Drop the model; the actor's process ends soon after."""
        self._llm = None

    def _parameters(self, request: Request, config: GenerationConfig, sample: int) -> Any:
        stop = list(request.stop)
        if request.is_fenced and request.is_fence_open:
            stop.append("\n```")
        return self._vllm.SamplingParams(
            temperature=config.temperature,
            top_p=config.top_p,
            max_tokens=config.max_new_tokens,
            seed=sample_seed(config.seed, request, sample) if config.temperature > 0 else None,
            stop=stop,
        )

    def _token_ids(self, request: Request) -> list[int]:
        encoded = self._tokenizer(request.prompt, add_special_tokens=request.adds_special_tokens)
        ids: list[int] = encoded.input_ids
        return ids

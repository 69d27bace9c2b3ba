"""The engine `vllm`: completions are generated with the library vLLM."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from codem_ray.config import GenerationConfig
from codem_ray.errors import ModelLoadError
from codem_ray.generation.engine import (
    ModelSpec,
    Request,
    check_context,
    end_of_answer,
    prompt_tokens,
    sample_seed,
)
from codem_ray.records import Completion, Progress


class VllmEngine:
    """One model in vLLM, which chooses its own batches; `generation.batch_size` has no effect."""

    def __init__(self, spec: ModelSpec) -> None:
        import vllm

        self._vllm: Any = vllm
        dtype = {"auto": "auto", "fp32": "float32", "bf16": "bfloat16"}[spec.precision]
        try:
            self._llm: Any = vllm.LLM(
                model=spec.path,
                revision=spec.revision,
                trust_remote_code=spec.trust_remote_code,
                dtype=dtype,
                load_format="safetensors",
                # The sampling defaults of a model would change what greedy means.
                generation_config="vllm",
            )
        except Exception as error:
            # vLLM raises many kinds of errors for models that it cannot load.
            raise ModelLoadError(f"vllm cannot load the model {spec.path!r}: {error}") from error
        self.tokenizer: Any = self._llm.get_tokenizer()

    def complete(
        self,
        requests: Sequence[Request],
        config: GenerationConfig,
        progress: Progress | None = None,
    ) -> list[Completion]:
        """Complete every request; see `Engine.complete`.

        vLLM ends completions at stop strings. It has no stop that depends on earlier text, so a
        completion runs on after its closing fence and is cut afterwards.
        """
        prompts = [prompt_tokens(request, self.tokenizer) for request in requests]
        lengths = [
            (request.task_id, len(ids)) for request, ids in zip(requests, prompts, strict=True)
        ]
        context = self._llm.llm_engine.model_config.max_model_len
        check_context(lengths, config.max_new_tokens, context)
        pairs = [(at, sample) for at in range(len(requests)) for sample in range(config.samples)]
        outputs = self._llm.generate(
            [{"prompt_token_ids": prompts[at]} for at, _ in pairs],
            [self._parameters(requests[at], config, sample) for at, sample in pairs],
            use_tqdm=False,
        )
        completions = []
        for (at, sample), output in zip(pairs, outputs, strict=True):
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
        """Free the model's memory, as far as vLLM does so before its process ends."""
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

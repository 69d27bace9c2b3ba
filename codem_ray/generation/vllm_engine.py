"""The engine `vllm`: completions are generated with the library vLLM."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

from codem_ray.config import GenerationConfig
from codem_ray.errors import ModelLoadError
from codem_ray.generation.engine import (
    ModelSpec,
    Request,
    ScoreRequest,
    check_context,
    end_of_answer,
    prompt_tokens,
    sample_seed,
)
from codem_ray.models.adapters import is_adapter, merged_copy
from codem_ray.records import Completion, Progress


class VllmEngine:
    """One model in vLLM, which chooses its own batches; `generation.batch_size` has no effect."""

    def __init__(self, spec: ModelSpec) -> None:
        import vllm

        self._vllm: Any = vllm
        dtype = {"auto": "auto", "fp32": "float32", "bf16": "bfloat16"}[spec.precision]
        try:
            self._llm: Any = vllm.LLM(
                # vLLM could apply an adapter itself, but then scores would differ from those of a
                # merged model.
                model=str(merged_copy(Path(spec.path))) if is_adapter(spec.path) else spec.path,
                revision=spec.revision,
                trust_remote_code=spec.trust_remote_code,
                dtype=dtype,
                load_format="safetensors",
                # The sampling defaults of a model would change what greedy means.
                generation_config="vllm",
                **_options(spec),
            )
        except Exception as error:
            # vLLM raises many kinds of errors for models that it cannot load.
            raise ModelLoadError(f"vllm cannot load the model {spec.path!r}: {error}") from error
        self.tokenizer: Any = self._llm.get_tokenizer()
        self._num_requests = 0

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
        written: dict[tuple[int, int], Completion] = {}
        for at, completion in self.stream(requests, config):
            written[at, completion.sample] = completion
            if progress is not None:
                progress(1)
        return [written[key] for key in sorted(written)]

    def stream(
        self, requests: Sequence[Request], config: GenerationConfig
    ) -> Generator[tuple[int, Completion]]:
        """Yield completions as they are finished; see `StreamingEngine.stream`."""
        engine = self._llm.llm_engine
        prompts = [prompt_tokens(request, self.tokenizer) for request in requests]
        lengths = [
            (request.task_id, len(ids)) for request, ids in zip(requests, prompts, strict=True)
        ]
        check_context(lengths, config.max_new_tokens, engine.model_config.max_model_len)
        pairs = [(at, sample) for at in range(len(requests)) for sample in range(config.samples)]
        # vLLM numbers the requests of an LLM in their order.
        first = self._num_requests
        self._num_requests += len(pairs)
        waiting = {str(first + place): pair for place, pair in enumerate(pairs)}
        self._llm.enqueue(
            [{"prompt_token_ids": prompts[at]} for at, _ in pairs],
            [self._parameters(requests[at], config, sample) for at, sample in pairs],
            use_tqdm=False,
        )
        try:
            while waiting:
                for output in engine.step():
                    if output.finished and output.request_id in waiting:
                        at, sample = waiting.pop(output.request_id)
                        yield at, _completion(requests[at], sample, len(prompts[at]), output)
        finally:
            if waiting:
                engine.abort_request(list(waiting))

    def score(
        self,
        requests: Sequence[ScoreRequest],
        config: GenerationConfig,
        progress: Progress | None = None,
    ) -> list[tuple[float, ...]]:
        """Score every answer; see `ScoringEngine.score`.

        `prompt_logprobs` of vLLM's SamplingParams: it returns for each token of a prompt but the
        first a dictionary by token id, which always holds the prompt's own token.
        """
        # vLLM always generates a token, which needs a place too.
        room = self._llm.llm_engine.model_config.max_model_len - 1
        fitting = [one for one in requests if len(one.prompt) + len(one.answer) <= room]
        self._num_requests += len(fitting)
        outputs = self._llm.generate(
            [{"prompt_token_ids": [*one.prompt, *one.answer]} for one in fitting],
            self._vllm.SamplingParams(
                temperature=0.0, max_tokens=1, prompt_logprobs=1, detokenize=False
            ),
            use_tqdm=False,
        )
        scored = iter(zip(fitting, outputs, strict=True))
        if progress is not None:
            progress(len(requests))
        return [
            _log_likelihoods(*next(scored)) if len(one.prompt) + len(one.answer) <= room else ()
            for one in requests
        ]

    def close(self) -> None:
        """End vLLM's own process, which holds the model's memory."""
        self._llm.llm_engine.engine_core.shutdown()
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


def _options(spec: ModelSpec) -> dict[str, Any]:
    """Return the arguments of `vllm.LLM` that a sweep file sets; vLLM decides the others."""
    options: dict[str, Any] = {
        "gpu_memory_utilization": spec.gpu_memory_utilization,
        "max_model_len": spec.max_model_len,
    }
    chosen = {name: value for name, value in options.items() if value is not None}
    if spec.tensor_parallel > 1:
        # Inside of a Ray actor vLLM would ask Ray for GPUs of its own.
        chosen |= {
            "tensor_parallel_size": spec.tensor_parallel,
            "distributed_executor_backend": "mp",
        }
    return chosen


def _log_likelihoods(request: ScoreRequest, output: Any) -> tuple[float, ...]:
    """Return the log-likelihoods of the answer's tokens from those of the whole prompt."""
    found = output.prompt_logprobs[len(request.prompt) :]
    return tuple(
        float(by_token[token].logprob)
        for token, by_token in zip(request.answer, found, strict=True)
    )


def _completion(request: Request, sample: int, num_prompt_tokens: int, output: Any) -> Completion:
    """Return what vLLM wrote, cut at its end."""
    written = output.outputs[0]
    end = end_of_answer(written.text, request)
    return Completion(
        task_id=request.task_id,
        sample=sample,
        text=written.text[:end],
        prompt_tokens=num_prompt_tokens,
        completion_tokens=len(written.token_ids),
        is_truncated=written.finish_reason == "length" and end is None,
    )

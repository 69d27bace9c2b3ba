"""The sections of a sweep file as pydantic models; unknown keys are refused."""

from __future__ import annotations

import difflib
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from codem_ray.errors import ConfigError
from codem_ray.languages import LANGUAGES, language
from codem_ray.records import PromptStyle

MIXED, UNION, BASE, PROSE, SHUFFLED = "mixed", "union", "base", "prose", "shuffled"
SPECIAL_SOURCES = (BASE, MIXED, UNION, PROSE, SHUFFLED)

LARGEST = 10**15
"""Above every count that means something, and far below where arithmetic overflows."""


def _no_bool(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("must be a number, not true or false")
    return value


Int = Annotated[int, BeforeValidator(_no_bool)]
Float = Annotated[float, BeforeValidator(_no_bool), Field(allow_inf_nan=False)]
"""Numbers proper: YAML's `true` is no 1, and `.inf` no learning rate."""
PositiveInt = Annotated[Int, Field(gt=0, le=LARGEST)]
CountFromZero = Annotated[Int, Field(ge=0, le=LARGEST)]
PositiveFloat = Annotated[Float, Field(gt=0, le=LARGEST)]
Share = Annotated[Float, Field(ge=0, le=1)]
Seed = Annotated[Int, Field(ge=0, lt=2**32)]
"""What every generator of random numbers here takes."""


def _language_name(name: str) -> str:
    try:
        return language(name).name
    except ConfigError as error:
        raise ValueError(str(error)) from error


class Section(BaseModel):
    """A part of the sweep file."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class BaseModelConfig(Section):
    """The model that every trial starts from."""

    path: str
    """Hub id, local folder, or `starter` for the bundled small model."""
    revision: str | None = None
    """Pinned commit of a hub id."""
    trust_remote_code: bool = False
    """Run Python code that comes with the model."""
    parameters: PositiveInt | None = None
    """Parameter count, for `plan` where the model is not at hand."""
    hidden_size: PositiveInt | None = None
    """Width, for `plan` where the model is not at hand."""
    num_layers: PositiveInt | None = None
    """Depth, for `plan` where the model is not at hand."""


class ExternalModel(Section):
    """A model trained elsewhere that gets a row of the matrix."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    model: str
    """Hub id or local folder."""
    revision: str | None = None
    """Pinned commit of a hub id."""


class CorpusFormat(StrEnum):
    """Shape of the rows of a corpus."""

    AUTO = "auto"
    """Told by the fields of each row."""
    ALPACA = "alpaca"
    """instruction, input, output (or response)."""
    MESSAGES = "messages"
    """messages: a list of role and content."""
    SHAREGPT = "sharegpt"
    """conversations: a list of from and value."""
    PROMPT_COMPLETION = "prompt_completion"
    """prompt, completion (or response)."""
    EXERCISM = "exercism"
    """instruction, stub, solution: folders as JSON."""


class CorpusConfig(Section):
    """One file or dataset of instruction pairs."""

    path: str
    """File, `hub:<dataset id>`, or `starter`; `{language}` stands for each language's name."""
    format: CorpusFormat = CorpusFormat.AUTO
    """Shape of the rows."""
    kind: Literal["code", "prose"] = "code"
    """`prose`: instructions answered without code, for the control source `prose`."""
    languages: tuple[str, ...] | None = None
    """Languages that are taken from it; null: all that the sweep needs."""
    language_field: str | None = None
    """Field of a row that names its language; a row that lacks it is told by its text."""
    revision: str | None = None
    """Pinned commit of a hub dataset."""
    licence: str = "unknown"
    """Licence of the pairs, for the data card."""

    @field_validator("languages")
    @classmethod
    def _known(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if value is None else tuple(_language_name(name) for name in value)


class CleaningOptions(Section):
    """Which pairs are left out of the corpora; each is counted, with the reason."""

    duplicates: bool = True
    """Leave out a pair whose instruction and answer are those of an earlier one."""
    near_duplicates: Annotated[Float, Field(gt=0, le=1)] | None = 0.85
    """Leave out a pair that shares this much of its text with an earlier one; null: keep it."""
    truncated: bool = True
    """Leave out an answer that breaks off."""
    max_error_share: Share | None = 0.3
    """Leave out an answer of which more than this does not parse; null: parse none."""
    max_characters: PositiveInt | None = 50_000
    """Leave out a pair, instruction and answer, that is longer; null: keep it."""


class DataConfig(Section):
    """Where the pairs come from and how they become tokens."""

    corpora: Annotated[tuple[CorpusConfig, ...], Field(min_length=1)]
    """Corpora, read in this order."""
    pairs: PositiveInt | None = None
    """Pairs per source, `mixed` included; null: as many as the smallest source has."""
    target_tokens: PositiveInt | None = None
    """In place of `pairs`: tokens of answers per source, `mixed` included, by the base model's
    tokenizer."""
    shortage: Literal["refuse", "repeat", "shrink"] = "refuse"
    """Where a source has less than the budget asks: refuse the sweep, repeat that source's pairs,
    or shrink all sources to what the smallest has."""
    mixture: Annotated[dict[str, PositiveFloat], Field(min_length=1)] | None = None
    """Shares of the languages in `mixed` and `shuffled`, {python: 2, go: 1}; a language that is not
    named has none. null: equal shares."""
    html_strip_scripts: bool = False
    """Take scripts out of the pages of HTML pairs."""
    template: str = "alpaca"
    """`alpaca`, `short`, `chat` (the tokenizer's own) or a Jinja template of `instruction`."""
    max_tokens: PositiveInt = 2048
    """Length of a packed sequence; longer pairs are dropped and counted."""
    max_broken_share: Share = 0.01
    """Broken lines of a corpus file above this share refuse the file."""
    cleaning: CleaningOptions = CleaningOptions()
    """Which pairs are left out."""
    decontaminate: bool = True
    """Drop pairs that share text or code with a benchmark of this sweep."""
    seed: Seed = 0
    """Chooses and orders the pairs."""

    @field_validator("mixture")
    @classmethod
    def _known_languages(cls, value: dict[str, float] | None) -> dict[str, float] | None:
        if value is None:
            return None
        known = [(_language_name(name), share) for name, share in value.items()]
        if len(dict(known)) < len(known):
            raise ValueError(f"a language is named twice: {', '.join(value)}")
        return dict(known)

    @model_validator(mode="after")
    def _one_budget(self) -> DataConfig:
        if self.pairs is not None and self.target_tokens is not None:
            raise ValueError(
                f"pairs is {self.pairs} and target_tokens is {self.target_tokens}: a budget is "
                "counted in one of them; leave the other out"
            )
        return self


class TrainingConfig(Section):
    """What a fine-tune does."""

    epochs: Annotated[PositiveFloat, Field(le=100_000)] = 3.0
    """Passes over the source's pairs."""
    learning_rate: PositiveFloat = 2e-5
    """Peak of the schedule."""
    batch_sequences: PositiveInt = 32
    """Packed sequences per optimizer step, over all workers."""
    micro_batch_sequences: PositiveInt = 1
    """Packed sequences per worker and forward pass; changes no result, only memory and speed."""
    warmup_steps: CountFromZero = 30
    """Linear warm-up."""
    schedule: Literal["cosine", "linear", "constant"] = "cosine"
    """Course of the learning rate after the warm-up."""
    weight_decay: Annotated[Float, Field(ge=0)] = 0.0
    """AdamW's."""
    max_grad_norm: PositiveFloat = 1.0
    """Gradients are clipped to this norm."""
    zero_stage: Literal[0, 1, 2, 3] = 2
    """DeepSpeed ZeRO stage."""
    offload_optimizer: bool = False
    """Keep optimizer state in host memory."""
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    """`auto`: bf16 on a GPU, fp32 on a CPU."""
    checkpoint_every_steps: PositiveInt = 50
    """Steps between resumable checkpoints."""
    gradient_checkpointing: bool = False
    """Trade compute for memory."""


class GenerationConfig(Section):
    """How completions are written."""

    engine: Literal["transformers", "vllm"] = "transformers"
    """What writes them."""
    max_new_tokens: PositiveInt = 512
    """Length limit of a completion."""
    batch_size: PositiveInt = 16
    """Prompts at once, sorted by length."""
    samples: PositiveInt = 1
    """Completions per problem; 1 is greedy."""
    temperature: Annotated[Float, Field(ge=0)] = 0.0
    """0: greedy."""
    top_p: Annotated[Float, Field(gt=0, le=1)] = 1.0
    """Nucleus sampling, when the temperature is above 0."""
    seed: Seed = 0
    """Of the sampling."""

    @model_validator(mode="after")
    def _samples_need_temperature(self) -> GenerationConfig:
        if self.samples > 1 and self.temperature == 0:
            raise ValueError("samples > 1 needs temperature > 0: greedy samples are all the same")
        return self


class EvaluationConfig(Section):
    """What is measured and how."""

    benchmarks: Annotated[tuple[str, ...], Field(min_length=1)]
    """Names from `codem-ray ls benchmarks`, or files in a published format."""
    baseline_style: PromptStyle = PromptStyle.COMPLETION
    """The prompt style of `base` from which gains are measured."""
    k: Annotated[tuple[PositiveInt, ...], Field(min_length=1)] = (1,)
    """pass@k for these k; none above generation.samples."""
    limit: PositiveInt | None = None
    """First N problems of each benchmark (also `--limit`); marked in every output."""
    sandbox: Annotated[
        str, Field(min_length=1, examples=["bubblewrap", "process-without-isolation"])
    ] = "bubblewrap"
    """Name of a sandbox backend; `process-without-isolation` isolates nothing. Installed packages
    may add others."""
    confidence: Annotated[Float, Field(gt=0.5, lt=1)] = 0.95
    """Level of the intervals."""
    alpha: Annotated[Float, Field(gt=0, lt=0.5)] = 0.05
    """Level of the tests over the matrix, after adjustment."""
    bootstrap_resamples: PositiveInt = 2000
    """Of the grouped bootstrap."""
    gate: bool = True
    """Run the reference gate first."""
    cache: bool = True
    """Take verdicts on equal programs, toolchains and limits from earlier sweeps on this machine;
    the gate never does."""

    @field_validator("benchmarks")
    @classmethod
    def _distinct(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        twice = sorted({name for name in value if value.count(name) > 1})
        if twice:
            raise ValueError(f"benchmarks named twice: {', '.join(twice)}")
        return value


class SearchConfig(Section):
    """How Tune goes through the trials."""

    max_concurrent_trials: PositiveInt | None = None
    """null: worked out from the scarcest resource."""
    max_failures: CountFromZero = 2
    """Attempts after the first that a trial gets."""


class ResourcesConfig(Section):
    """What one trial and the evaluation may take."""

    workers: PositiveInt = 2
    """Ray Train workers of a trial."""
    cpus_per_worker: PositiveFloat = 1.0
    """CPUs reserved for each worker; also its thread count, rounded down."""
    gpus_per_worker: Annotated[Float, Field(ge=0)] = 0.0
    """GPUs reserved for each worker."""
    executors: PositiveInt | None = None
    """Executor actors; null: one per CPU, at most 64."""
    generators: PositiveInt = 1
    """Generator actors."""


class TrackingConfig(Section):
    """Where MLflow writes."""

    uri: str | None = None
    """Tracking URI; null: sqlite in the storage folder's parent, `runs/mlflow.db`."""
    log_models: Literal["auto", "whole", "reference", "none"] = "auto"
    """`auto`: whole below `whole_model_bytes`, else by reference."""
    whole_model_bytes: PositiveInt = 1 << 30
    """Size below which `auto` logs a model whole."""


class StorageConfig(Section):
    """Where the sweep's files are."""

    path: str = "runs"
    """Folder or fsspec URI; the sweep's own folder is made in it."""
    is_shared: bool = False
    """Says that a local path is the same on every node."""
    suffix: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]*$|^$")] = ""
    """Appended to the names of plan, results and report; `--limit N` sets it to `limit-N`, so that
    a look at the first problems leaves what whole benchmarks made as it is. Trained models are
    shared."""


LanguageOrSpecial = Annotated[str, Field(examples=[*SPECIAL_SOURCES, *LANGUAGES])]
"""Editors offer these; aliases are taken too."""
Source = LanguageOrSpecial | tuple[str, ...] | ExternalModel


class Sweep(Section):
    """One study: a base model, sources, targets, and how it is run."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    """Also the MLflow experiment and the storage folder."""
    base_model: BaseModelConfig
    """What every trial starts from."""
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    """Rows of the transfer matrix."""
    seeds: Annotated[tuple[Seed, ...], Field(min_length=1)] = (0,)
    """One trial per trained source and seed."""
    data: DataConfig
    """Corpora and tokens."""
    training: TrainingConfig = TrainingConfig()
    """The fine-tune."""
    generation: GenerationConfig = GenerationConfig()
    """The completions."""
    evaluation: EvaluationConfig
    """Benchmarks and statistics."""
    search: SearchConfig = SearchConfig()
    """Tune."""
    resources: ResourcesConfig = ResourcesConfig()
    """CPUs, GPUs, workers."""
    tracking: TrackingConfig = TrackingConfig()
    """MLflow."""
    storage: StorageConfig = StorageConfig()
    """Files."""

    @field_validator("sources", mode="before")
    @classmethod
    def _expand_all(cls, value: Any) -> Any:
        if value == "all":
            return [BASE, *LANGUAGES, MIXED]
        return value

    @field_validator("sources")
    @classmethod
    def _known_sources(cls, value: tuple[Source, ...]) -> tuple[Source, ...]:
        known = tuple(_canonical(source) for source in value)
        names = [source_name(source) for source in known]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"sources named twice: {', '.join(twice)}")
        return known

    @field_validator("seeds")
    @classmethod
    def _distinct(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(value)) != len(value):
            raise ValueError(f"seeds named twice: {list(value)}")
        return value

    @model_validator(mode="after")
    def _k_within_samples(self) -> Sweep:
        if max(self.evaluation.k) > self.generation.samples:
            raise ValueError(
                f"evaluation.k has {max(self.evaluation.k)}, but generation.samples is "
                f"{self.generation.samples}: raise the samples or lower k"
            )
        return self


def _canonical(source: Source) -> Source:
    if isinstance(source, ExternalModel):
        if source.name in SPECIAL_SOURCES or source.name in LANGUAGES:
            raise ValueError(f"name: {source.name!r} is taken by a source; choose another")
        return source
    if isinstance(source, tuple):
        if len(source) < 2:
            raise ValueError(f"a sequence needs two languages or more, not {list(source)}")
        names = tuple(_language_name(name) for name in source)
        if len(set(names)) < len(names):
            raise ValueError(f"a sequence has each language once, not {list(source)}")
        return names
    if source in SPECIAL_SOURCES:
        return source
    near = difflib.get_close_matches(source, SPECIAL_SOURCES, n=1)
    if near:
        raise ValueError(f"no source is called {source!r}; did you mean {near[0]!r}?")
    return _language_name(source)


def source_name(source: Source) -> str:
    """Return the readable name of a source, as in the matrix and in `trial_id`."""
    if isinstance(source, ExternalModel):
        return source.name
    return source if isinstance(source, str) else "-then-".join(source)

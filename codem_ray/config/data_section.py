"""The section `data`: corpora, cleaning, and how pairs become tokens."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from codem_ray.config.fields import (
    Float,
    LanguageName,
    PositiveFloat,
    PositiveInt,
    Section,
    Seed,
    Share,
    language_name,
)
from codem_ray.prompting.templates import CHAT_DATE


class CorpusFormat(StrEnum):
    """Shape of the rows of a corpus."""

    AUTO = "auto"
    """Detected from the fields of each row."""
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


class ColumnNames(Section):
    """Names of a corpus's columns, for each field of a format that is called otherwise there."""

    id: str | None = None
    """Column of the row's id."""
    instruction: str | None = None
    """Column of the instruction (`format: alpaca`)."""
    input: str | None = None
    """Column of the text that follows the instruction (`format: alpaca`)."""
    output: str | None = None
    """Column of the answer (`format: alpaca`)."""
    prompt: str | None = None
    """Column of the prompt (`format: prompt_completion`)."""
    completion: str | None = None
    """Column of the completion (`format: prompt_completion`)."""
    messages: str | None = None
    """Column of the turns (`format: messages`)."""
    conversations: str | None = None
    """Column of the turns (`format: sharegpt`)."""
    system: str | None = None
    """Column of the system message."""
    history: str | None = None
    """Column of the earlier turns, a list of [user, assistant]."""


_FORMAT_OF_FIELD = {
    "instruction": CorpusFormat.ALPACA,
    "input": CorpusFormat.ALPACA,
    "output": CorpusFormat.ALPACA,
    "prompt": CorpusFormat.PROMPT_COMPLETION,
    "completion": CorpusFormat.PROMPT_COMPLETION,
    "messages": CorpusFormat.MESSAGES,
    "conversations": CorpusFormat.SHAREGPT,
}
HUB = "hub:"
"""Prefix of a corpus path that names a dataset of the hub."""
_ADDED_LATER = {"columns": None, "subset": None, "split": "train"}
"""Keys that a dump leaves out at their defaults, so that the digests of older sweeps stay."""


class CorpusConfig(Section):
    """One file or dataset of instruction-response pairs."""

    path: str
    """File, glob of files (`*`, `**`), `hub:<dataset id>`, or a bundled corpus: `starter` or
    `starter-words`; `{language}` stands for each language's name."""
    subset: str | None = None
    """Configuration of a hub dataset; null: its only one."""
    split: str = "train"
    """Split of a hub dataset."""
    format: CorpusFormat = CorpusFormat.AUTO
    """Shape of the rows."""
    columns: ColumnNames | None = None
    """Names of the columns, as in {instruction: problem, output: solution}; null: those of the
    format."""
    kind: Literal["code", "prose"] = "code"
    """`prose`: instructions answered without code, for the control source `prose`."""
    languages: tuple[LanguageName, ...] | None = None
    """Languages to take from this corpus; null: all that the sweep needs."""
    language_field: str | None = None
    """Field of a row that names its language. Rows without the field are classified by content."""
    revision: str | None = None
    """Pinned commit of a hub dataset."""
    licence: str = "unknown"
    """Licence of the pairs, for the data card."""

    @property
    def named_columns(self) -> dict[str, str]:
        """The columns that the sweep file names, by field."""
        return {} if self.columns is None else self.columns.model_dump(exclude_none=True)

    @property
    def row_format(self) -> CorpusFormat:
        """The format of the rows: the stated one, else the one whose columns are named."""
        if self.format is not CorpusFormat.AUTO:
            return self.format
        named = (_FORMAT_OF_FIELD.get(field) for field in self.named_columns)
        return next((form for form in named if form is not None), CorpusFormat.AUTO)

    @model_serializer(mode="wrap")
    def _dump(self, dump: SerializerFunctionWrapHandler) -> dict[str, object]:
        values: dict[str, object] = dump(self)
        return {
            key: value
            for key, value in values.items()
            if key not in _ADDED_LATER or value != _ADDED_LATER[key]
        }

    @model_validator(mode="after")
    def _keys_fit(self) -> CorpusConfig:
        if not self.path.startswith(HUB) and (self.subset is not None or self.split != "train"):
            raise ValueError(
                f"subset and split choose a part of a hub dataset, and {self.path!r} is not one: "
                "name the files of that part in path"
            )
        forms = {
            _FORMAT_OF_FIELD[field] for field in self.named_columns if field in _FORMAT_OF_FIELD
        }
        if len(forms) > 1 or (self.format is not CorpusFormat.AUTO and forms - {self.format}):
            raise ValueError(
                f"columns names fields of the format {', '.join(sorted(forms))}, and format is "
                f"{self.format}: name the fields of one format"
            )
        return self


class CleaningOptions(Section):
    """Which pairs are removed from the corpora. Removed pairs are counted by reason."""

    duplicates: bool = True
    """Remove a pair with the same instruction and answer as an earlier one."""
    near_duplicates: Annotated[Float, Field(gt=0, le=1)] | None = 0.85
    """Remove a pair that shares this fraction of its text with an earlier one; null: keep it."""
    truncated: bool = True
    """Remove an answer that breaks off."""
    max_error_share: Share | None = 0.3
    """Remove an answer if more than this fraction does not parse; null: do not parse answers."""
    max_characters: PositiveInt | None = 50_000
    """Remove a pair with more characters in instruction and answer; null: no limit."""


class DataConfig(Section):
    """Where the pairs come from and how they become tokens."""

    corpora: Annotated[tuple[CorpusConfig, ...], Field(min_length=1)]
    """Corpora, read in this order."""
    pairs: PositiveInt | None = None
    """Pairs per source, including `mixed`; null: as many as the smallest source has."""
    target_tokens: PositiveInt | None = None
    """Instead of `pairs`: answer tokens per source, including `mixed`, counted by the base model's
    tokenizer."""
    shortage: Literal["refuse", "repeat", "shrink"] = "refuse"
    """If a source has less than the budget: refuse the sweep, repeat pairs of that source, or
    shrink all sources to the size of the smallest."""
    mixture: Annotated[dict[str, PositiveFloat], Field(min_length=1)] | None = None
    """Weights of the languages in `mixed` and `shuffled`, as in {python: 2, go: 1}. A language
    without a weight is left out. null: equal weights."""
    html_strip_scripts: bool = False
    """Remove scripts from the pages of HTML pairs."""
    template: str = "alpaca"
    """`alpaca`, `short`, `chat` (the tokenizer's own) or a Jinja template of `instruction`."""
    chat_date: date = CHAT_DATE
    """With template `chat`: the date that a chat template gets as today's, in training and in
    evaluation."""
    max_tokens: PositiveInt = 2048
    """Length of a packed sequence; longer pairs are dropped and counted."""
    max_broken_share: Share = 0.01
    """Refuse a corpus file in which more than this fraction of the lines cannot be read."""
    cleaning: CleaningOptions = CleaningOptions()
    """Which pairs are removed."""
    decontaminate: bool = True
    """Remove pairs that share text or code with a benchmark of this sweep."""
    seed: Seed = 0
    """Seed for choosing and ordering the pairs."""

    @field_validator("mixture")
    @classmethod
    def _known_languages(cls, value: dict[str, float] | None) -> dict[str, float] | None:
        if value is None:
            return None
        weights = {language_name(name): weight for name, weight in value.items()}
        if len(weights) < len(value):
            raise ValueError(f"a language is named twice: {', '.join(value)}")
        return weights

    @model_validator(mode="after")
    def _has_one_budget(self) -> DataConfig:
        if self.pairs is not None and self.target_tokens is not None:
            raise ValueError(
                f"pairs is {self.pairs} and target_tokens is {self.target_tokens}: set only one "
                "of them"
            )
        return self

    @model_validator(mode="after")
    def _uses_its_date(self) -> DataConfig:
        if self.chat_date != CHAT_DATE and self.template != "chat":
            raise ValueError(
                f"chat_date is {self.chat_date}, but template is {self.template!r}: only a chat "
                "template can state a date; remove chat_date or set template to chat"
            )
        return self

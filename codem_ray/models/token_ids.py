"""Compares the token ids of a model folder's tokenizer with the rows of its embeddings."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from codem_ray.errors import ModelLoadError
from codem_ray.models.adapters import is_adapter
from codem_ray.models.config_check import check_special_ids, text_settings
from codem_ray.models.digest import cached_fact
from codem_ray.models.inspect import read_config, read_json_object, read_weight_header
from codem_ray.models.weight_files import weight_files

TOKENIZER, TOKENIZER_CONFIG = "tokenizer.json", "tokenizer_config.json"
VOCABULARY, ADDED, SPECIAL = "vocab.json", "added_tokens.json", "special_tokens_map.json"
GENERATION = "generation_config.json"
EMBEDDINGS = ("embed_tokens", "wte", "word_embeddings", "embed_in", "tok_embeddings")
"""Names of the modules that hold the embeddings of tokens."""
_PADDING = re.compile(r"\W*pad\W*", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenizerIds:
    """The ids that a tokenizer can give."""

    last: int = -1
    """Largest id of the vocabulary; -1 if the vocabulary is in a file that is not JSON."""
    added: Mapping[str, int] = field(default_factory=dict)
    """Ids of the tokens that were added to the vocabulary, special ones included."""


def check_token_ids(folder: Path, *, is_trained: bool) -> None:
    """Refuse a tokenizer whose ids have no row in the embeddings, the pad token's excepted.

    `load_tokenizer` pads with another token. The added tokens of a model that is not trained may
    exceed the embeddings. Raises ModelLoadError; also for damaged tokenizer files.
    """
    for name in (TOKENIZER_CONFIG, VOCABULARY, ADDED, SPECIAL, GENERATION):
        if (folder / name).is_file():
            content = read_json_object(folder / name)
            if name == GENERATION:
                check_special_ids(content, str(folder), file=name)
    ids, rows = tokenizer_ids(folder), embedding_rows(folder)
    if is_trained and ids.last < 0 and (folder / TOKENIZER).is_file():
        raise ModelLoadError(
            f"{folder / TOKENIZER} has no vocabulary: copy it from the original model"
        )
    if rows is None:
        return
    if ids.last >= rows:
        raise _no_row(folder, "the vocabulary's last token", ids.last, rows)
    if not is_trained:
        return
    pad = _named(folder, "pad_token")
    ends = {_named(folder, "bos_token"), _named(folder, "eos_token")}
    for token, token_id in ids.added.items():
        is_padding = token == pad or _PADDING.fullmatch(token) is not None
        if token_id >= rows and (token in ends or not is_padding):
            raise _no_row(folder, repr(token), token_id, rows)


def padding_note(folder: Path) -> str:
    """Describe the padding of a model whose pad token has no row in the embeddings, else ''."""
    added, rows = tokenizer_ids(folder).added, embedding_rows(folder)
    pad, end = _named(folder, "pad_token"), _named(folder, "eos_token")
    token_id = added.get(pad, -1)
    if rows is None or token_id < rows:
        return ""
    return (
        f"the tokenizer's pad token {pad!r} has the id {token_id}, which has no row in the {rows} "
        f"embeddings: padding is the end of sequence {end!r} (id {added.get(end, 'unknown')})"
    )


def tokenizer_ids(folder: Path) -> TokenizerIds:
    """Read the ids of a tokenizer's JSON files."""
    ids = TokenizerIds()
    if (folder / TOKENIZER).is_file():
        # Reading the file of a large vocabulary takes up to a second.
        ids = TokenizerIds(**json.loads(cached_fact(folder / TOKENIZER, "token-ids", _read_ids)))
    elif (folder / VOCABULARY).is_file():
        ids = TokenizerIds(last=_last_id(read_json_object(folder / VOCABULARY)))
    added = dict(ids.added)
    if (folder / ADDED).is_file():
        added |= {token: _id(at) for token, at in read_json_object(folder / ADDED).items()}
    if (folder / TOKENIZER_CONFIG).is_file():
        decoder = read_json_object(folder / TOKENIZER_CONFIG).get("added_tokens_decoder")
        if isinstance(decoder, Mapping):
            added |= {_content(token): _id(at) for at, token in decoder.items()}
    return TokenizerIds(last=ids.last, added=added)


def embedding_rows(folder: Path) -> int | None:
    """Return the number of tokens that a model has embeddings for; None if it is not known.

    Raises ModelLoadError if config.json and the weights disagree.
    """
    vocabulary = text_settings(read_config(folder), str(folder)).get("vocab_size")
    if is_adapter(folder):
        return vocabulary if isinstance(vocabulary, int) else None
    shapes = {
        tuple(tensor["shape"])
        for file in weight_files(folder)
        for name, tensor in read_weight_header(file).items()
        if name.endswith(".weight") and name.split(".")[-2] in EMBEDDINGS
    }
    rows = shapes.pop()[0] if len(shapes) == 1 else None
    if rows is not None and vocabulary is not None and rows != vocabulary:
        raise ModelLoadError(
            f"{folder}: vocab_size is {vocabulary} in config.json, but the embeddings have {rows} "
            "rows: copy config.json and the weights from the same model"
        )
    return rows if rows is not None else vocabulary


def _read_ids(file: Path) -> str:
    content = read_json_object(file)
    model = content.get("model")
    vocabulary = model.get("vocab") if isinstance(model, Mapping) else None
    added = content.get("added_tokens")
    tokens = added if isinstance(added, list) else []
    ids = TokenizerIds(
        last=_last_id(vocabulary),
        added={_content(token): _id(token["id"]) for token in tokens if "id" in token},
    )
    # An added token may be part of the vocabulary too, and then is checked as an added one.
    if isinstance(vocabulary, Mapping):
        plain = (at for token, at in vocabulary.items() if token not in ids.added)
        ids = TokenizerIds(last=max(map(_id, plain), default=-1), added=ids.added)
    return json.dumps(asdict(ids))


def _last_id(vocabulary: object) -> int:
    """Return the largest id of a vocabulary; a list holds its tokens in the order of their ids."""
    if isinstance(vocabulary, Mapping):
        return max(map(_id, vocabulary.values()), default=-1)
    return len(vocabulary) - 1 if isinstance(vocabulary, list) else -1


def _named(folder: Path, name: str) -> str:
    """Return the text of a tokenizer's special token; empty if it has none."""
    for file in (folder / TOKENIZER_CONFIG, folder / SPECIAL):
        token = read_json_object(file).get(name) if file.is_file() else None
        if token is not None:
            return _content(token)
    return ""


def _content(token: Any) -> str:
    return str(token.get("content", "")) if isinstance(token, Mapping) else str(token)


def _id(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError) as error:
        raise ModelLoadError(
            f"{value!r} in the tokenizer's files is not a token id: copy them from the original"
        ) from error


def _no_row(folder: Path, token: str, token_id: int, rows: int) -> ModelLoadError:
    return ModelLoadError(
        f"{folder}: token id {token_id} of the tokenizer ({token}) has no row in the {rows} "
        "embeddings: use the tokenizer of this model, or resize the embeddings "
        "(model.resize_token_embeddings) and save both"
    )

"""Reads corpora of instruction pairs, one row at a time; what becomes no pair is named."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from codem_ray.config import PROSE, CorpusConfig
from codem_ray.corpora.compact_map import DigestMap, digest64
from codem_ray.corpora.language_detection import LanguageLabel
from codem_ray.corpora.language_labels import label_language, language_names
from codem_ray.corpora.pairs import DropReason, Pair, Rejected
from codem_ray.corpora.raw_rows import Row, file_rows, hub_rows
from codem_ray.corpora.row_formats import BrokenRow, Fields, fields_of, language_of_file
from codem_ray.errors import DataError

NAMED_BROKEN_ROWS = 5
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")
STARTER, HUB, PLACEHOLDER = "starter", "hub:", "{language}"


@dataclass(frozen=True, slots=True)
class CorpusFile:
    """One file of a corpus, or a data set of the hub."""

    origin: str
    """How it is called, without the folder that it lies in."""
    language: str | None
    """What its name says."""
    path: Path | None
    """None: it is on the hub."""


def read_pairs(
    corpora: Sequence[CorpusConfig], languages: Sequence[str], *, max_broken_share: float
) -> Iterator[Pair | Rejected]:
    """Yield every row of the corpora as a pair, or as why it is none, in order and one at a time.

    A corpus of which the sweep wants no language is not opened. An id that was seen before gets
    the row's place behind it, so that no two are equal.

    Args:
        corpora: In the order of the sweep file.
        languages: Those wanted; `prose` asks for the corpora of that kind.
        max_broken_share: Of a file's rows.

    Raises:
        DataError: a file is missing, is too broken (at its end), or a corpus holds no pair (at its
            end).
    """
    ids = DigestMap()
    for number, corpus in enumerate(corpora):
        wanted = _wanted(corpus, languages)
        if not wanted:
            continue
        found: Counter[str] = Counter()
        for file in _files(corpus, wanted):
            for item in _read(file, corpus, number, wanted, max_broken_share):
                if isinstance(item, Rejected):
                    found[item.reason] += 1
                    yield item
                    continue
                found["pairs"] += 1
                yield item if ids.add(digest64(item.id), 0) else _renamed(item, ids, found["pairs"])
        if not found["pairs"]:
            raise DataError(_no_pair(corpus, wanted, found))


def corpus_files(corpus: CorpusConfig, languages: Sequence[str]) -> list[CorpusFile]:
    """Return the files that a corpus has for these languages, in the order of reading."""
    return _files(corpus, _wanted(corpus, languages))


def _wanted(corpus: CorpusConfig, languages: Sequence[str]) -> list[str]:
    if corpus.kind == PROSE:
        return [name for name in languages if name == PROSE]
    own = [name for name in languages if corpus.languages is None or name in corpus.languages]
    return own if corpus.path == STARTER else [name for name in own if name != PROSE]


def _renamed(pair: Pair, ids: DigestMap, number: int) -> Pair:
    renamed = f"{pair.id} ({pair.corpus}:{number})"
    while not ids.add(digest64(renamed), 0):
        renamed += "'"
    return replace(pair, id=renamed)


def _no_pair(corpus: CorpusConfig, wanted: Sequence[str], found: Counter[str]) -> str:
    broken = found[DropReason.BROKEN_ROW]
    return (
        f"corpus {corpus.path}: no pair in {', '.join(wanted)} ({found.total()} rows, "
        f"{broken} broken, {found.total() - broken} in no wanted language): "
        "check data.corpora: path, format, languages, language_field"
    )


def _read(
    file: CorpusFile,
    corpus: CorpusConfig,
    number: int,
    wanted: Sequence[str],
    max_broken_share: float,
) -> Iterator[Pair | Rejected]:
    rows = broken = 0
    named: list[str] = []
    for row in _rows(file, corpus):
        rows += 1
        try:
            if isinstance(row.content, BrokenRow):
                raise row.content
            fields = fields_of(row.content, corpus.format, file.language)
            _refuse_half_characters(fields)
        except BrokenRow as error:
            broken += 1
            if len(named) < NAMED_BROKEN_ROWS:
                named.append(f"{row.place}: {error}")
            yield Rejected(
                pair_id=row.place,
                origin=file.origin,
                corpus=number,
                reason=DropReason.BROKEN_ROW,
                detail=str(error),
            )
            continue
        pair_id = fields.id or row.place
        told = _language(fields, corpus, file)
        if told.language is None or told.language not in wanted:
            yield Rejected(
                pair_id=pair_id,
                origin=file.origin,
                corpus=number,
                reason=_why_not(told),
                detail=f"{told.language}: {told.evidence}" if told.language else told.evidence,
            )
            continue
        yield Pair(
            id=pair_id,
            instruction=fields.instruction,
            response=fields.response,
            language=told.language,
            origin=file.origin,
            licence=corpus.licence,
            evidence=told.evidence,
            corpus=number,
        )
    if broken and broken > max_broken_share * rows:
        raise DataError(_too_broken(file.origin, named, broken, rows, max_broken_share))


def _why_not(told: LanguageLabel) -> DropReason:
    if told.language is not None:
        return DropReason.NOT_WANTED
    return DropReason.OTHER_LANGUAGE if told.is_other else DropReason.UNKNOWN_LANGUAGE


def _language(fields: Fields, corpus: CorpusConfig, file: CorpusFile) -> LanguageLabel:
    if corpus.kind == PROSE:
        return LanguageLabel(PROSE, "kind of the corpus")
    if file.language is not None:
        return LanguageLabel(file.language, "file name")
    if corpus.language_field is not None:
        value = fields.row.get(corpus.language_field)
        if value is not None and str(value).strip():
            name = language_names().get(str(value).strip().lower())
            evidence = f"field {corpus.language_field}" + ("" if name else f" {value!r}")
            return LanguageLabel(name, evidence, is_other=name is None)
    if fields.file_name is not None:
        base = fields.file_name.rsplit("/", 1)[-1]
        name = language_of_file(base)
        return LanguageLabel(name, f"file name {base}", is_other=name is None)
    return label_language(fields.instruction, fields.response)


def _refuse_half_characters(fields: Fields) -> None:
    found = _HALF_CHARACTER.search(f"{fields.id}{fields.instruction}{fields.response}")
    if found is None:
        return
    code = ord(found[0])
    # Bytes that could not be read stand as U+DC80 to U+DCFF.
    is_byte = 0xDC80 <= code <= 0xDCFF
    what = f"the byte 0x{code - 0xDC00:02x}" if is_byte else f"U+{code:04X}, half a character"
    raise BrokenRow(f"not UTF-8: {what}")


def _too_broken(
    origin: str, named: Sequence[str], broken: int, rows: int, max_broken_share: float
) -> str:
    lines = "".join(f"\n  {line}" for line in named)
    more = broken - len(named)
    rest = f"\n  and {more} more" if more > 0 else ""
    return (
        f"{origin}: {broken} of {rows} rows are broken ({broken / rows:.1%}), more than "
        f"data.max_broken_share={max_broken_share:g} allows: mend the file or raise the share"
        f"{lines}{rest}"
    )


def _files(corpus: CorpusConfig, wanted: Sequence[str]) -> list[CorpusFile]:
    if corpus.path == STARTER:
        from codem_ray.starter.assets import corpus_path

        paths = ((name, corpus_path(name)) for name in wanted)
        # A language of another package has no pairs of ours.
        return [CorpusFile(f"{STARTER}/{p.name}", name, p) for name, p in paths if p.is_file()]
    files = []
    for name in wanted if PLACEHOLDER in corpus.path else (None,):
        place = corpus.path if name is None else corpus.path.replace(PLACEHOLDER, name)
        if place.startswith(HUB):
            files.append(CorpusFile(place, name, None))
        else:
            path = Path(place).expanduser()
            files.append(CorpusFile(path.name, name, path))
    return files if wanted else []


def _rows(file: CorpusFile, corpus: CorpusConfig) -> Iterator[Row]:
    if file.path is None:
        return hub_rows(file.origin.removeprefix(HUB), corpus.revision)
    return file_rows(file.path)

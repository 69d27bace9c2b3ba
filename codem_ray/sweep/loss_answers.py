"""The reference answers on which a sweep measures losses: held-out pairs and references."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial

from codem_ray.benchmarks import load
from codem_ray.config import LossConfig, Sweep
from codem_ray.corpora.pair_store import PairStore
from codem_ray.records import Problem, ReferenceAnswer
from codem_ray.scoring.stage_files import read_rows, write_rows
from codem_ray.storage import StageWriter, Storage, digest_of
from codem_ray.sweep.facts import UNKNOWN_DIGEST, Benchmarks, LossFacts
from codem_ray.sweep.stages import answers_stage
from codem_ray.sweep.sweep_pairs import SweepPairs
from codem_ray.wording import plural

ANSWERS = "answers.jsonl.gz"
FORMAT_VERSION = 1
_Measured = tuple[LossFacts, Sequence[ReferenceAnswer]]


@dataclass(frozen=True, kw_only=True)
class LossAnswers:
    """The sets of reference answers of a sweep."""

    sets: Sequence[_Measured] = ()
    notes: Sequence[str] = ()

    @property
    def facts(self) -> list[LossFacts]:
        """The facts about each set."""
        return [facts for facts, _ in self.sets]


def gather_answers(sweep: Sweep, benchmarks: Benchmarks, pairs: SweepPairs | None) -> LossAnswers:
    """Return the reference answers that `evaluation.loss` asks for.

    If `pairs` is None, the configured number of pairs is assumed for each language.
    """
    config = sweep.evaluation.loss
    if config is None:
        return LossAnswers()
    found: list[_Measured] = []
    notes: list[str] = []
    if config.pairs is not None:
        licences = sorted({corpus.licence for corpus in sweep.data.corpora})
        for target in dict.fromkeys(benchmarks.targets()):
            rows = pairs.held_out.rows[target] if pairs and pairs.held_out else ()
            answers = pair_answers(pairs.store, rows) if pairs else []
            facts = _facts(
                f"loss-{target}",
                target,
                answers,
                is_limited=False,
                assumed=0 if pairs else config.pairs,
                licence=", ".join(licences),
            )
            found.append((facts, answers))
        notes.append(_held_out_note(config, pairs))
    if config.references:
        for benchmark in benchmarks.facts:
            problems = benchmarks.problems[benchmark.name]
            is_limited, assumed = benchmark.is_limited, benchmark.problems
            if config.references is not True:
                whole = load(benchmark.origin) if problems else ()
                problems, assumed = whole[: config.references], config.references
                is_limited = len(problems) < len(whole)
            answers = reference_answers(problems)
            if problems and not answers:
                notes.append(f"{benchmark.name} has no references: no loss is measured on them")
                continue
            facts = _facts(
                f"loss-{benchmark.name}",
                benchmark.target,
                answers,
                is_limited=is_limited,
                assumed=0 if problems else assumed,
                benchmark=benchmark.name,
                licence=benchmark.terms["licence"],
            )
            found.append((facts, answers))
    return LossAnswers(sets=found, notes=notes)


def pair_answers(store: PairStore, rows: Sequence[int]) -> list[ReferenceAnswer]:
    """Return the responses of pairs, in the order of `rows`."""
    by_row = dict(store.read(rows))
    return [
        ReferenceAnswer(
            task_id=by_row[row].id,
            instruction=by_row[row].instruction,
            given="",
            answer=by_row[row].response,
        )
        for row in rows
    ]


def reference_answers(problems: Iterable[Problem]) -> list[ReferenceAnswer]:
    """Return the references of problems that are not quarantined and need no explanation first."""
    return [
        ReferenceAnswer(
            task_id=problem.task_id,
            instruction=problem.instruction,
            given=problem.prompt,
            answer=problem.reference,
            group=problem.group,
            common_id=problem.common_id,
        )
        for problem in problems
        if problem.reference is not None
        and problem.reference.strip()
        and problem.quarantine is None
        and problem.explanation is None
    ]


def store_answers(storage: Storage, answers: LossAnswers, *, log: Callable[[str], None]) -> None:
    """Write each set that the shared cache does not hold."""
    for facts, members in answers.sets:

        def write(writer: StageWriter, members: Sequence[ReferenceAnswer]) -> None:
            write_rows(writer.folder / ANSWERS, members, ReferenceAnswer)

        stage = answers_stage(storage, facts.digest)
        stage.made_once({"name": facts.name}, partial(write, members=members), log=log)


def load_answers(storage: Storage, facts: LossFacts) -> list[ReferenceAnswer]:
    """Read a set of answers from the shared cache."""
    return read_rows(answers_stage(storage, facts.digest).folder() / ANSWERS, ReferenceAnswer)


def _facts(
    name: str,
    target: str,
    answers: Sequence[ReferenceAnswer],
    *,
    is_limited: bool,
    assumed: int,
    benchmark: str = "",
    licence: str,
) -> LossFacts:
    """Return the facts about answers, or about `assumed` ones that are not on this machine."""
    rows = [asdict(answer) for answer in answers]
    return LossFacts(
        name=name,
        target=target,
        answers=assumed or len(answers),
        groups=assumed or len({one.group or one.task_id for one in answers}),
        digest=UNKNOWN_DIGEST if assumed else digest_of([FORMAT_VERSION, name, rows]),
        is_limited=is_limited,
        benchmark=benchmark,
        licence=licence,
    )


def _held_out_note(config: LossConfig, pairs: SweepPairs | None) -> str:
    held = f"{config.pairs} pairs of each target language are held out of every source"
    if pairs is None or pairs.held_out is None:
        return f"{held}, with their near-duplicates (evaluation.loss.pairs)"
    near = plural(len(pairs.held_out.near), "near-duplicate")
    return f"{held}, and so are {near} of them (evaluation.loss.pairs)"

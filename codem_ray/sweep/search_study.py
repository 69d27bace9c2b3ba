"""The settings that Optuna chooses for each source, from the results of earlier ones.

The choices are kept in storage before they are trained, and a study is made again from them and
their results: a resume goes on with the same settings.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from codem_ray.config import SearchRange, Setting, Sweep, source_name
from codem_ray.config.search_space import is_whole
from codem_ray.errors import EnvironmentLackError
from codem_ray.storage import Storage, digest_of
from codem_ray.sweep.search_results import SettingResult
from codem_ray.sweep.search_settings import rounded, row_name, space_of
from codem_ray.tokens.source_draws import trained_sources

if TYPE_CHECKING:
    import optuna

ROUNDS = 4
"""The settings of a source are chosen in about so many rounds; those of one train side by side."""
_STARTUP_SHARE = 0.25
"""Share of the settings that are drawn at random, before results guide the choice."""
_TRIES = 20
"""Draws for a setting that was not chosen before."""

AskedSettings = Mapping[str, Sequence[Setting]]
"""Chosen settings by source."""


def check_optuna(sweep: Sweep) -> None:
    """Raise EnvironmentLackError if the sweep needs Optuna and it is not installed."""
    if sweep.search.method == "optuna" and importlib.util.find_spec("optuna") is None:
        raise EnvironmentLackError(
            "search.method is optuna, but the package optuna is not installed: run `pip install "
            "-c constraints.txt '.[train]'`, or set search.method to random"
        )


def read_asked(storage: Storage, sweep: Sweep) -> AskedSettings | None:
    """Return the settings chosen so far; None if the sweep does not choose any by results."""
    if sweep.search.method != "optuna" or not sweep.search.space:
        return None
    name = _ledger(sweep)
    return dict(storage.read_json(name)) if storage.exists(name) else {}


def ask_more(
    storage: Storage, sweep: Sweep, asked: AskedSettings, results: Sequence[SettingResult]
) -> AskedSettings:
    """Choose the next settings of each source, and store them; equal to `asked` if all are chosen.

    `results` are those of the settings asked so far.
    """
    by_name = {f"{result.source} {result.setting}": result for result in results}
    more = {
        name: [*asked.get(name, ()), *_next(sweep, name, asked.get(name, ()), by_name)]
        for name in map(source_name, trained_sources(sweep.sources))
    }
    if more != asked:
        storage.write_json(_ledger(sweep), more)
    return more


def _ledger(sweep: Sweep) -> str:
    """Return the name of the file of chosen settings: another space or seed has another one."""
    search = sweep.search.model_dump(mode="json")
    return f"search/{digest_of([search['space'], search['seed']])}.json"


def _next(
    sweep: Sweep, source: str, asked: Sequence[Setting], results: Mapping[str, SettingResult]
) -> list[Setting]:
    samples = sweep.search.samples or 0
    count = min(max(1, samples // ROUNDS), samples - len(asked))
    if count <= 0:
        return []
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    space = space_of(sweep, source)
    distributions = {key: _distribution(key, values) for key, values in space.items()}
    seed = int(digest_of([sweep.search.seed, source, len(asked)]), 16) % 2**32
    startup = max(2, round(_STARTUP_SHARE * samples))
    sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=startup, constant_liar=True)
    study = optuna.create_study(sampler=sampler)
    for setting in asked:
        result = results.get(row_name(sweep, source, setting))
        study.add_trial(_told(setting, result, distributions, space))
    chosen: list[Setting] = []
    for _ in range(count + _TRIES):
        if len(chosen) == count:
            break
        params = study.ask(distributions).params
        setting = {key: _value(sweep, key, params[key], space[key]) for key in space}
        # A small space runs out of settings.
        if setting not in asked and setting not in chosen:
            chosen.append(setting)
    return chosen


def _distribution(
    key: str, values: SearchRange | tuple[Any, ...]
) -> optuna.distributions.BaseDistribution:
    from optuna import distributions

    if not isinstance(values, SearchRange):
        # Optuna's categories are plain values, and a mixture is a mapping.
        return distributions.CategoricalDistribution(tuple(map(json.dumps, values)))
    if is_whole(key):
        return distributions.IntDistribution(round(values.low), round(values.high), log=values.log)
    return distributions.FloatDistribution(values.low, values.high, log=values.log)


def _value(sweep: Sweep, key: str, drawn: Any, values: SearchRange | tuple[Any, ...]) -> Any:
    if isinstance(values, SearchRange):
        return rounded(sweep, key, drawn, values)
    return json.loads(drawn)


def _told(
    setting: Setting,
    result: SettingResult | None,
    distributions: dict[str, optuna.distributions.BaseDistribution],
    space: Mapping[str, SearchRange | tuple[Any, ...]],
) -> optuna.trial.FrozenTrial:
    """Return a chosen setting as a trial of the study, with its result."""
    from optuna.trial import TrialState, create_trial

    params = {
        key: value if isinstance(space[key], SearchRange) else json.dumps(value)
        for key, value in setting.items()
    }
    if result is None or result.state == "not trained yet":
        return create_trial(state=TrialState.FAIL, params=params, distributions=distributions)
    if result.state == "trained" and result.loss is not None:
        return create_trial(value=result.loss, params=params, distributions=distributions)
    # Optuna ranks these by how far they came and by their loss there, and below all others.
    percent = 100 * result.step // max(1, result.steps)
    reached = {} if result.loss is None else {percent: result.loss}
    return create_trial(
        state=TrialState.PRUNED,
        params=params,
        distributions=distributions,
        intermediate_values=reached,
    )

"""The capacity of a cluster for a sweep."""

from __future__ import annotations

import pytest

from codem_ray.config import ResourcesConfig
from codem_ray.errors import ResourceError
from codem_ray.sweep.resources import Node, decide_capacity


def test_two_workers_on_one_core_are_refused_with_the_arithmetic() -> None:
    with pytest.raises(
        ResourceError, match=r"2 workers x 1 CPU.*1 node with 1 CPU.*1 of 2 workers"
    ):
        decide_capacity([Node(cpus=1)], ResourcesConfig(workers=2))


def test_a_worker_never_spans_two_nodes() -> None:
    with pytest.raises(ResourceError, match="0 of 1 workers fit"):
        decide_capacity([Node(cpus=2), Node(cpus=2)], ResourcesConfig(workers=1, cpus_per_worker=3))


def test_gpus_limit_the_training_slots() -> None:
    wanted = ResourcesConfig(workers=4, gpus_per_worker=1)
    assert decide_capacity([Node(cpus=64, gpus=8)], wanted).training_slots == 2
    with pytest.raises(ResourceError, match="3 of 4 workers fit"):
        decide_capacity([Node(cpus=64, gpus=3)], wanted)


def test_two_trials_more_than_can_train_run_at_once() -> None:
    capacity = decide_capacity([Node(cpus=2)], ResourcesConfig(workers=2))
    assert (capacity.training_slots, capacity.concurrent_trials) == (1, 3)


def test_the_sweep_file_can_lower_the_number_of_trials_at_once() -> None:
    capacity = decide_capacity([Node(cpus=8)], ResourcesConfig(workers=2), max_concurrent_trials=1)
    assert (capacity.training_slots, capacity.concurrent_trials) == (1, 1)

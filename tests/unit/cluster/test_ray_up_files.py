"""Tests of the recipes for Ray's cluster launcher, by Ray's own validators."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from ray.autoscaler._private.util import prepare_config, validate_config

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "cluster" / "ray-up"
CLOUDS = ("aws", "gcp")
every_cloud = pytest.mark.parametrize("cloud", CLOUDS)


def recipe(cloud: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((FOLDER / f"{cloud}.yaml").read_text(encoding="utf-8"))
    return loaded


def types_of(config: dict[str, Any]) -> dict[str, Any]:
    types: dict[str, Any] = config["available_node_types"]
    return types


@every_cloud
def test_ray_accepts_the_recipe(cloud: str) -> None:
    validate_config(prepare_config(recipe(cloud)))


@every_cloud
def test_ray_refuses_a_recipe_with_an_unknown_key(cloud: str) -> None:
    types = recipe(cloud)
    types_of(types)["gpu"]["max_worker"] = 2
    with pytest.raises(jsonschema.ValidationError, match="max_worker"):
        validate_config(prepare_config(types))


@every_cloud
def test_the_head_runs_no_work_and_is_not_a_spot_node(cloud: str) -> None:
    config = recipe(cloud)
    head = types_of(config)[config["head_node_type"]]
    assert head["resources"] == {"CPU": 0}
    assert not {"InstanceMarketOptions", "scheduling"} & set(head["node_config"])
    start = config["head_start_ray_commands"][-1]
    assert "--num-cpus=0 --num-gpus=0" in start
    assert "--dashboard-host=127.0.0.1" in start


@every_cloud
def test_workers_are_spot_nodes_from_zero(cloud: str) -> None:
    config = recipe(cloud)
    workers = {name: kind for name, kind in types_of(config).items() if name != "head"}
    assert set(workers) == {"cpu", "gpu"}
    for kind in workers.values():
        assert kind["min_workers"] == 0 < kind["max_workers"]
        node = kind["node_config"]
        if cloud == "aws":
            assert node["InstanceMarketOptions"] == {"MarketType": "spot"}
        else:
            assert node["scheduling"][0]["provisioningModel"] == "SPOT"
    assert sum(kind["max_workers"] for kind in workers.values()) == config["max_workers"]
    assert "GPU" not in workers["cpu"]["resources"]


@every_cloud
def test_every_node_gets_the_token_and_none_gets_a_secret_from_the_file(cloud: str) -> None:
    config = recipe(cloud)
    assert config["file_mounts"] == {"/home/ray/.ray/auth_token": "~/.ray/auth_token"}
    assert "--env=RAY_AUTH_MODE=token" in config["docker"]["run_options"]
    # The credentials of the store are the machine's role, not values in the file.
    accounts = {"aws": "IamInstanceProfile", "gcp": "serviceAccounts"}
    for name, kind in types_of(config).items():
        assert name == "head" or accounts[cloud] in kind["node_config"]


@every_cloud
def test_nothing_is_installed_when_a_node_starts(cloud: str) -> None:
    # Ray's own defaults would install other versions with pip.
    config = prepare_config(recipe(cloud))
    for name in ("setup_commands", "head_setup_commands", "worker_setup_commands"):
        assert config[name] == []


@every_cloud
def test_the_page_says_how_far_the_cluster_grows(cloud: str) -> None:
    page = (ROOT / "docs" / "clusters" / f"{cloud}.md").read_text(encoding="utf-8")
    assert f"--set cluster.max_nodes={1 + recipe(cloud)['max_workers']} " in page

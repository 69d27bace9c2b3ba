"""The AWS recipe goes through Ray's preparation of a launch, against a simulated EC2."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

pytestmark = pytest.mark.slow
RECIPE = Path(__file__).resolve().parents[3] / "cluster" / "ray-up" / "aws.yaml"
PROFILE = "codem-ray-worker"


@pytest.fixture
def recipe(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """The recipe, inside a simulated account that has its group and profile."""
    values = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
        # Ray writes the key of the simulated account there.
        "HOME": str(tmp_path),
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    (tmp_path / ".ssh").mkdir()
    import boto3
    from moto import mock_aws

    with mock_aws():
        boto3.client("iam").create_instance_profile(InstanceProfileName=PROFILE)
        made = boto3.client("ec2").create_security_group(GroupName="codem-ray", Description="x")
        text = RECIPE.read_text(encoding="utf-8").replace("SECURITY_GROUP", made["GroupId"])
        yield yaml.safe_load(text)


def test_a_launch_has_the_machines_group_and_role_of_the_recipe(recipe: Any) -> None:
    import boto3
    from ray.autoscaler._private.aws.config import bootstrap_aws
    from ray.autoscaler._private.aws.node_provider import AWSNodeProvider
    from ray.autoscaler._private.util import prepare_config, validate_config

    declared = {name: kind["resources"] for name, kind in recipe["available_node_types"].items()}
    for name in ("cpu", "gpu"):
        recipe["available_node_types"][name]["resources"] = {}
    config = prepare_config(recipe)
    validate_config(config)
    config = AWSNodeProvider.fillout_available_node_types_resources(config)
    for name in ("cpu", "gpu"):
        found = config["available_node_types"][name]["resources"]
        assert {kind: found.get(kind) for kind in declared[name]} == declared[name]
    config = bootstrap_aws(config)
    ec2 = boto3.client("ec2")
    groups = {
        group["GroupName"]: group for group in ec2.describe_security_groups()["SecurityGroups"]
    }
    for name, kind in config["available_node_types"].items():
        node = kind["node_config"]
        assert node["SecurityGroupIds"] == [groups["codem-ray"]["GroupId"]]
        assert node["MetadataOptions"]["HttpTokens"] == "required"
        assert name == "head" or node["IamInstanceProfile"] == {"Name": PROFILE}
    # Ray has opened no port to the world.
    assert groups["codem-ray"]["IpPermissions"] == []

"""The AWS recipe goes through Ray's preparation of a launch, against a simulated EC2."""

from __future__ import annotations

import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

pytestmark = pytest.mark.slow
FOLDER = Path(__file__).resolve().parents[3] / "cluster" / "ray-up"
ADDRESS = "203.0.113.1/32"


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A simulated account of AWS."""
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
    from moto import mock_aws

    with mock_aws():
        yield


def set_up(capsys: pytest.CaptureFixture[str]) -> str:
    """Run the recipe's script; return the security group that it prints."""
    script = runpy.run_path(str(FOLDER / "aws_setup.py"))
    script["main"]("some-bucket", ADDRESS)
    return capsys.readouterr().out.strip()


def test_the_setup_may_be_repeated(account: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert set_up(capsys) == set_up(capsys)


def test_the_roles_have_the_bucket_alone(account: None, capsys: pytest.CaptureFixture[str]) -> None:
    import boto3

    set_up(capsys)
    iam = boto3.client("iam")
    resources: dict[str, list[str]] = {}
    for role in ("codem-ray-worker", "codem-ray-head"):
        policy = iam.get_role_policy(RoleName=role, PolicyName="codem-ray")["PolicyDocument"]
        resources[role] = [name for rule in policy["Statement"] for name in rule["Resource"]]
    bucket = ["arn:aws:s3:::some-bucket", "arn:aws:s3:::some-bucket/*"]
    assert resources["codem-ray-worker"] == bucket
    assert resources["codem-ray-head"][:2] == bucket
    assert resources["codem-ray-head"][2].endswith(":role/codem-ray-worker")
    attached = iam.list_attached_role_policies(RoleName="codem-ray-worker")
    assert attached["AttachedPolicies"] == []


def test_a_launch_has_the_machines_group_and_roles_of_the_recipe(
    account: None, capsys: pytest.CaptureFixture[str]
) -> None:
    import boto3
    from ray.autoscaler._private.aws.config import bootstrap_aws
    from ray.autoscaler._private.aws.node_provider import AWSNodeProvider
    from ray.autoscaler._private.util import prepare_config, validate_config

    group = set_up(capsys)
    text = (FOLDER / "aws.yaml").read_text(encoding="utf-8").replace("SECURITY_GROUP", group)
    recipe: dict[str, Any] = yaml.safe_load(text)
    declared = {name: kind["resources"] for name, kind in recipe["available_node_types"].items()}
    for name in ("cpu", "gpu"):
        recipe["available_node_types"][name]["resources"] = {}
    config = prepare_config(recipe)
    validate_config(config)
    # What Ray finds out of the machines is what the recipe declares.
    config = AWSNodeProvider.fillout_available_node_types_resources(config)
    for name in ("cpu", "gpu"):
        found = config["available_node_types"][name]["resources"]
        assert {kind: found.get(kind) for kind in declared[name]} == declared[name]
    config = bootstrap_aws(config)
    for name, kind in config["available_node_types"].items():
        node = kind["node_config"]
        assert node["SecurityGroupIds"] == [group]
        assert node["MetadataOptions"]["HttpTokens"] == "required"
        role = "codem-ray-head" if name == "head" else "codem-ray-worker"
        assert node["IamInstanceProfile"] == {"Name": role}
    # Ray has opened no port to the world.
    (made,) = boto3.client("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"]
    ranges = [item["CidrIp"] for rule in made["IpPermissions"] for item in rule["IpRanges"]]
    assert ranges == [ADDRESS]

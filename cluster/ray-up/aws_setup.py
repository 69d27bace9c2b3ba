"""Make what the AWS recipe needs, once: bucket, roles of head and workers, security group.

    python cluster/ray-up/aws_setup.py BUCKET YOUR_ADDRESS/32

It prints the id of the security group. What exists stays as it is. The region is that of
AWS_DEFAULT_REGION or of your AWS configuration.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import boto3
from botocore.exceptions import ClientError

WORKER, HEAD, GROUP = "codem-ray-worker", "codem-ray-head", "codem-ray"
EC2_POLICY = "arn:aws:iam::aws:policy/AmazonEC2FullAccess"
EXISTS = ("EntityAlreadyExists", "BucketAlreadyOwnedByYou", "InvalidGroup.Duplicate")
ALREADY_ALLOWED = "InvalidPermission.Duplicate"


def unless_exists(call: Any, **arguments: Any) -> None:
    """Call the API, and ignore that the thing exists already."""
    try:
        call(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] not in (*EXISTS, ALREADY_ALLOWED):
            raise


def allow(*actions: str, resources: list[str]) -> dict[str, Any]:
    """Return a statement of a policy."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": resources}


def make_role(name: str, statements: list[dict[str, Any]]) -> str:
    """Make a role with an instance profile of the same name; return the role's ARN."""
    iam = boto3.client("iam")
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": "ec2.amazonaws.com"},
            }
        ],
    }
    unless_exists(iam.create_role, RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_role_policy(RoleName=name, PolicyName="codem-ray", PolicyDocument=policy)
    unless_exists(iam.create_instance_profile, InstanceProfileName=name)
    if not iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]["Roles"]:
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
    arn: str = iam.get_role(RoleName=name)["Role"]["Arn"]
    return arn


def make_group(address: str) -> str:
    """Make the security group: all traffic between nodes, SSH from one address."""
    ec2 = boto3.client("ec2")
    unless_exists(ec2.create_security_group, GroupName=GROUP, Description="codem_ray")
    groups = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": [GROUP]}])
    group_id: str = groups["SecurityGroups"][0]["GroupId"]
    inside = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group_id}]}
    ssh = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": address}]}
    for permission in (inside, ssh):
        unless_exists(
            ec2.authorize_security_group_ingress, GroupId=group_id, IpPermissions=[permission]
        )
    return group_id


def main(bucket: str, address: str) -> None:
    """Make everything, and print the id of the security group."""
    s3 = boto3.client("s3")
    region = s3.meta.region_name
    # us-east-1 is the one region that may not be named.
    place = {} if region == "us-east-1" else {"LocationConstraint": region}
    unless_exists(
        s3.create_bucket, Bucket=bucket, **({"CreateBucketConfiguration": place} if place else {})
    )
    files = allow("s3:*", resources=[f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"])
    worker = make_role(WORKER, [files])
    # The head starts nodes, and gives them the workers' role.
    make_role(HEAD, [files, allow("iam:PassRole", resources=[worker])])
    boto3.client("iam").attach_role_policy(RoleName=HEAD, PolicyArn=EC2_POLICY)
    print(make_group(address))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(f"usage: {sys.argv[0]} BUCKET YOUR_ADDRESS/32")
    main(*sys.argv[1:])

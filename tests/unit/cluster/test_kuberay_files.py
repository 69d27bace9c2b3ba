"""Tests of the recipes for Kubernetes, against the schemas of Kubernetes and KubeRay."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml
from kustomize import build

from codem_ray.config import load_sweep
from tools.ray_job import ray_job_file

ROOT = Path(__file__).resolve().parents[3]
KUBERAY = ROOT / "cluster" / "kuberay"
FOLDERS = (".", "cluster", "cluster-gvisor", "job")
SCHEMA = yaml.safe_load((ROOT / "tests" / "data" / "kuberay.schema.yaml").read_text("utf-8"))
KUBERNETES = "1.37.0"
SPEC = {"RayCluster": ("spec",), "RayJob": ("spec", "rayClusterSpec")}
Object = dict[str, Any]


def at(item: Object, *keys: str) -> Any:
    for key in keys:
        item = item[key]
    return item


def pods_of(item: Object) -> Iterator[tuple[str, Object]]:
    """Yield the pod templates of an object, by name."""
    kind = item["kind"]
    if kind in SPEC:
        cluster = at(item, *SPEC[kind])
        yield "head", cluster["headGroupSpec"]["template"]
        for group in cluster["workerGroupSpecs"]:
            yield group["groupName"], group["template"]
        if kind == "RayJob":
            yield "submitter", item["spec"]["submitterPodTemplate"]
    elif "template" in item.get("spec", ()):
        yield item["metadata"]["name"], item["spec"]["template"]


def validate(item: Object) -> None:
    if item["apiVersion"] != "ray.io/v1":
        kubernetes_validate.validate(item, KUBERNETES, strict=True)
        return
    jsonschema.validate(item, SCHEMA)
    for name, template in pods_of(item):
        pod = {"apiVersion": "v1", "kind": "Pod", **template}
        pod["metadata"] = {"name": name, **template.get("metadata", {})}
        kubernetes_validate.validate(pod, KUBERNETES, strict=True)


def all_objects() -> list[Object]:
    return [item for folder in FOLDERS for item in build(KUBERAY / folder)]


def ray_objects() -> list[Object]:
    return [item for item in all_objects() if item["kind"] in SPEC]


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_object_is_valid(folder: str) -> None:
    objects = build(KUBERAY / folder)
    assert objects
    for item in objects:
        validate(item)


@pytest.mark.parametrize(
    "path",
    [
        ("headGroupSpec", "rayStartParam"),
        ("headGroupSpec", "template", "spec", "hostUser"),
        ("autoscalerOptions", "idleTimeout"),
    ],
)
def test_the_schemas_refuse_unknown_keys(path: tuple[str, ...]) -> None:
    (cluster,) = build(KUBERAY / "cluster")
    validate(cluster)
    at(cluster, "spec", *path[:-1])[path[-1]] = False
    with pytest.raises((jsonschema.ValidationError, kubernetes_validate.ValidationError)):
        validate(cluster)


def test_every_yaml_file_is_part_of_a_recipe() -> None:
    used = {KUBERAY / "job" / "sweep.yaml"}
    for file in KUBERAY.rglob("kustomization.yaml"):
        used.add(file)
        used |= {
            file.parent / name for name in yaml.safe_load(file.read_text("utf-8"))["resources"]
        }
    assert set(KUBERAY.rglob("*.yaml")) <= used


def test_the_job_has_the_cluster_of_the_raycluster() -> None:
    (cluster,), (job, _) = build(KUBERAY / "cluster"), build(KUBERAY / "job")
    assert job["spec"]["rayClusterSpec"] == cluster["spec"]


def test_a_file_that_is_no_raycluster_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("kind: Pod\n", encoding="utf-8")
    with pytest.raises(ValueError, match="has a line `spec:`"):
        ray_job_file(tmp_path / "x.yaml")


@pytest.mark.parametrize("item", ray_objects(), ids=lambda item: str(item["kind"]))
def test_the_head_runs_no_work_and_the_groups_start_with_no_pod(item: Object) -> None:
    spec = at(item, *SPEC[item["kind"]])
    assert spec["headGroupSpec"]["rayStartParams"]["num-cpus"] == "0"
    assert spec["enableInTreeAutoscaling"] is True
    for group in spec["workerGroupSpecs"]:
        assert group["minReplicas"] == group.get("replicas", 0) == 0 < group["maxReplicas"]
        # The operator refuses a time of a group's own without the second autoscaler and Never.
        assert group["idleTimeoutSeconds"] > 0
        assert group["template"]["spec"]["restartPolicy"] == "Never"
    assert spec["autoscalerOptions"]["version"] == "v2"


@pytest.mark.parametrize("item", ray_objects(), ids=lambda item: str(item["kind"]))
def test_clients_need_the_token_of_the_secret(item: Object) -> None:
    spec = at(item, *SPEC[item["kind"]])
    assert spec["authOptions"] == {"mode": "token", "secretName": "codem-ray-token"}
    assert tuple(map(int, spec["rayVersion"].split("."))) >= (2, 52, 0)


def test_ray_is_the_version_of_the_image() -> None:
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    for item in ray_objects():
        assert f"\nray=={at(item, *SPEC[item['kind']])['rayVersion']}\n" in pins


def test_a_finished_job_is_paid_for_no_longer() -> None:
    spec = build(KUBERAY / "job")[0]["spec"]
    assert spec["shutdownAfterJobFinishes"] is True
    assert spec["activeDeadlineSeconds"] <= 7 * 24 * 3600
    assert spec["backoffLimit"] == 0
    assert list(json.loads(spec["entrypointResources"])) == ["node:__internal_head__"]


def test_every_container_runs_without_rights() -> None:
    for item in all_objects():
        for name, template in pods_of(item):
            pod = template["spec"]
            for container in pod["containers"]:
                context = {**pod.get("securityContext", {}), **container["securityContext"]}
                assert context["allowPrivilegeEscalation"] is False, name
                assert context["capabilities"] == {"drop": ["ALL"]}, name
                assert not context.get("privileged"), name
                if name != "codem-ray-seccomp":  # It writes to a folder of the node's root.
                    assert context["runAsNonRoot"] is True, name
            assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod), name


def test_only_the_cpu_group_may_make_namespaces() -> None:
    for item in ray_objects():
        for name, template in pods_of(item):
            context = template["spec"]["containers"][0]["securityContext"]
            is_sandboxed = name == "cpu" and "runtimeClassName" not in template["spec"]
            profile = "Localhost" if is_sandboxed else "RuntimeDefault"
            assert context["seccompProfile"]["type"] == profile
            assert ("procMount" in context) is is_sandboxed
            assert ("appArmorProfile" in context) is is_sandboxed
            # Kubernetes demands it for an unmasked /proc.
            assert (template["spec"].get("hostUsers") is False) is is_sandboxed


def test_the_profile_is_installed_where_the_pods_look_for_it() -> None:
    objects = {item["kind"]: item for item in build(KUBERAY / "sandbox")}
    (profile,) = objects["ConfigMap"]["data"]
    command = objects["DaemonSet"]["spec"]["template"]["spec"]["containers"][0]["command"][-1]
    (cluster,) = build(KUBERAY / "cluster")
    context = dict(pods_of(cluster))["cpu"]["spec"]["containers"][0]["securityContext"]
    folder, name = context["seccompProfile"]["localhostProfile"].split("/")
    assert name == profile
    assert f"/host/{folder}/" in command


def test_no_secret_is_in_a_file() -> None:
    for item in all_objects():
        assert item["kind"] != "Secret"
        for name, template in pods_of(item):
            for variable in template["spec"]["containers"][0].get("env", ()):
                if re.search("PASSWORD|SECRET|TOKEN|ACCESS_KEY", variable["name"]):
                    assert "secretKeyRef" in variable["valueFrom"], (name, variable)
    made = (KUBERAY / "create-secrets.sh").read_text(encoding="utf-8")
    for secret in set(re.findall(r'"secretRef": {"name": "([\w-]+)"', json.dumps(all_objects()))):
        assert f"create {secret}" in made


def test_only_the_head_has_an_account_of_kubernetes() -> None:
    for item in all_objects():
        for name, template in pods_of(item):
            has_account = template["spec"].get("automountServiceAccountToken", True)
            assert has_account is (name == "head"), name


def test_ray_pods_cannot_reach_the_metadata_address() -> None:
    (policy,) = (
        item
        for item in build(KUBERAY)
        if item["kind"] == "NetworkPolicy" and item["metadata"]["name"] == "codem-ray"
    )
    blocks = [peer["ipBlock"] for rule in policy["spec"]["egress"] for peer in rule["to"]]
    assert {"cidr": "0.0.0.0/0", "except": ["169.254.169.254/32", "169.254.170.0/24"]} in blocks
    for item in ray_objects():
        for name, template in pods_of(item):
            if name != "submitter":
                assert (
                    template["metadata"]["labels"] == policy["spec"]["podSelector"]["matchLabels"]
                )


def test_every_mount_has_its_volume() -> None:
    for item in all_objects():
        claims = item.get("spec", {}).get("volumeClaimTemplates", ())
        for name, template in pods_of(item):
            volumes = {volume["name"] for volume in (*template["spec"].get("volumes", ()),)}
            volumes |= {claim["metadata"]["name"] for claim in claims}
            for container in template["spec"]["containers"]:
                mounts = {mount["name"] for mount in container.get("volumeMounts", ())}
                assert mounts <= volumes, name


def test_the_sweep_of_the_job_uses_the_services_of_the_recipe() -> None:
    sweep = load_sweep(str(KUBERAY / "job" / "sweep.yaml"))
    services = {
        f"http://{item['metadata']['name']}:{item['spec']['ports'][0]['port']}"
        for item in build(KUBERAY)
        if item["kind"] == "Service"
    }
    assert sweep.tracking.uri in services
    assert sweep.storage.path.startswith("s3://codem-ray/")
    (cluster,) = build(KUBERAY / "cluster")
    for _, template in pods_of(copy.deepcopy(cluster)):
        env = {v["name"]: v.get("value") for v in template["spec"]["containers"][0]["env"]}
        assert env["AWS_ENDPOINT_URL_S3"] in services


def test_the_sweep_of_the_job_and_the_page_say_how_far_the_cluster_grows() -> None:
    (cluster,) = build(KUBERAY / "cluster")
    largest = 1 + sum(group["maxReplicas"] for group in cluster["spec"]["workerGroupSpecs"])
    assert load_sweep(str(KUBERAY / "job" / "sweep.yaml")).cluster.max_nodes == largest
    page = (ROOT / "docs" / "clusters" / "kubernetes.md").read_text(encoding="utf-8")
    assert f"--set cluster.max_nodes={largest} " in page

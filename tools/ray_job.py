"""Writes the RayJob, whose cluster is that of the RayCluster."""

from __future__ import annotations

import textwrap
from pathlib import Path

_HEAD = """\
# Generated from ../cluster/raycluster.yaml by tools/generate.py: do not edit.
# One sweep on a cluster of its own, which is deleted ten minutes after the job's end. The job's log
# says how it ended. To continue the sweep, delete this RayJob and apply it again.
apiVersion: ray.io/v1
kind: RayJob
metadata:
  name: codem-ray
spec:
  entrypoint: codem-ray run /sweep/sweep.yaml
  # The driver runs on the head, which is not a spot node.
  entrypointResources: '{"node:__internal_head__": 0.001}'
  shutdownAfterJobFinishes: true
  ttlSecondsAfterFinished: 600
  # The cluster is deleted after a week, whatever happens.
  activeDeadlineSeconds: 604800
  # codem_ray retries trials itself. Another attempt of the job would start a new cluster.
  backoffLimit: 0
  submitterPodTemplate:
    metadata:
      labels: {app: codem-ray-submitter}
    spec:
      restartPolicy: Never
      automountServiceAccountToken: false
      containers:
        - name: ray-job-submitter
          image: codem-ray
          resources:
            requests: {cpu: 100m, memory: 512Mi}
            limits: {memory: 1Gi}
          securityContext:
            runAsNonRoot: true
            runAsUser: 1000
            allowPrivilegeEscalation: false
            capabilities: {drop: [ALL]}
            seccompProfile: {type: RuntimeDefault}
  rayClusterSpec:
"""


def ray_job_file(ray_cluster: Path) -> str:
    """Return the RayJob with the cluster of a RayCluster's file.

    Raises ValueError if the file has no line `spec:`.
    """
    _, found, spec = ray_cluster.read_text(encoding="utf-8").partition("\nspec:\n")
    if not found:
        raise ValueError(f"{ray_cluster}: a RayCluster has a line `spec:`")
    return _HEAD + textwrap.indent(spec, "  ")

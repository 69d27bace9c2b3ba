#!/usr/bin/env bash
# Check by hand that each extra resolves with constraints.txt; nothing is installed.
#   scripts/check-extras.sh [EXTRA...]      default: train vllm dev s3 gcs azure
# It needs .venv (scripts/setup.sh) and a package registry, and `vllm` takes minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- train vllm dev s3 gcs azure
for extra in "$@"; do
  printf '%s: ' "$extra"
  # DeepSpeed's metadata is built with the installed torch.
  .venv/bin/python -m pip install --disable-pip-version-check --dry-run --no-build-isolation \
    -c constraints.txt -e ".[$extra]" | tail -n 1 | cut -c -200
done

#!/usr/bin/env bash
# Create the secrets of the namespace codem-ray with random values; those that exist stay.
# HF_TOKEN, if set, becomes a secret too: gated models (StarCoder) need it.
# For a bucket of your cloud instead of the store in services/, set AWS_ACCESS_KEY_ID and
# AWS_SECRET_ACCESS_KEY.
set -euo pipefail

random() { head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n'; }
# Values go through standard input, so that no process list shows them.
create() { # name, then key=value lines on standard input
  if kubectl -n codem-ray get secret "$1" >/dev/null 2>&1; then
    echo "secret $1 exists and stays" >&2
    cat >/dev/null
  else
    kubectl -n codem-ray create secret generic "$1" --from-env-file=/dev/stdin
  fi
}

echo "auth_token=$(random)" | create codem-ray-token
echo "POSTGRES_PASSWORD=$(random)" | create codem-ray-postgres
printf 'AWS_ACCESS_KEY_ID=%s\nAWS_SECRET_ACCESS_KEY=%s\n' \
  "${AWS_ACCESS_KEY_ID:-codem-ray}" "${AWS_SECRET_ACCESS_KEY:-$(random)}" | create codem-ray-store
if [ -n "${HF_TOKEN:-}" ]; then echo "HF_TOKEN=$HF_TOKEN" | create codem-ray-hub; fi

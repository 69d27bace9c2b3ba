#!/usr/bin/env bash
# Stop the cluster that cluster/local/start.sh started, and nothing else; remove its folder.
# CODEM_RAY_CLUSTER names the folder (default /tmp/codem-ray-<uid>).
set -euo pipefail
folder=${CODEM_RAY_CLUSTER:-/tmp/codem-ray-$(id -u)}
[ -f "$folder/token" ] || { echo "$0: no cluster in $folder" >&2; exit 0; }

# Only processes whose environment names this cluster's token are its processes.
is_ours() { grep -qzxF "RAY_AUTH_TOKEN_PATH=$folder/token" "/proc/$1/environ" 2>/dev/null; }
nodes() { # workers first, so that the head sees them leave
  for file in "$folder"/w*.pid "$folder"/head.pid; do
    [ -f "$file" ] || continue
    pid=$(cat "$file")
    if is_ours "$pid"; then echo "$pid"; fi
  done
}

for signal in TERM KILL; do
  for pid in $(nodes); do kill "-$signal" "$pid" 2>/dev/null || true; done
  for _ in $(seq 30); do
    [ -z "$(nodes)" ] && break
    sleep 1
  done
done
rm -rf -- "$folder"
echo "stopped" >&2

#!/usr/bin/env bash
# Start a Ray cluster of several nodes on this machine: a head without CPUs, and workers.
#   cluster/local/start.sh [WORKERS]     (default 1)
# Settings, from the environment:
#   CODEM_RAY_CLUSTER   folder of the cluster, a short path (default /tmp/codem-ray-<uid>)
#   WORKER_CPUS         CPUs of each worker (default: the machine's, divided by the workers)
#   WORKER_GPUS         GPUs of each worker (default 0)
#   PORT, DASHBOARD_PORT   ports of head and dashboard (default 6379 and 8265)
# The nodes have the addresses 127.0.0.2, 127.0.0.3 and so on, and the dashboard listens on 127.0.0.1.
# cluster/local/stop.sh stops what this script started.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export PATH="$here/../../.venv/bin:$PATH"

workers=${1:-1}
case "$workers" in
  '' | *[!0-9]* | 0*) echo "usage: $0 [WORKERS], where WORKERS is 1 or more, not '$workers'" >&2; exit 2 ;;
esac
folder=${CODEM_RAY_CLUSTER:-/tmp/codem-ray-$(id -u)}
port=${PORT:-6379}
dashboard_port=${DASHBOARD_PORT:-8265}
cpus=${WORKER_CPUS:-$(((($(nproc) - 1) / workers) + 1))}
gpus=${WORKER_GPUS:-0}
# Ray replaces 127.0.0.1 by the machine's public address, but keeps other loopback addresses.
head=127.0.0.2

command -v ray >/dev/null || {
  echo "$0: ray is not installed; run scripts/setup.sh, or activate the environment that has it" >&2
  exit 3
}
[ ${#folder} -le 36 ] || {
  echo "$0: $folder is too long for Ray's sockets: set CODEM_RAY_CLUSTER to at most 36 characters" >&2
  exit 2
}
mkdir -m 700 "$folder" 2>/dev/null || {
  echo "$0: $folder exists or cannot be made: a cluster may be running there; run cluster/local/stop.sh" >&2
  exit 3
}

(umask 077 && head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$folder/token")
cat >"$folder/env" <<END
export RAY_AUTH_MODE=token
export RAY_AUTH_TOKEN_PATH=$folder/token
export RAY_ADDRESS=$head:$port
export RAY_API_SERVER_ADDRESS=http://127.0.0.1:$dashboard_port
END
# RAY_ADDRESS is for clients: `ray start` must not see another cluster's.
export RAY_AUTH_MODE=token RAY_AUTH_TOKEN_PATH=$folder/token RAY_USAGE_STATS_ENABLED=0
unset RAY_ADDRESS RAY_API_SERVER_ADDRESS

# Each node gets a --temp-dir of its own: nodes that share one delete each other's working
# directories. With --block, a node's processes end with the process whose id is recorded.
start_node() { # name, address, options of `ray start`
  local name=$1 address=$2
  shift 2
  mkdir -m 700 "$folder/$name"
  setsid nohup ray start --block --disable-usage-stats --node-ip-address="$address" \
    --temp-dir="$folder/$name" --dashboard-agent-listen-port=0 --metrics-export-port=0 \
    --min-worker-port=0 --max-worker-port=0 "$@" >"$folder/$name.log" 2>&1 </dev/null &
  echo $! >"$folder/$name.pid"
}

count_nodes() { # those that live, as the dashboard says
  python - "http://127.0.0.1:$dashboard_port/api/v0/nodes" "$folder/token" <<'END'
import json, sys, urllib.request
url, token = sys.argv[1], open(sys.argv[2]).read()
request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
try:
    with urllib.request.urlopen(request, timeout=10) as answer:
        nodes = json.load(answer)["data"]["result"]["result"]
except (OSError, TypeError, KeyError, ValueError):  # the dashboard is still starting
    nodes = []
print(sum(node["state"] == "ALIVE" for node in nodes))
END
}

wait_for_nodes() { # number of nodes
  for _ in $(seq 180); do
    for pid in "$folder"/*.pid; do
      kill -0 "$(cat "$pid")" 2>/dev/null || { tail -n 20 "${pid%.pid}.log" >&2; return 1; }
    done
    [ "$(count_nodes)" -lt "$1" ] || return 0
    sleep 1
  done
  echo "$0: the nodes were not up after 3 minutes; their logs are in $folder" >&2
  return 1
}

start_node head "$head" --head --port="$port" --num-cpus=0 --num-gpus=0 \
  --ray-client-server-port=$((port + 1)) \
  --dashboard-host=127.0.0.1 --dashboard-port="$dashboard_port"
wait_for_nodes 1 || { "$here/stop.sh"; exit 3; }
for number in $(seq "$workers"); do
  start_node "w$number" "127.0.0.$((number + 2))" --address="$head:$port" --num-cpus="$cpus" --num-gpus="$gpus"
done
wait_for_nodes $((workers + 1)) || { "$here/stop.sh"; exit 3; }
echo "started: a head and $workers worker(s) of $cpus CPUs and $gpus GPUs; in each shell that uses it:" >&2
echo ". $folder/env"

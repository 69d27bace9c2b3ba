#!/usr/bin/env bash
# Set up, then run the bundled sweep: nine sources x seven targets on the starter kit.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh
exec .venv/bin/codem-ray run quickstart "$@"

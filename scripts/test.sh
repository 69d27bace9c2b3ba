#!/usr/bin/env bash
# Set up for development, then run all checks and tests but the slow ones.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh --dev
exec make check

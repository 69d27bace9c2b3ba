#!/usr/bin/env bash
# Set up codem_ray in .venv: system toolchains, Python packages, Node modules.
#   scripts/setup.sh            what the bundled sweep needs
#   scripts/setup.sh --dev      and what the tests need (linters, headless Chromium)
# It installs only what is missing, so a second call ends in a second or two.
set -euo pipefail
cd "$(dirname "$0")/.."

dev=no
case "${1:-}" in
  --dev) dev=yes ;;
  "") ;;
  *) echo "usage: scripts/setup.sh [--dev]" >&2; exit 2 ;;
esac

log() { printf 'setup: %s\n' "$*" >&2; }

# --- system packages -------------------------------------------------------------------------
packages=(bubblewrap gcc g++ libc6-dev make libboost-dev libssl-dev default-jdk-headless
  python3-venv python3-dev)
[ "$dev" = yes ] && packages+=(chromium)

has() {
  case "$1" in
    default-jdk-headless) command -v javac >/dev/null ;;
    chromium) command -v chromium >/dev/null || command -v google-chrome >/dev/null ;;
    python3-venv) "${PYTHON:-python3}" -c 'import ensurepip, venv' 2>/dev/null ;;
    python3-dev) "${PYTHON:-python3}" -c 'import sysconfig, pathlib, sys
sys.exit(not (pathlib.Path(sysconfig.get_paths()["include"]) / "Python.h").exists())' 2>/dev/null ;;
    *) dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'install ok installed' ;;
  esac
}

missing=()
if command -v apt-get >/dev/null; then
  for package in "${packages[@]}"; do has "$package" || missing+=("$package"); done
fi
if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ]; then
    log "installing Debian packages: ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q >&2
    apt-get install -y -q --no-install-recommends "${missing[@]}" >&2
  else
    log "not root; install these yourself: sudo apt-get install ${missing[*]}"
    log "(continuing; 'codem-ray doctor' says what is still missing)"
  fi
fi

# --- Python packages -------------------------------------------------------------------------
python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  log "Python 3.11 or newer is needed; $("$python" --version) found. Set PYTHON to another one."
  exit 3
}
extra=train
[ "$dev" = yes ] && extra=dev
stamp=.venv/.codem-ray-$extra
wanted=$(cat pyproject.toml constraints.txt scripts/setup.sh | sha256sum | cut -c1-16)
# A development set-up includes everything that a sweep needs.
if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ] &&
   [ "$(cat .venv/.codem-ray-dev 2>/dev/null)" != "$wanted" ]; then
  [ -x .venv/bin/python ] || "$python" -m venv .venv
  pip=(.venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt)
  log "installing Python packages into .venv (a few minutes)"
  # DeepSpeed is a source package and is built with the installed torch.
  "${pip[@]}" torch numpy setuptools wheel ninja packaging psutil
  "${pip[@]}" "deepspeed" --no-build-isolation
  "${pip[@]}" -e ".[$extra]"
  echo "$wanted" > "$stamp"
fi

# --- Node modules (TypeScript, jsdom) ---------------------------------------------------------
.venv/bin/codem-ray doctor --install

#!/usr/bin/env bash
# The unit tests and fuzz replays under sanitizers: tests/sanitized.sh address,undefined [TARGET...]
# Builds into build-<name> (asan, tsan) and runs what was built; without targets all of it.
set -euo pipefail
cd "$(dirname "$0")/.."
sanitizers=${1:?usage: tests/sanitized.sh address,undefined|thread [TARGET...]}
shift
case $sanitizers in thread) preset=tsan ;; *) preset=asan ;; esac
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{ cmake --preset $preset -DACI_SANITIZE="$sanitizers" && ninja -C build-$preset "$@"; } >"$log" 2>&1 || { tail -n 40 "$log"; exit 1; }
pattern=""
for target in "$@"; do pattern="$pattern|^${target%_test}\\."; done
ctest --test-dir build-$preset --output-on-failure -j "$(nproc)" -R "${pattern#|}" -E '^system|^style|^sanitized|^fuzz\.run|^examples' --no-tests=error

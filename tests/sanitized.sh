#!/usr/bin/env bash
# The tests under sanitizers: tests/sanitized.sh address,undefined|thread [TARGET...]
# Builds into build-asan or build-tsan. With targets their unit tests are run; without, all unit tests, the fuzz replays, and
# the system tests that send the programs data of every kind.
set -euo pipefail
cd "$(dirname "$0")/.."
sanitizers=${1:?usage: tests/sanitized.sh address,undefined|thread [TARGET...]}
shift
case $sanitizers in thread) preset=tsan ;; *) preset=asan ;; esac
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{ cmake --preset $preset -DACI_SANITIZE="$sanitizers" && ninja -C build-$preset "${@:-sanitizable}"; } >"$log" 2>&1 || { tail -n 40 "$log"; exit 1; }
pattern=.
[ $# -eq 0 ] || pattern=$(printf '|^%s\\.' "${@%_test}")
ctest --test-dir build-$preset --output-on-failure -j "$(nproc)" -R "${pattern#|}" -E '^system\.(ansible|cli_errors|clients|demo|page|readme)|^style|^sanitized|^fuzz\.run|^examples|^world' --no-tests=error

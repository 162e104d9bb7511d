#!/usr/bin/env bash
# Fuzzes every target for a time: tests/fuzz/run.sh SECONDS [NAME]...
# Builds into build-fuzz with clang; prints one line for each target; an input that crashes one is saved to that target's
# crashes/, from where the replay test runs it ever after, and fails this run.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:?usage: tests/fuzz/run.sh SECONDS [NAME]...}
shift
names=("$@")
if [ ${#names[@]} -eq 0 ]; then
  for target in tests/fuzz/*/target.cpp; do names+=("$(basename "$(dirname "$target")")"); done
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
cmake --preset fuzz >"$log" 2>&1 && cmake --build build-fuzz --target "${names[@]/#/fuzz_}" >>"$log" 2>&1 || { tail -n 40 "$log" >&2; exit 1; }

fuzz_one() {
  local name=$1 seconds=$2 home=tests/fuzz/$1 corpus=build-fuzz/corpus/$1 log=build-fuzz/corpus/$1.log
  mkdir -p "$corpus" "$home/crashes"
  local status=0
  build-fuzz/bin/fuzz_"$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$home/crashes/" "$corpus" "$home/seeds" "$home/crashes" >"$log" 2>&1 || status=$?
  rmdir --ignore-fail-on-non-empty "$home/crashes"
  if [ "$status" -eq 0 ]; then
    echo "fuzz_$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs in $seconds s, none crashed"
  else
    echo "fuzz_$name: CRASHED"
    grep -aE 'ERROR|SUMMARY|does not hold|runtime error|Test unit written' "$log" || tail -n 20 "$log"
    return 1
  fi
}
export -f fuzz_one
printf '%s\n' "${names[@]}" | xargs -P "$(nproc)" -I NAME bash -c 'fuzz_one NAME '"$seconds"

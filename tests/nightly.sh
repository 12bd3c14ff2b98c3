#!/usr/bin/env bash
# What takes too long for every change, stage by stage; a stage that finds something does not keep the others from running.
#   bash tests/nightly.sh [STAGE...]      tsan asan analyzer tidy cppcheck coverage fuzz long (default: all)
# Warnings that are accepted are in tests/nightly/accepted, each with the reason.
#   NIGHTLY_ONLY=REGEX    analysers look at the sources whose path matches, and only at those
#   NIGHTLY_FUZZ_S=300    seconds for each fuzzer
set -uo pipefail
cd "$(dirname "$0")/.."
export ATOMLOOM_TEST_TOOLS=1 OMP_WAIT_POLICY=passive
export ATOMLOOM_TEST_DATA=${ATOMLOOM_TEST_DATA:-$(cd .. && pwd)/shared/data}
stages=("$@")
[ ${#stages[@]} -gt 0 ] || stages=(tsan asan analyzer tidy cppcheck coverage fuzz long)
only=${NIGHTLY_ONLY:-^(framework|sdk|plugins)/}
jobs=$(nproc)
log=build/nightly
mkdir -p "$log"

# sources: "file<TAB>compiler command", of what the program and the plugins are made of, from the release build
sources() {
  [ -f build/nightly-db/compile_commands.json ] \
    || cmake --preset release -B build/nightly-db -DCMAKE_EXPORT_COMPILE_COMMANDS=ON >"$log/configure.log" || return
  python3 -c '
import json, os, re, sys
seen = set()
for entry in json.load(open("build/nightly-db/compile_commands.json")):
    path = os.path.relpath(entry["file"])
    if path in seen or not re.search(sys.argv[1], path):
        continue
    seen.add(path)
    command = re.sub(r" -o \S+ -c ", " -o /dev/null -c ", entry["command"]).replace(" -Werror", "").replace("ccache ", "")
    print(path, command, sep="\t")' "$only"
}

# judge TOOL FILE: findings that are not accepted, printed; fails where there are any
judge() {
  local tool=$1 found
  found=$(grep -E '(warning|error|style|performance|portability):' "$2" | sort -u | while read -r line; do
    keep=1
    while IFS='~' read -r who pattern _why; do
      [ "${who// /}" = "$tool" ] && grep -qE -- "$(sed 's/^ *//; s/ *$//' <<<"$pattern")" <<<"$line" && keep=0 && break
    done < <(grep -vE '^(#|$)' tests/nightly/accepted)
    [ $keep = 1 ] && printf '%s\n' "$line"
  done)
  [ -z "$found" ] && return 0
  printf '%s\n' "$found"
  return 1
}

tsan() { bash tests/run.sh tsan; }

asan() { ATOMLOOM_TEST_LONG=1 bash tests/run.sh asan; }

analyzer() {
  sources | cut -f2 | xargs -P "$jobs" -d '\n' -I{} bash -c '{} -O1 -fanalyzer' >"$log/analyzer" 2>&1
  judge analyzer "$log/analyzer"
}

tidy() {
  sources | cut -f1 | xargs -P "$jobs" -n 4 clang-tidy-14 --quiet -p build/nightly-db >"$log/tidy" 2>/dev/null
  judge tidy "$log/tidy"
}

cppcheck_() {
  sources | cut -f1 >"$log/files" || return
  cppcheck -j "$jobs" --quiet --enable=warning,performance,portability --inline-suppr --std=c11 --library=posix,gnu -D_GNU_SOURCE \
    '-Djson_object_foreach(object, key, value)=for (key = 0, value = 0; key;)' \
    -Iframework -Isdk/include -Isdk --template='{file}:{line}: {severity}: {message} [{id}]' --file-list="$log/files" 2>"$log/cppcheck"
  judge cppcheck "$log/cppcheck"
}

# Lines executed by the suite: at least 85 % of framework and SDK, 80 % of the plugins.
coverage() {
  bash pipelines/setup.sh coverage || return
  find build/coverage -name '*.gcda' -delete
  ctest --test-dir build/coverage -j "$jobs" >"$log/coverage-suite" 2>&1 || tail -n 20 "$log/coverage-suite"
  bash tests/nightly/coverage.sh build/coverage
}

fuzz() {
  local seconds=${NIGHTLY_FUZZ_S:-300} bad=0 binary name seeds
  bash pipelines/setup.sh fuzz || return
  for binary in build/fuzz/bin/fuzz.*; do
    name=${binary##*/fuzz.}
    mkdir -p "$log/corpus.$name"
    seeds=("$log/corpus.$name")
    [ -d "tests/fuzz/seeds/$name" ] && seeds+=("tests/fuzz/seeds/$name")
    [ "$name" = pipeline ] && seeds+=(tests/pipeline/golden)
    ASAN_OPTIONS=detect_leaks=0 "$binary" -max_total_time="$seconds" -timeout=20 -artifact_prefix="$log/$name-" "${seeds[@]}" \
      >"$log/fuzz.$name" 2>&1 || { bad=1; tail -n 30 "$log/fuzz.$name"; }
    tail -n 2 "$log/fuzz.$name" | sed "s/^/fuzz $name: /"
  done
  return $bad
}

# Those of --executor slurm where ATOMLOOM_SLURM_TOOL says how to start a Slurm.
long() { bash tests/bench/run.sh kill two-runs behaviour damaged contract house ${ATOMLOOM_SLURM_TOOL:+slurm slurm-kill}; }

failed=()
for stage in "${stages[@]}"; do
  case $stage in
  tsan | asan | analyzer | tidy | coverage | fuzz | long) step=$stage ;;
  cppcheck) step=cppcheck_ ;;
  *) echo "nightly: no stage '$stage'; known are tsan, asan, analyzer, tidy, cppcheck, coverage, fuzz, long" >&2; exit 2 ;;
  esac
  echo "nightly: $stage"
  "$step" && echo "nightly: $stage is clean" || failed+=("$stage")
done
[ ${#failed[@]} = 0 ] && exit 0
echo "nightly: not clean: ${failed[*]}; logs are in $log" >&2
exit 1

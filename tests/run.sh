#!/usr/bin/env bash
# Install what is needed, build, and run every test.
#   bash tests/run.sh              all stages below, in order
#   bash tests/run.sh release      gcc, optimised; the whole suite
#   bash tests/run.sh asan         the suite under address and undefined-behaviour sanitizers: what shows by numbers alone is left to
#                                  the optimised suite unless ATOMLOOM_TEST_LONG is set
#   bash tests/run.sh clang        builds without a warning with clang as well (nothing is run, so nothing is optimised)
#   bash tests/run.sh tsan         the suite under the thread sanitizer (by hand: slow)
#   bash tests/run.sh nightly      hours: tsan, all of asan, analysers, coverage, fuzzers, long cases; see tests/nightly.sh
# Tests of published data look in $ATOMLOOM_TEST_DATA (default ../shared/data) and are skipped, with a message, where it is absent.
set -euo pipefail
cd "$(dirname "$0")/.."
stages=("$@")
[ ${#stages[@]} -gt 0 ] || stages=(clang asan release) # the optimised suite last: its closing line is the verdict
export ATOMLOOM_TEST_TOOLS=1 OMP_WAIT_POLICY=passive
export ATOMLOOM_TEST_DATA=${ATOMLOOM_TEST_DATA:-$(cd .. && pwd)/shared/data}
# A leak check needs ptrace, which containers may forbid; OpenMP and dlopen keep what they allocate for the life of a process.
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=0:abort_on_error=1} UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}

suite() {
  echo "tests: running the suite of build/$1"
  # one more than there are processors: some tests wait for most of their time
  ctest --test-dir "build/$1" --output-on-failure --no-tests=error -j "$(($(nproc) + 1))"
}

for stage in "${stages[@]}"; do
  case $stage in
  release | debug | asan | tsan) bash pipelines/setup.sh "$stage" && suite "$stage" ;;
  clang) bash pipelines/setup.sh clang ;;
  nightly) bash tests/nightly.sh ;;
  *) echo "tests: no stage '$stage'; known are release, debug, asan, tsan, clang, nightly" >&2; exit 2 ;;
  esac
done

#!/usr/bin/env bash
# Get ready: install the Debian packages that atomloom needs (only what is missing), configure and build. Idempotent.
#   bash pipelines/setup.sh [PRESET]     release (default), debug, clang, asan, tsan, coverage, fuzz
# With ATOMLOOM_NO_INSTALL=1 nothing is installed; what is missing is only named.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:-release}

packages=(build-essential cmake ninja-build pkg-config
  libyaml-dev libhdf5-dev libfftw3-dev libopenblas-dev liblapacke-dev libssl-dev libjansson-dev
  zlib1g-dev libcairo2-dev libtiff-dev libqhull-dev check)
[[ "$preset" != clang && "$preset" != fuzz ]] || packages+=(clang libomp-14-dev)
[ "$preset" != tsan ] || [ -z "${ATOMLOOM_TEST_TOOLS:-}" ] || packages+=(clang clang-tidy-14 cppcheck) # the nightly stages
[ -z "${ATOMLOOM_TEST_TOOLS:-}" ] || packages+=(clang-format-14 libmatio-dev python3 python3-numpy python3-scipy python3-h5py)

as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo)
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  if [ -n "${ATOMLOOM_NO_INSTALL:-}" ]; then
    echo "setup: not installed: ${missing[*]}" >&2
    exit 3
  fi
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { echo "setup: install these packages as root, then run this again: ${missing[*]}" >&2; exit 3; }
  fi
  echo "setup: installing ${missing[*]}"
  log=$(mktemp)
  trap 'rm -f "$log"' EXIT
  "${as_root[@]}" apt-get update -qq >"$log" 2>&1 || true # an old list may still serve
  if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >>"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "setup: apt-get could not install ${missing[*]}; see above" >&2
    exit 3
  fi
fi

# The libraries that turn the panels of a report come from npm, pinned by a lock file. Without it all builds, and panels are pictures.
if [ "$preset" = release ] && ! command -v npm >/dev/null; then
  if [ -z "${ATOMLOOM_NO_INSTALL:-}" ] && [ -z "${ATOMLOOM_NO_NPM:-}" ]; then
    echo "setup: installing npm (ATOMLOOM_NO_NPM=1 leaves it out)"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends npm >/dev/null 2>&1 || true
  fi
  command -v npm >/dev/null || echo "setup: no npm, so panels of reports are pictures that do not turn"
fi

mkdir -p build
echo "setup: building (preset $preset) in build/$preset"
if ! cmake --preset "$preset" >"build/$preset.log" 2>&1; then
  cat "build/$preset.log" >&2
  echo "setup: cmake could not configure; see above" >&2
  exit 3
fi
if ! cmake --build "build/$preset" >"build/$preset.log" 2>&1; then
  grep -A 20 -m 3 -E 'FAILED|error:' "build/$preset.log" >&2 || tail -n 40 "build/$preset.log" >&2
  echo "setup: the build failed; the whole log is build/$preset.log" >&2
  exit 3
fi

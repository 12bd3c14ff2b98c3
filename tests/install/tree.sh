#!/usr/bin/env bash
# What is installed works from any directory, with nothing of the build tree around it: ops and
# pipelines are found, a pipeline of one's own runs, nothing that a package should have is missing.
#   tree.sh BUILD_DIR
set -euo pipefail
build=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
broken() { echo "broken: $*" >&2; exit 1; }

cmake --install "$build" --prefix "$work/usr" >"$work/log" || { tail "$work/log" >&2; broken "cmake --install"; }
for file in bin/atomloom share/man/man1/atomloom.1 share/bash-completion/completions/atomloom \
  share/zsh/vendor-completions/_atomloom share/fish/vendor_completions.d/atomloom.fish \
  share/atomloom/pipelines/quickstart.yaml share/atomloom/pipelines/parts/crystal.yaml \
  share/atomloom/template/python share/doc/atomloom/LICENSE; do
  [ -e "$work/usr/$file" ] || broken "$file is not installed"
done
grep -rlF "$build" "$work/usr/bin" "$work/usr/share" && broken "these files name the build tree"

mkdir "$work/here"
cd "$work/here"
atomloom() { env -i PATH=/usr/bin:/bin HOME="$work/here" ASAN_OPTIONS="${ASAN_OPTIONS:-}" "$work/usr/bin/atomloom" "$@"; }
atomloom doctor >doctor 2>&1 || { cat doctor >&2; broken "doctor found something"; }
grep -q "^ops from *$work/usr/" doctor || broken "ops come from elsewhere: $(grep '^ops from' doctor)"
atomloom plan pipelines/quickstart.yaml >plan || broken "a pipeline that came with the program"
grep -q 'simulate.particle' plan || broken "the quickstart has no particle"

printf 'el,x,y,z\nPd,0,0,0\nIr,1.95,1.95,0\nPd,1.95,0,1.95\nPd,0,1.95,1.95\n' >model.csv
cat >mine.yaml <<'Y'
atomloom: 1
nodes:
  model: {op: io.read_xyz, params: {file: model.csv}}
  pdf: {op: structure.pdf, in: {atoms: model.atoms}}
  crystal: {use: pipelines/parts/crystal.yaml, in: {atoms: model.atoms, pdf: pdf.table}}
  near: {op: structure.coordination, in: {atoms: model.atoms}, params: {cutoff: 3}}
outputs: {near: near.atoms}
Y
atomloom run mine.yaml -q || broken "a pipeline of one's own that uses an installed one"
atomloom get mine.yaml near -o near.csv 2>log || { cat log >&2; broken "get"; }
[ "$(cut -d, -f1 near.csv | tr '\n' ' ')" = "species Pd Ir Pd Pd " ] || broken "near.csv holds: $(cat near.csv)"

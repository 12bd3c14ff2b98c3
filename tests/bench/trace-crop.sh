#!/usr/bin/env bash
# what: the tracer against the published positions and flags of an experimental volume, and its speed
. "$ATOMLOOM_SOURCE/tests/bench/common.sh"
need_data oracles/trace_crop.npy

cat > crop.yaml <<YAML
atomloom: 1
nodes:
  crop: {op: io.read_npy, params: {file: '$ATOMLOOM_TEST_DATA/oracles/trace_crop.npy', axes: [2, 1, 0]}}
  volume: {op: io.volume, in: {array: crop.array}, params: {voxel_size: 0.3216}}
  trace: {op: trace.polynomial, in: {volume: volume.volume}, params: {min_distance: 2.0, interpolation: linear}}
outputs: {candidates: trace.candidates}
YAML
"$atomloom" run crop.yaml > run.txt || exit 1
"$atomloom" get crop.yaml candidates -o candidates.csv > /dev/null || exit 1

# Candidates in our order: fine samples from 0, padding included; positions in angstrom from sample n/2 of 48, 48, 64.
sed 1d candidates.csv | awk -F, '{ print $1 + 1, $2 + 1, $3 + 1, $5 }' > ours.txt
sed 1d "$ATOMLOOM_TEST_DATA/oracles/trace_crop_allpeaks.csv" | awk -F, '{ print $1 + 0, $2 + 0, $3 + 0, $4 + 0 }' > published.txt
figure candidates "$(wc -l < ours.txt)" peaks == "$(wc -l < published.txt)"
figure flags_that_differ "$(diff ours.txt published.txt | grep -c '^<')" peaks == 0
sed 1d candidates.csv | awk -F, '$5 == 0 { printf "%.10f %.10f %.10f\n", $6 / 0.3216 + 25, $7 / 0.3216 + 25, $8 / 0.3216 + 33 }' > found.txt
sed 1d "$ATOMLOOM_TEST_DATA/oracles/trace_crop_upstream.csv" | tr , ' ' | awk '
  function max(a, b) { return a > b ? a : b } function abs(a) { return a < 0 ? -a : a }
  NR == FNR { x[NR] = $1; y[NR] = $2; z[NR] = $3; n = NR; next }
  { best = 1e9; for (i = 1; i <= n; i++) { d = max(abs(x[i] - $1), max(abs(y[i] - $2), abs(z[i] - $3))); if (d < best) best = d }
    hits += best <= 1e-6; if (best > worst) worst = best }
  END { print hits, worst }' found.txt - > match.txt
figure positions_within_1e-6 "$(cut -d' ' -f1 match.txt)" atoms == 43
figure worst_difference "$(cut -d' ' -f2 match.txt)" voxel '<=' 1e-6
exit $short

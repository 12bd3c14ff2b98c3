#!/usr/bin/env bash
# what: gain and read noise found on 12 simulated detectors (gain 0.3 to 30, read noise 0 to 3, one or three frames), and the gain of published electron counts
. "$ATOMLOOM_SOURCE/tests/bench/common.sh"
need_data asi208/ground_truth.txt
need_data denoise/to_p50.npy
"$ATOMLOOM_BUILD/bin/bench.noise" > out.txt || exit 1
figure gain "$(awk '$1 == "gain" { print $2 }' out.txt)" relative '<=' 0.05
figure read "$(awk '$1 == "read" { print $2 }' out.txt)" relative '<=' 0.10

# gain_of NAME: of the series `tilts` in the pipeline on standard input
gain_of() {
  cat > "$1.yaml"
  "$atomloom" run "$1.yaml" > run.txt 2>&1 || { tail -n 5 run.txt >&2; exit 1; }
  "$atomloom" get "$1.yaml" noise -o "$1.csv" > /dev/null || exit 1
  awk -F, 'NR > 1 { w = 1 / ($3 * $3); s += w * $2; n += w } END { print s / n }' "$1.csv"
}

for dose in 1p6e5 8p0e3; do
  gain=$(gain_of "asi$dose" << END
atomloom: 1
nodes:
  images: {op: io.read_mat, params: {file: '$ATOMLOOM_TEST_DATA/asi208/projections_dose$dose.mat', variable: Trunc_projections_forBM3D}}
  angles: {op: io.read_mat, params: {file: '$ATOMLOOM_TEST_DATA/asi208/angles.mat', variable: Angle}}
  series: {op: io.tilt_series, in: {images: images.array, angles: angles.array}, params: {pixel_size: 0.195}}
  noise: {op: denoise.estimate_noise, in: {tilts: series.tilts}}
outputs: {noise: noise.noise}
END
  )
  figure "counts_${dose}_above" "$gain" e '>=' 0.95
  figure "counts_${dose}_below" "$gain" e '<=' 1.05
done
exit $short

#!/usr/bin/env bash
# what: an op that is a Python program over 60 images of 256^2: the time of a whole run beside the same function in plain Python
. "$(dirname "$0")/common.sh"
/usr/bin/python3 -c 'import numpy, h5py' 2>/dev/null || { echo "scripts: numpy and h5py for /usr/bin/python3 are needed" >&2; exit 1; }
mkdir ops
cp "$ATOMLOOM_SOURCE/sdk/template/python/atomloom_op.py" ops
cat >ops/smooth.py <<'PYTHON'
import numpy as np


def smooth(images):
    """The mean of 3 x 3 pixels; the borders are repeated."""
    p = np.pad(images, ((0, 0), (1, 1), (1, 1)), mode="edge")
    n, h, w = images.shape
    return sum(p[:, y:y + h, x:x + w] for y in range(3) for x in range(3)) / np.float32(9)
PYTHON
cat >ops/op.py <<'PYTHON'
from atomloom_op import Call, Value
from smooth import smooth

call = Call()
tilts = call.input("tilts")
out = Value("tilt_series", like=tilts)
out["images"] = smooth(tilts["images"])
call.write("tilts", out)
PYTHON
cat >ops/plain.py <<'PYTHON'
import numpy as np
from smooth import smooth

np.save("smooth.npy", smooth(np.load("images.npy")))
PYTHON
cat >ops/bench.smooth.op.yaml <<'YAML'
atomloom_op: 1
id: bench.smooth
summary: The mean of 3 x 3 pixels.
method: mean
limits: none
cites: none
inputs: {tilts: {type: tilt_series, doc: images}}
outputs: {tilts: {type: tilt_series, doc: smooth images}}
run: [/usr/bin/python3, op.py]
files: [op.py, smooth.py, atomloom_op.py]
identify: [/usr/bin/python3, -c, "import numpy, h5py; print(numpy.__version__, h5py.__version__)"]
YAML
cat >p.yaml <<'YAML'
atomloom: 1
nodes:
  particle: {op: simulate.particle}
  series: {op: simulate.tilt_series, in: {atoms: particle.atoms}, params: {size: [256], start: -59, stop: 59, tilts: 60}}
  smooth: {op: bench.smooth, in: {tilts: series.tilts}}
outputs: {smooth: smooth.tilts}
YAML
export ATOMLOOM_PLUGIN_PATH=$PWD/ops
"$atomloom" run p.yaml --quiet >/dev/null || exit 1
"$atomloom" get p.yaml series.tilts -o series.images.npy >/dev/null || exit 1
mv series.images.npy images.npy
figure images "$(/usr/bin/python3 -c 'import numpy; print(numpy.load("images.npy").shape == (60, 256, 256))' | sed 's/True/60/')" images == 60

# Run and plain Python in turns: the median of the differences.
seconds() {
  local from=$EPOCHREALTIME
  "$@" >/dev/null 2>&1 || echo "scripts: $1 fails" >&2
  awk -v a="$from" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }'
}
for _ in $(seq 11); do
  ours=$(seconds "$atomloom" run p.yaml --quiet --force smooth) plain=$(seconds /usr/bin/python3 ops/plain.py)
  echo "$ours" >>ours
  echo "$plain" >>plain
  awk -v a="$ours" -v b="$plain" 'BEGIN { print a - b }' >>over
done
"$atomloom" get p.yaml smooth -o ours.images.npy >/dev/null
figure same_numbers "$(/usr/bin/python3 -c 'import numpy as n; print(int((n.load("ours.images.npy") == n.load("smooth.npy")).all()))')" - == 1
note plain_python "$(median <plain)" s
note whole_run "$(median <ours)" s
figure overhead "$(median <over)" s '<=' 0.5
exit $short

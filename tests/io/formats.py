#!/usr/bin/env python3
"""Files of other programs, read by io.read_image, against what an independent reader found.

    formats.py BUILD_DIRECTORY DATA_DIRECTORY

expected.csv of DATA_DIRECTORY/formats has shape, sum, first values, sizes of pixels and tilt of each.
Exits with 77 where numpy, h5py or the data are missing."""
import csv, os, subprocess, sys, tempfile
try:
    import numpy as np, h5py
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

program = os.path.join(os.path.abspath(sys.argv[1]), "bin", "atomloom")
folder = os.path.join(os.path.abspath(sys.argv[2]), "formats")
if not os.path.exists(os.path.join(folder, "expected.csv")):
    print("skipped: no files of other programs")
    sys.exit(77)
ANGSTROM = {"A": 1, "nm": 10, "pm": 0.01, "um": 1e4, "µm": 1e4, "m": 1e10, "n_m": 10,
            "angstrom": 1}


def read(path):
    with open("p.yaml", "w") as f:
        f.write(f"atomloom: 1\nnodes:\n  r: {{op: io.read_image, params: {{file: '{path}'}}}}\n")
    subprocess.run([program, "run", "p.yaml", "--store", "store", "-q"], check=True)
    if os.path.exists("v.h5"):
        os.remove("v.h5")
    subprocess.run([program, "get", "p.yaml", "r.array", "-o", "v.h5", "--store", "store"],
                   check=True, stdout=subprocess.DEVNULL)
    return h5py.File("v.h5", "r")


def sizes(row):
    """Angstrom of the last two axes; NaN where they are no lengths."""
    out = []
    text = row["axes (name scale units; slowest first)"]
    if text.startswith("voxel"):
        x, y = [float(v) for v in text.split("A:")[1].split(";")[0].split()][:2]
        return [y, x] if x > 0 else [np.nan, np.nan]
    for axis in text.split(";")[-2:]:
        words = axis.split()
        unit = words[-1] if len(words) > 2 else ""
        out.append(float(words[1]) * ANGSTROM[unit] if unit in ANGSTROM else np.nan)
    return out


def compare(row, found):
    bad = []
    data = found["data"][...].astype(float)
    shape = [int(n) for n in row["shape_slowest_first"].split("x")]
    stored = list(data.shape)
    exchanged = row["file"].startswith("emd/") and "velox" not in row["file"]
    while len(stored) > len(shape) and stored[0] == 1:
        stored = stored[1:]
    if sorted(stored) != sorted(shape) if exchanged else stored != shape:
        bad.append(f"shape {stored}")
    for name, got in (("sum", data.sum()), ("min", data.min()), ("max", data.max())):
        if abs(got - float(row[name])) > 1e-6 * max(1, abs(float(row[name]))):
            bad.append(f"{name} {got}")
    first = [float(v) for v in row["first_values"].split()]
    if not exchanged and "velox" not in row["file"] \
            and not np.allclose(data.ravel()[:len(first)], first, rtol=1e-7, atol=0):
        bad.append(f"first values {data.ravel()[:4]}")
    for axis, wanted in zip("yx", sizes(row)):
        unit = found.attrs.get("step_" + axis + ".unit", "")
        unit = unit.decode() if isinstance(unit, bytes) else unit
        got = found.attrs.get("step_" + axis, np.nan) * ANGSTROM.get(unit, np.nan)
        if not np.isnan(wanted) and not exchanged and not abs(got / wanted - 1) <= 1e-6:
            bad.append(f"step_{axis} {got} angstrom, expected {wanted}")
    tilt = row["tilt_degrees"]
    series = "haadf_series" in row["file"] # its calibrated axis has the tilts, not the stage
    if tilt and not series and row["file"] != "ser/search.emi":
        got = found["tilts"][0] if "tilts" in found else np.nan
        if not abs(got - float(tilt)) <= 0.01:
            bad.append(f"tilt {got}")
    return bad


os.chdir(tempfile.mkdtemp())
failures = 0
rows = [r for r in csv.DictReader(open(os.path.join(folder, "expected.csv"), encoding="utf-8"))]
rows = [r for r in rows if not r["file"].endswith(".emi")] # the notes of the .ser: no images
for row in rows:
    try:
        bad = compare(row, read(os.path.join(folder, row["file"])))
    except (subprocess.CalledProcessError, KeyError) as e:
        bad = [f"{type(e).__name__} {e}"]
    failures += bool(bad)
    print(f"{row['file']}: {'; '.join(bad) or 'as expected'}")
print(f"{len(rows) - failures} of {len(rows)} as an independent reader finds them")
sys.exit(failures > 0)

#!/usr/bin/env python3
"""One series in every encoding that people have: the same tilt_series from all of them, with one
pipeline file, changing only `files` and `angles`.

    own_data.py BUILD_DIRECTORY [SERIES.npy ANGLES.npy]

Without a series, a small one is made here. Exits with 77 where numpy or h5py is missing."""
import os, struct, subprocess, sys, tempfile
try:
    import numpy as np, h5py, scipy.io
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

program = os.path.join(os.path.abspath(sys.argv[1]), "bin", "atomloom")
PIXEL_A = 0.352


def series():
    if len(sys.argv) > 3:
        return np.load(sys.argv[2]), np.load(sys.argv[3])
    rng = np.random.default_rng(7)
    y, x = np.mgrid[:24, :20]
    tilts = np.arange(-40.0, 41.0, 10.0)
    blob = [np.exp(-((x - 10 - 4 * np.sin(t / 57.3)) ** 2 + (y - 12) ** 2) / 20) for t in tilts]
    return rng.poisson(200 * np.array(blob) + 1).astype(np.float32), tilts


images, tilts = series()
nt, ny, nx = images.shape


def tiff(path, pages, tiled=False, half=False):
    """A plain TIFF: a strip or tiles of 16 x 16 for each page."""
    kind, bits = (np.float16, 16) if half else (np.float32, 32)
    out = bytearray(b"II*\0\0\0\0\0")
    link = 4
    for page in pages:
        page = page.astype(kind)
        if tiled:
            ty, tx = -(-ny // 16), -(-nx // 16)
            padded = np.zeros((16 * ty, 16 * tx), kind)
            padded[:ny, :nx] = page
            chunks = [padded[16 * j:16 * j + 16, 16 * i:16 * i + 16].tobytes()
                      for j in range(ty) for i in range(tx)]
        else:
            chunks = [page.tobytes()]
        places = []
        for chunk in chunks:
            places.append(len(out))
            out += chunk
        sizes = [len(c) for c in chunks]
        lists = len(out)
        if len(chunks) > 1:
            out += struct.pack(f"<{len(places)}I", *places) + struct.pack(f"<{len(sizes)}I", *sizes)
        first = lists if len(chunks) > 1 else places[0]
        second = lists + 4 * len(places) if len(chunks) > 1 else sizes[0]
        n = len(chunks)
        tags = [(256, 4, 1, nx), (257, 4, 1, ny), (258, 3, 1, bits), (259, 3, 1, 1), (262, 3, 1, 1)]
        if tiled:
            tags += [(277, 3, 1, 1), (322, 4, 1, 16), (323, 4, 1, 16), (324, 4, n, first),
                     (325, 4, n, second)]
        else:
            tags += [(273, 4, n, first), (277, 3, 1, 1), (278, 4, 1, ny), (279, 4, n, second)]
        tags += [(339, 3, 1, 3)]
        out += b"\0" * (len(out) % 2)
        struct.pack_into("<I", out, link, len(out))
        out += struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *t) for t in tags)
        link = len(out)
        out += b"\0\0\0\0"
    open(path, "wb").write(out)


def mrc(path, extended=b"", kind=b"\0\0\0\0", layout=(0, 0)):
    h = bytearray(1024)
    struct.pack_into("<4i", h, 0, nx, ny, nt, 2)
    struct.pack_into("<3i", h, 28, nx, ny, nt)
    struct.pack_into("<6f", h, 40, nx * PIXEL_A, ny * PIXEL_A, nt * PIXEL_A, 90, 90, 90)
    struct.pack_into("<3i", h, 64, 1, 2, 3)
    struct.pack_into("<i", h, 92, len(extended))
    h[104:108] = kind
    struct.pack_into("<2h", h, 128, *layout)
    h[208:216] = b"MAP \x44\x44\0\0"
    open(path, "wb").write(bytes(h) + extended + images.astype("<f4").tobytes())


def dm3(path):
    """DigitalMicrograph: a tree of tags, the slowest axis calibrated in degrees."""
    def entry(kind, name, body):
        return struct.pack(">BH", kind, len(name)) + name.encode() + body

    def group(name, *entries):
        return entry(20, name, struct.pack(">BBi", 0, 0, len(entries)) + b"".join(entries))

    def number(name, kind, code, v):
        return entry(21, name, b"%%%%" + struct.pack(">ii", 1, kind) + struct.pack("<" + code, v))

    def array(name, kind, raw, count):
        return entry(21, name, b"%%%%" + struct.pack(">iiii", 3, 20, kind, count) + raw)

    def text(name, s):
        return array(name, 4, s.encode("utf-16le"), len(s))

    step = float(tilts[1] - tilts[0])
    axes = [(0.0, PIXEL_A / 10, "nm"), (0.0, PIXEL_A / 10, "nm"), (-tilts[0] / step, step, "deg")]
    calibration = group("Dimension", *[group("", number("Origin", 6, "f", o),
                                             number("Scale", 6, "f", s), text("Units", u))
                                       for o, s, u in axes])
    data = group("ImageData", group("Calibrations", calibration),
                 array("Data", 6, images.astype("<f4").tobytes(), images.size),
                 number("DataType", 5, "I", 2),
                 group("Dimensions", *[number("", 5, "I", n) for n in (nx, ny, nt)]),
                 number("PixelDepth", 5, "I", 4))
    root = struct.pack(">BBi", 0, 0, 1) + group("ImageList", group("", data))
    open(path, "wb").write(struct.pack(">iii", 3, len(root) + 4, 1) + root + b"\0" * 8)


def emd(path):
    with h5py.File(path, "w") as f:
        g = f.create_group("data/series")
        g.attrs["emd_group_type"] = 1
        g["data"] = images.astype("<f4")
        for k, (name, unit, v) in enumerate([("tilt", "[deg]", tilts),
                                             ("y", "[n_m]", np.arange(ny) * PIXEL_A / 10),
                                             ("x", "[n_m]", np.arange(nx) * PIXEL_A / 10)]):
            d = g.create_dataset(f"dim{k + 1}", data=v)
            d.attrs["name"], d.attrs["units"] = name, unit


def velox(folder):
    """One file for each tilt, the tilt in its metadata, frames last."""
    import json
    for k, tilt in enumerate(tilts):
        meta = {"BinaryResult": {"Detector": "HAADF", "PixelUnitX": "m", "PixelUnitY": "m",
                                 "PixelSize": {"width": repr(PIXEL_A * 1e-10),
                                               "height": repr(PIXEL_A * 1e-10)}},
                "Stage": {"AlphaTilt": repr(float(np.deg2rad(tilt)))}}
        raw = np.zeros((1024, 1), np.uint8)
        encoded = json.dumps(meta).encode()
        raw[:len(encoded), 0] = list(encoded)
        with h5py.File(f"{folder}/velox_{k}.emd", "w") as f:
            f["Data/Image/26f6/Data"] = images[k][:, :, None]
            f["Data/Image/26f6/Metadata"] = raw


def write_all():
    tiff("stack.tif", images)
    tiff("tiled_half.tif", images, tiled=True, half=True)
    for k in range(nt):
        tiff(f"tilt_{k}.tif", images[k:k + 1])
    serial = b"".join(struct.pack("<h", int(round(100 * t))) for t in tilts)
    mrc("serialem.mrc", serial, b"SERI", (2, 1))
    mrc("plain.mrc")
    dm3("series.dm3")
    emd("series.emd")
    velox(".")
    np.save("series.npy", images)
    np.savez_compressed("series.npz", images=images)
    open("a.rawtlt", "w").write("".join(f"{t:8.2f}\n" for t in tilts) + "\n")
    open("a.csv", "w").write("image,tilt [deg]\n" + "".join(f"{k},{t}\n" for k, t in enumerate(tilts)))
    with open("plain.mrc.mdoc", "w") as f: # sections out of order
        f.write("PixelSpacing = %g\nImageFile = plain.mrc\n\n" % PIXEL_A)
        for k in reversed(range(nt)):
            f.write(f"[ZValue = {k}]\nTiltAngle = {tilts[k]}\n\n")
    matlab = images.transpose(2, 1, 0).astype(np.float64)
    scipy.io.savemat("v5.mat", {"proj": matlab}, do_compression=True)
    scipy.io.savemat("angles.mat", {"angle": tilts})
    with h5py.File("v73.mat", "w", userblock_size=512) as f:
        d = f.create_dataset("proj", data=images.astype(np.float64))
        d.attrs["MATLAB_class"] = np.bytes_("double")
    with open("v73.mat", "r+b") as f:
        f.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM")
    np.save("angles.npy", tilts)


CASES = [ # name, files, angles
    ("TIFF stack", "stack.tif", "a.rawtlt"),
    ("TIFF of each tilt", "tilt_*.tif", "a.rawtlt"),
    ("tiled TIFF of half floats", "tiled_half.tif", "a.csv"),
    ("MRC of SerialEM", "serialem.mrc", None),
    ("MRC and .mdoc", "plain.mrc", "plain.mrc.mdoc"),
    ("MRC and .rawtlt", "plain.mrc", "a.rawtlt"),
    ("DM3", "series.dm3", None),
    ("EMD of Berkeley", "series.emd", None),
    ("NumPy and CSV", "series.npy", "a.csv"),
    ("NumPy archive", "series.npz", "angles.npy"),
    ("MATLAB 5", "v5.mat", "angles.mat"),
    ("MATLAB 7.3", "v73.mat", "a.rawtlt"),
]


def digest(pipeline, *options):
    subprocess.run([program, "run", pipeline, "--store", "store", "-q", *options], check=True)
    out = subprocess.run([program, "show", pipeline, "s.tilts", "--store", "store", "--json",
                          *options], check=True, capture_output=True, text=True).stdout
    import json
    return json.loads(out)["digest"]


os.chdir(tempfile.mkdtemp())
write_all()
with open("p.yaml", "w") as f:
    f.write("atomloom: 1\nvars:\n  files:\n  angles: ''\nnodes:\n  s:\n    op: io.read_series\n"
            f"    params: {{files: '${{files}}', angles: '${{angles}}', pixel_size: {PIXEL_A / 10} nm}}\n")
digests = {}
for name, files, angles in CASES:
    options = ["--var", f"files={files}"] + (["--var", f"angles={angles}"] if angles else [])
    try:
        digests[name] = digest("p.yaml", *options)
    except subprocess.CalledProcessError as e:
        digests[name] = f"failed: {e.stderr or e}"
reference = digests["TIFF stack"]
wrong = [n for n, d in digests.items() if d != reference]
for name, d in digests.items():
    print(f"{name}: {d[:16]}{'' if d == reference else '  differs'}")
# tilts in radians of Velox come back within rounding, and bring their own size of pixels
with open("v.yaml", "w") as f:
    f.write("atomloom: 1\nnodes:\n  s: {op: io.read_series, params: {files: 'velox_*.emd'}}\n")
subprocess.run([program, "run", "v.yaml", "--store", "store", "-q"], check=True)
subprocess.run([program, "get", "v.yaml", "s.tilts", "-o", "v.h5", "--store", "store"], check=True,
               stdout=subprocess.DEVNULL)
with h5py.File("v.h5") as f:
    same = np.array_equal(f["images"], images) and np.allclose(f["angles"][:, 1], tilts, atol=1e-9)
    same = same and abs(f.attrs["pixel_size"] / PIXEL_A - 1) < 1e-6
print(f"Velox, a file of each tilt: {'the same' if same else 'differs'}")
# an archive under a password says so, though its bytes would pass
with open("series.npz", "rb") as f:
    locked = bytearray(f.read())
locked[locked.index(b"PK\1\2") + 8] |= 1
with open("locked.npz", "wb") as f:
    f.write(locked)
refused = subprocess.run([program, "run", "p.yaml", "--store", "store", "-q", "--var", "files=locked.npz",
                          "--var", "angles=a.csv"], capture_output=True, text=True)
same = same and refused.returncode != 0 and "encrypted" in refused.stderr
print(f"encrypted NumPy archive: {'refused' if 'encrypted' in refused.stderr else refused.stderr}")
print(f"{len(CASES) + 1 - len(wrong) - (not same)} of {len(CASES) + 1} give the same series")
sys.exit(bool(wrong) or not same)

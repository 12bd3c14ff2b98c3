#!/usr/bin/env python3
"""What the writers write, read by programs that share nothing with them: numpy on the bytes by the
formats' own descriptions, tiffinfo where it is installed.

    written.py BUILD_DIRECTORY

Exits with 77 where numpy or h5py is missing."""
import os, re, shutil, struct, subprocess, sys, tempfile
try:
    import numpy as np, h5py
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

program = os.path.join(os.path.abspath(sys.argv[1]), "bin", "atomloom")
PIPELINE = """
atomloom: 1
nodes:
  particle: {op: simulate.particle, params: {size: custom, h100: 1.5, h111: 2.5, core: Pd, shell: Ir}}
  volume: {op: simulate.volume, in: {atoms: particle.atoms}, params: {size: [20, 24, 28], voxel_size: 0.9}}
  surface: {op: structure.surface, in: {atoms: particle.atoms}, params: {alpha: 4}}
  series: {op: simulate.tilt_series, in: {atoms: particle.atoms}, params: {size: 40, dose: 1e5}}
outputs: {volume: volume.volume, mesh: surface.mesh, tilts: series.tilts}
"""


def same(what, found, expected, exact=True):
    found, expected = np.asarray(found), np.asarray(expected)
    good = found.shape == expected.shape and (
        np.array_equal(found, expected) if exact else np.allclose(found, expected, rtol=1e-8, atol=1e-9))
    if not good:
        sys.exit(f"broken: {what}: {found.shape} {found.ravel()[:4]}, "
                 f"expected {expected.shape} {expected.ravel()[:4]}")


def tiff_pages(data):
    """Uncompressed pages of 32-bit reals, strip by strip."""
    mark = {b"II": "<", b"MM": ">"}[data[:2]]
    at, pages = struct.unpack_from(mark + "I", data, 4)[0], []
    while at:
        count = struct.unpack_from(mark + "H", data, at)[0]
        tag = {}
        for i in range(count):
            name, kind, n, value = struct.unpack_from(mark + "HHII", data, at + 2 + 12 * i)
            letter, size = {3: ("H", 2), 4: ("I", 4)}.get(kind, ("B", 1))
            place = at + 10 + 12 * i if n * size <= 4 else value
            tag[name] = struct.unpack_from(f"{mark}{n}{letter}", data, place) if kind in (3, 4) else value
        assert tag.get(259, (1,))[0] == 1 and tag[258] == (32,) and tag[339] == (3,), tag
        strips = b"".join(data[o:o + n] for o, n in zip(tag[273], tag[279]))
        pages.append(np.frombuffer(strips, mark + "f4").reshape(tag[257][0], tag[256][0]))
        at = struct.unpack_from(mark + "I", data, at + 2 + 12 * count)[0]
    return np.array(pages)


def vti(data):
    head = data[:data.index(b"<AppendedData")].decode()
    extent = [int(v) for v in re.search(r'WholeExtent="([^"]*)"', head).group(1).split()]
    begin = data.index(b"_", len(head)) + 1
    size = struct.unpack_from("<Q", data, begin)[0]
    numbers = np.frombuffer(data[begin + 8:begin + 8 + size], "<f4")
    shape = [extent[2 * k + 1] - extent[2 * k] + 1 for k in (2, 1, 0)]
    spacing = [float(v) for v in re.search(r'Spacing="([^"]*)"', head).group(1).split()]
    return numbers.reshape(shape), spacing


def vtk(text):
    words = iter(text.split("\n", 4)[4].split())
    vertices = faces = None
    for word in words:
        if word == "POINTS":
            n = int(next(words)); next(words)
            vertices = np.array([float(next(words)) for _ in range(3 * n)]).reshape(n, 3)
        elif word == "POLYGONS":
            n = int(next(words)); next(words)
            faces = np.array([int(next(words)) for _ in range(4 * n)]).reshape(n, 4)
            break
    return vertices, faces


with tempfile.TemporaryDirectory() as work:
    os.chdir(work)
    with open("p.yaml", "w") as f:
        f.write(PIPELINE)

    def get(output, name):
        subprocess.run([program, "get", "p.yaml", output, "-o", name, "--store", "store"], check=True,
                       stderr=subprocess.DEVNULL)
        return open(name, "rb").read()

    for output in ("volume", "mesh", "tilts"):
        get(output, output + ".h5")
    with h5py.File("volume.h5") as v, h5py.File("mesh.h5") as m, h5py.File("tilts.h5") as t:
        density, images = v["density"][()], t["images"][()]
        numbers, spacing = vti(get("volume", "v.vti"))
        same("vti", numbers, density)
        same("vti spacing", spacing, [0.9] * 3, exact=False)
        mrc = get("volume", "v.mrc")
        shape = struct.unpack_from("<3i", mrc, 0)[::-1]
        same("mrc", np.frombuffer(mrc[1024 + struct.unpack_from("<i", mrc, 92)[0]:], "<f4").reshape(shape),
             density)
        vertices, faces = vtk(get("mesh", "m.vtk").decode())
        same("vtk vertices", vertices, m["vertex"][()], exact=False)
        same("vtk faces", faces[:, 1:], m["face"][()])
        same("vtk corners", faces[:, 0], np.full(len(faces), 3))
        same("tiff", tiff_pages(get("tilts", "t.tif")), images)
    if shutil.which("tiffinfo"):
        told = subprocess.run(["tiffinfo", "t.tif"], capture_output=True, text=True, check=True).stdout
        same("pages by tiffinfo", told.count("Image Width: 40 Image Length: 40"), len(images))
    else:
        print("tiffinfo is not installed (libtiff-tools): its part is skipped")
print("written files hold what they should")

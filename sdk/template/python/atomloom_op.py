"""atomloom_op - what a program needs to be an op of atomloom: values as files, progress, warnings, failures.

    call = Call()
    image = call.input("image")          # a Value; None for an optional input that is not connected, a list for a list
    out = Value(call.types["image"], like=image)
    out["density"] = 2 * image["density"]
    call.write("image", out)
"""
import json
import sys

import h5py
import numpy as np


class Value(dict):
    """Arrays by name (NumPy, C order, slowest axis first), with `units` of arrays and `attributes`: name -> text or (number, unit)."""

    def __init__(self, type, like=None):
        super().__init__(like or {})
        self.type = type
        self.units = dict(like.units) if like else {}
        self.attributes = dict(like.attributes) if like else {}


def text(v):
    return v.decode() if isinstance(v, bytes) else str(v)


def read(path):
    with h5py.File(path, "r") as f:
        v = Value(text(f.attrs["atomloom_type"]))
        for name in f:
            if name != "atomloom_texts":
                v[name] = f[name][()]
                v.units[name] = text(f[name].attrs.get("unit", ""))
        for name in f.get("atomloom_texts", {}):
            v.attributes[name] = text(f["atomloom_texts"][name][()])
        for name, a in f.attrs.items():
            if not name.startswith("atomloom_") and not name.endswith(".unit"):
                is_text = isinstance(a, (bytes, str))
                v.attributes[name] = text(a) if is_text else (float(a), text(f.attrs.get(name + ".unit", "")))
    return v


def write(path, v):
    with h5py.File(path, "w", track_order=True) as f:
        f.attrs["atomloom_type"] = v.type
        for name, array in v.items():
            d = f.create_dataset(name, data=np.ascontiguousarray(array))
            d.attrs["unit"] = v.units.get(name, "")
        for name, a in v.attributes.items():
            f.attrs[name] = a if isinstance(a, str) else float(a[0])
            if not isinstance(a, str) and a[1]:
                f.attrs[name + ".unit"] = a[1]


class Call:
    def __init__(self):
        given = json.load(sys.stdin)
        self.params, self.threads, self.types = given["params"], given["threads"], given["types"]
        self.inputs, self.outputs = given["inputs"], given["outputs"]
        self.report = open(given["report"], "w", buffering=1)

    def input(self, port):
        at = self.inputs[port]
        values = [read(p) for p in at] if isinstance(at, list) else [read(at)] if at else [None]
        for v in values:
            for name, array in (v or {}).items():
                if array.dtype.kind == "f" and not np.isfinite(array).all():
                    self.fail(port, f"array '{name}' holds numbers that are not finite")
        return values if isinstance(at, list) else values[0]

    def write(self, port, value):
        write(self.outputs[port], value)

    def say(self, *words):
        self.report.write(" ".join(str(w).replace("\n", " ") for w in words) + "\n")

    def progress(self, done):
        """done: 0 to 1"""
        self.say("progress", done)

    def note(self, line):
        """A line of the action's log."""
        self.say("note", line)

    def warn(self, where, line):
        """The result stands, but a person should look. where: a parameter, a port, or "-"."""
        self.say("warn", where, line)

    def fail(self, where, line):
        """Ends the program: what was found, what was expected. where: a parameter, a port, or "-"."""
        self.say("fail", where, line)
        sys.exit(1)

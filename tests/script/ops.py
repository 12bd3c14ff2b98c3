#!/usr/bin/env python3
"""Ops that are Python programs, in pipelines: the same numbers as the function itself, kept as long as
nothing changes that they depend on, and a clear error for whatever a program may do wrong.

    ops.py BUILD_DIRECTORY SOURCE_DIRECTORY

Exits with 77 where numpy or h5py is missing."""
import glob, json, os, re, shutil, signal, subprocess, sys, tempfile, time
try:
    import numpy as np, h5py
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

program = os.path.join(os.path.abspath(sys.argv[1]), "bin", "atomloom")
template = os.path.join(os.path.abspath(sys.argv[2]), "sdk", "template", "python")
work = tempfile.mkdtemp(prefix="atomloom-test-")
os.chdir(work)
os.mkdir("tmp")
os.environ["TMPDIR"] = os.path.join(work, "tmp")
os.environ["ATOMLOOM_STORE"] = "store"
sys.path.insert(0, "ops")
failures = 0
with open(os.path.join(os.path.dirname(program), "..", "CMakeCache.txt")) as f:
    sanitized = any(re.match("ATOMLOOM_SANITIZE:.*=.", line) for line in f)

HEAD = """atomloom_op: 1
id: {id}
summary: A test.
method: none
limits: none
cites: none
"""
OWN = "inputs: {a: {type: volume, doc: any}}\noutputs: {a: {type: volume, doc: the same}}\n"
PIPELINE = """atomloom: 1
nodes:
  particle: {op: simulate.particle}
  volume: {op: simulate.volume, in: {atoms: particle.atoms}, params: {size: [24]}}
"""


def check(holds, what):
    global failures
    if not holds:
        failures += 1
        print("FAILED:", what)


def op(name, code, ports=OWN, more="", files=""):
    with open(f"ops/lab.{name}.op.yaml", "w") as f:
        f.write(HEAD.format(id="lab." + name) + ports + more)
        f.write(f"run: [/usr/bin/python3, {name}.py]\nfiles: [{name}.py, atomloom_op.py{files}]\n")
    with open(f"ops/{name}.py", "w") as f:
        f.write("from atomloom_op import *\n" + code)


def pipeline(nodes):
    with open("p.yaml", "w") as f:
        f.write(PIPELINE + nodes)


def run(*more, good=True):
    r = subprocess.run([program, "run", "p.yaml", "--plugin-dir", "ops", *more], text=True,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
    check((r.returncode == 0) == good, f"{more}: exit status {r.returncode}\n{r.stdout}")
    return r.stdout


def get(output):
    if os.path.exists("v.h5"):
        os.remove("v.h5")
    r = subprocess.run([program, "get", "p.yaml", output, "-o", "v.h5", "--plugin-dir", "ops"],
                       text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    check(r.returncode == 0, f"get {output}: {r.stdout}")
    return h5py.File("v.h5", "r")


os.mkdir("ops")
shutil.copy(os.path.join(template, "atomloom_op.py"), "ops")

# ---- the numbers, and when they are made anew ----
DOUBLE = """
call = Call()
a = call.input("a")
out = Value(call.types["a"], like=a)
out["density"] = a["density"] * np.float32(call.params["factor"])
call.progress(0.5)
call.note("half way")
if call.params["factor"] == 3:
    call.warn("factor", "three is odd")
call.write("a", out)
"""
FACTOR = "params: {factor: {kind: real, default: 2, min: 0, max: 9, doc: times}}\n"
op("double", DOUBLE, more=FACTOR + "identify: [cat, ../version]\n")
with open("version", "w") as f:
    f.write("1")
pipeline("  twice: {op: lab.double, in: {a: volume.volume}}\noutputs: {v: twice.a}\n")
check("0 cached" in run(), "a first run finds nothing")
before, after = get("volume.volume")["density"][:], get("v")
check(np.array_equal(after["density"][:], 2 * before), "twice the density")
check(dict(get("volume.volume").attrs).keys() - {"atomloom_digest"} ==
      dict(after.attrs).keys() - {"atomloom_digest"}, "attributes are passed on")
check(after.attrs["voxel_size.unit"] == b"angstrom", "units are passed on")
check("nothing to compute" in run(), "nothing has changed")
with open("ops/atomloom_op.py", "a") as f:
    f.write("# changed\n")
check("1 run, 2 cached" in run(), "a file that it names has changed")
check("nothing to compute" in run(), "nothing has changed since")
with open("version", "w") as f:
    f.write("2")
why = subprocess.run([program, "plan", "p.yaml", "--explain", "twice", "--plugin-dir", "ops"], text=True,
                     stdout=subprocess.PIPE).stdout
check("0 (identify_sha256" in why, f"plan says what has changed: {why}")
check("1 run, 2 cached" in run(), "what identify prints has changed")
check("three is odd" in run("--set", "twice.factor=3"), "a warning")
check("three is odd" in run("--set", "twice.factor=3"), "a warning that is kept")
log = subprocess.run([program, "log", "p.yaml", "twice", "--plugin-dir", "ops"], text=True,
                     stdout=subprocess.PIPE).stdout
check("half way" in log, f"a note is in the log: {log}")
check("10 is too large" in run("--set", "twice.factor=10", good=False)
      or "0 to 9" in run("--set", "twice.factor=10", good=False), "ranges are checked")
os.remove("version")
check("lab.double cannot be identified" in run(good=False), "identify fails")

# ---- all kinds of parameters, lists, optional inputs, the program's surroundings ----
EVERY = """
import os
call = Call()
p = call.params
assert p["r"] == 0.1 and p["i"] == -4 and p["b"] is True and p["c"] == "y" and p["s"] == 'q" u', p
assert os.path.isabs(p["p"]) and open(p["p"]).read() == "content", p
assert p["rs"] == [1.5, 2] and p["is"] == [3] and p["ss"] == ["u v", "w"] and p["n"] == [7, 8], p
assert [open(x).read() for x in p["ps"]] == ["content"], p
assert call.input("none") is None
many = call.input("many")
assert len(many) == 2 and np.array_equal(many[0]["density"], many[1]["density"])
assert os.environ["OMP_NUM_THREADS"] == str(call.threads)
assert os.path.exists("every.py") and os.environ["TMPDIR"].startswith(os.path.dirname(call.outputs["a"]))
assert sys.stdin.read() == ""
call.write("a", many[1])
"""
op("every", EVERY, """inputs:
  none: {type: any, doc: d, optional: true}
  many: {type: volume, doc: d, list: true}
outputs: {a: {type: volume, doc: d}, b: {type: table, doc: d, optional: true}}
""", """params:
  r: {kind: real, default: 0.1, doc: d}
  i: {kind: int, default: 1, doc: d}
  b: {kind: bool, default: false, doc: d}
  c: {kind: choice, choices: [x, y], default: y, doc: d}
  s: {kind: string, default: "", doc: d}
  p: {kind: path, doc: d}
  rs: {kind: reals, default: [1.5, 2], doc: d}
  is: {kind: ints, default: [], doc: d}
  ss: {kind: strings, default: [], doc: d}
  n: {kind: numbers, default: [], doc: d}
  ps: {kind: paths, default: [], doc: d}
""")
with open("data.txt", "w") as f:
    f.write("content")
pipeline("""  every:
    op: lab.every
    in: {many: [volume.volume, volume.volume]}
    params: {i: -4, b: true, s: 'q" u', p: data.txt, n: [7, 8], is: [3], ss: [u v, w], ps: ["data.*"]}
outputs: {v: every.a}
""")
run()

# ---- a program that writes JSON and plain numbers ----
PLAIN = """
import json
given = json.load(sys.stdin)
about = given["values"]["a"][0]
array = about["arrays"][0]
assert len(about["arrays"]) == 1 and about["type"] == "volume" and array["dtype"] == "f32"
with h5py.File(given["inputs"]["a"]) as f:
    numbers = 2 * f["density"][()]
assert array["shape"] == list(numbers.shape)
array["file"] = "numbers"
numbers.tofile(given["folder"] + "/numbers")
%s
with open(given["folder"] + "/a.out.json", "w") as f:
    json.dump(about, f)
"""
op("plain", PLAIN % "")
pipeline("  plain: {op: lab.plain, in: {a: volume.volume}}\noutputs: {v: plain.a}\n")
run()
plain = get("v")
check(np.array_equal(plain["density"][:], 2 * before), "twice the density, written plainly")
check(dict(plain.attrs) == dict(after.attrs), "its attributes")
for change, message in {
    "array['shape'][0] -= 1": "has 55296 bytes, its shape asks for 52992",
    "array['shape'] = 'xy'": "the shape of array 'density'",
    "array['shape'][0] = -1": "the shape of array 'density'",
    "array['shape'] = [1 << 40, 1 << 40]": "its shape asks for",
    "array['dtype'] = 'f16'": "dtype 'f16', expected u8, i32",
    "array['file'] = '../x'": "not a name in the folder",
    "array['file'] = 'nowhere'": "is not there",
    "array['file'] = 'report'": "not a regular one",
    "del array['name']": "without a name",
    "about['arrays'].append(array)": "density",
    "about['attributes'].append({'name': 'x', 'text': None, 'value': None})": "neither a text nor",
    "about['type'] = 'mask'": "the program wrote a mask",
    "about['arrays'] = 3": "are lists",
    "about = float('nan')": "no JSON",
}.items():
    op("plain", PLAIN % change)
    out = run(good=False)
    check(message in out, f"{change!r} should say {message!r}:\n{out}")

# ---- what a program may do wrong ----
pipeline("  bad: {op: lab.bad, in: {a: volume.volume}}\noutputs: {v: bad.a}\n")
BEGIN = "call = Call()\na = call.input('a')\n"
for code, message in {
    "1 / 0": "ended with exit status 1: ZeroDivisionError: division by zero",
    "sys.exit(3)": "ended with exit status 3",
    "import os\nos.kill(os.getpid(), 11)": "was ended by SIGSEGV",
    "import os\nos.kill(os.getpid(), 9)": "SIGKILL, as the system does where memory runs out",
    BEGIN: "did not make its output 'a'",
    BEGIN + "a['density'] = a['density'][0]\ncall.write('a', a)": "has 2 axes, expected 3",
    BEGIN + "a['density'] = a['density'].astype('f8')\ncall.write('a', a)": "'density'",
    BEGIN + "del a['density']\ncall.write('a', a)": "'density'",
    BEGIN + "a.type = 'mask'\ncall.write('a', a)": "the program wrote a mask, expected a volume",
    BEGIN + "a['density'][0] = np.nan\ncall.write('a', a)": "holds nan at [0][0][0]",
    BEGIN + "open(call.outputs['a'], 'w').write('rubbish')": "output 'a': cannot open",
    BEGIN + "call.fail('a', 'too small')": "too small",
    BEGIN + "call.say('hello', 'you')\ncall.write('a', a)": "the program reported 'hello you'",
    BEGIN + "open('bad.py', 'a').write('#')\ncall.write('a', a)": "changed during the run",
    BEGIN + "x = bytearray(1 << 33)\ncall.write('a', a)": "MemoryError",
}.items():
    op("bad", code)
    if "bytearray" in code and sanitized:
        continue  # sanitizers take more than any limit for themselves
    if "bytearray" in code:
        pipeline("  bad: {op: lab.bad, in: {a: volume.volume}, resources: {memory: 500MiB}}\n"
                 "outputs: {v: bad.a}\n")
    out = run(good=False)
    check(message in out, f"{code!r} should say {message!r}:\n{out}")
op("bad", BEGIN + "print('hello')\ncall.write('a', a)")
with open("ops/lab.bad.op.yaml") as f:
    text = f.read()
with open("ops/lab.bad.op.yaml", "w") as f:
    f.write(text.replace("/usr/bin/python3", "no-such-program"))
check("cannot run 'no-such-program'" in run(good=False), "a program that is not there")
with open("ops/lab.bad.op.yaml", "w") as f:
    f.write(text.replace("run: [", "run: text #["))
out = run(good=False)
check("op 'lab.bad' cannot be used" in out and "run is a list" in out, f"a refused description: {out}")

# ---- one that hangs, and what is left behind ----
op("bad", "import time, subprocess\nsubprocess.Popen(['sleep', '97531'])\ntime.sleep(1000)")
pipeline("  bad: {op: lab.bad, in: {a: volume.volume}, resources: {time: 1s}}\noutputs: {v: bad.a}\n")
check("stopped after 1 s, its time limit" in run(good=False), "a time limit")
pipeline("  bad: {op: lab.bad, in: {a: volume.volume}}\noutputs: {v: bad.a}\n")
p = subprocess.Popen([program, "run", "p.yaml", "--plugin-dir", "ops"], stdout=subprocess.DEVNULL,
                     stderr=subprocess.DEVNULL)
while not glob.glob("tmp/atomloom-script-*/a.h5"):
    time.sleep(0.05)
p.send_signal(signal.SIGINT)
check(p.wait(60) in (130, -signal.SIGINT), f"interrupted: {p.returncode}")
def command_of(path):
    try:
        with open(path, "rb") as f:
            return f.read()
    except OSError: # it has ended meanwhile
        return b""


running = [c for c in glob.glob("/proc/[0-9]*/cmdline") if b"97531" in command_of(c)]
check(not running, "its children end with it")
for folder in glob.glob("tmp/atomloom-script-*"):
    os.utime(folder, (0, 0))
op("bad", BEGIN + "call.write('a', a)")
run()
check(not os.listdir("tmp"), f"left behind: {os.listdir('tmp')}")

# ---- the contract: broken by these (that a good one keeps it: tests/cli/cases/new_op_python.sh) ----
def broken(*more):
    r = subprocess.run([program, "check-plugin", "ops/lab.bad.op.yaml", "--json", *more], text=True,
                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=240)
    return {rule["rule"]: rule["why"] for rule in json.loads(r.stdout)["rules"]
            if rule["verdict"] == "broken"}


for code, rules in (
    ("import time\ntime.sleep(100)", {"runs": "did not return within"}),
    ("import os\nos.kill(os.getpid(), 6)", {"runs": "SIGABRT"}),
    (BEGIN + "a['density'] = a['density'][0]\ncall.write('a', a)", {"outputs": "2 axes, expected 3"}),
    # three at once, each found as if it were alone
    (BEGIN + "import os\nout = Value('volume')\nout['density'] = a['density']\n"
     "out['density'][:] = os.getpid() % 1000\n"
     "out.attributes['voxel_size'] = a.attributes['voxel_size']\nprint('hello')\ncall.write('a', out)",
     {"stdout": "6 bytes", "again": "", "rest": ""}),
):
    op("bad", code)
    found = broken("--time", "1s" if "sleep" in code else "20s")
    for rule, why in rules.items():
        check(rule in found and why in found[rule], f"{code!r} should break {rule}: {found}")
op("bad", BEGIN + "call.write('a', a)", more="identify: [cat, nowhere]\n")
check("cannot be identified" in broken().get("load", ""), "identify is tried")

os.chdir("/")
shutil.rmtree(work)
sys.exit(1 if failures else 0)

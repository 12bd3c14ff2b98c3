# The members that docs/records.md promises, no more and no less, each of its kind.
cp "$SOURCE/tests/cli/sums.yaml" . && echo x >f.txt
atomloom why sums.yaml total --json >out.json; echo "before a run: exit $?, $(wc -c <out.json) bytes"
atomloom run sums.yaml -q --set one.file=f.txt && atomloom why sums.yaml total --json --set one.file=f.txt >out.json
python3 - <<'END'
import json, os, re
d = json.load(open("out.json"))
kinds = {str: "text", int: "number", float: "number", bool: "bool", list: "list", dict: "object", type(None): "null"}
found = {}
def walk(x, path):
    if isinstance(x, list):
        for v in x: walk(v, path)
    elif isinstance(x, dict):
        for k, v in x.items():
            found.setdefault(f"{path}{k}", set()).add(kinds[type(v)])
            walk(v, f"{path}{k}.")
walk(d, "")
promised = {}
for line in open(os.environ["SOURCE"] + "/docs/records.md"):
    m = re.match(r"\| `([\w.]+)` \| ([\w ,]+) \|", line)
    if m: promised[m[1]] = set(m[2].replace(" or ", ", ").split(", "))
print("not promised:", sorted(set(found) - set(promised)))
print("other kinds:", sorted((k, v) for k, v in found.items() if k in promised and not v <= promised[k]))
always = {k for k, v in promised.items()} - {"instances.parameters.set_by.variables", "instances.executed.warnings", "instances.parameters.set_by.axes"}
print("missing:", sorted(k for k in always - set(found) if not re.search(r"axes\.|variables|warnings|identify", k)))
END

# Every id that is referred to is told or is on the web, ids are unique, and the files are there.
echo hello >data.txt
cat >p.yaml <<'END'
atomloom: 1
nodes:
  one: {op: test.number, params: {file: data.txt}}
  two: {op: test.sum, in: {terms: [one.number, one.number]}}
outputs: {sum: two.sum}
END
atomloom crate p.yaml -o crate
atomloom run p.yaml >/dev/null 2>&1 && atomloom crate p.yaml -o crate || exit 9
python3 - <<'END'
import json, os
graph = json.load(open("crate/ro-crate-metadata.json"))["@graph"]
ids = [e["@id"] for e in graph]
def refs(x):
    if isinstance(x, dict):
        if set(x) == {"@id"}: yield x["@id"]
        else: yield from (r for v in x.values() for r in refs(v))
    elif isinstance(x, list): yield from (r for v in x for r in refs(v))
missing = {r for e in graph for r in refs(e)} - set(ids)
print("ids unique:", len(ids) == len(set(ids)))
print("told elsewhere:", sorted(missing))
root = next(e for e in graph if e["@id"] == "./")
print("parts there:", all(os.path.exists("crate/" + p["@id"]) for p in root["hasPart"]))
print("actions:", sorted(e["name"] for e in graph if e["@type"] == "CreateAction"))
END

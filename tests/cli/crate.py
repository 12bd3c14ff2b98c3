"""Checks an RO-Crate against itself and prints what is in it: crate.py DIRECTORY

Every file in the metadata is there with the SHA-256 and the size it has in it, every file there is in the metadata, ids are unique,
whatever is referred to is in it or on the web, and what the profiles ask for is there. Anything else is printed as a fault."""
import hashlib
import json
import os
import sys
from urllib.parse import unquote

root = sys.argv[1]
with open(os.path.join(root, "ro-crate-metadata.json"), encoding="utf-8") as f:
    graph = json.load(f)["@graph"]
faults = []
by_id = {}
for entity in graph:
    if entity["@id"] in by_id:
        faults.append(f"{entity['@id']} twice")
    by_id[entity["@id"]] = entity


def types(entity):
    return entity["@type"] if isinstance(entity["@type"], list) else [entity["@type"]]


def references(x):
    if isinstance(x, dict):
        if set(x) == {"@id"}:
            yield x["@id"]
        else:
            for value in x.values():
                yield from references(value)
    elif isinstance(x, list):
        for value in x:
            yield from references(value)


def ids(entity, member):
    value = entity.get(member, [])
    return [v["@id"] for v in (value if isinstance(value, list) else [value])]


def of_type(name):
    return [e for e in graph if name in types(e)]


for entity in graph:
    for reference in references(entity):
        if reference not in by_id and not reference.startswith(("http://", "https://")):
            faults.append(f"{entity['@id']} refers to {reference}")
files = {e["@id"]: e for e in of_type("File")}
for name, entity in files.items():
    path = os.path.join(root, unquote(name))
    if unquote(name) != name or not os.path.isfile(path):
        faults.append(f"no file {name}")
        continue
    data = open(path, "rb").read()
    if entity.get("sha256") != hashlib.sha256(data).hexdigest() or entity.get("contentSize") != len(data):
        faults.append(f"{name}: not the bytes it says")
there = {os.path.relpath(os.path.join(d, f), root) for d, _, names in os.walk(root) for f in names}
faults += [f"{name} is not in the metadata" for name in sorted(there - set(files) - {"ro-crate-metadata.json"})]
top, self_, run = by_id["./"], by_id["ro-crate-metadata.json"], by_id["#run"]
if set(ids(top, "hasPart")) != set(files):
    faults.append("hasPart is not the list of files")
workflow = by_id.get(ids(top, "mainEntity")[0])
if not workflow or not {"File", "SoftwareSourceCode", "ComputationalWorkflow"} <= set(types(workflow)):
    faults.append("mainEntity is no workflow file")
if ids(self_, "about") != ["./"] or ids(run, "instrument") != [workflow["@id"]]:
    faults.append("about or instrument leads elsewhere")
for member in "name", "description", "datePublished", "license", "conformsTo":
    if member not in top:
        faults.append(f"the crate has no {member}")
actions = [e for e in of_type("CreateAction") if e is not run]
made = {i for a in actions for i in ids(a, "result")}
for action in actions + [run]:
    if action["endTime"] < action["startTime"] or action["startTime"] < run["startTime"] or action["endTime"] > run["endTime"]:
        faults.append(f"{action['@id']}: times")
    for i in ids(action, "object"):
        if i.startswith("#value-") and i not in made:
            faults.append(f"{i} is used, and nothing made it")
if set(ids(top, "mentions")) != {a["@id"] for a in actions + [run]}:
    faults.append("mentions is not the list of actions")
for i in ids(run, "result"):
    if ids(by_id[i], "isBasedOn")[0] not in made:
        faults.append(f"{i} is made of nothing")
print("faults:", faults or "none")
print("actions:", sorted(a["name"] for a in actions))
print("inputs:", sorted(ids(run, "object")))
print("outputs:", sorted(ids(run, "result")))
print("run:", run["description"])

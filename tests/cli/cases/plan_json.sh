cp "$SOURCE/tests/cli/sums.yaml" .
atomloom plan sums.yaml --json | python3 -c 'import json, sys; d = json.load(sys.stdin); print([(s["instance"], s["state"]) for s in d["instances"]], d["outputs"])'

# JSON that knows the ops that are there.
atomloom schema | python3 -c 'import json, sys; s = json.load(sys.stdin); print("volume.threshold" in json.dumps(s), s["$schema"])'

cp "$SOURCE/tests/cli/sums.yaml" .
atomloom run sums.yaml --trace trace.json >/dev/null 2>&1 && python3 -c 'import json; json.load(open("trace.json")); print("a trace")'

# Axes, a gather, the stage before, groups, two nodes of one key, one content under two names, after a sweep: every name that `why` and
# `crate` say is one of this pipeline, and each instance stands once with its own inputs.
mkdir parts && echo same >left.txt && cp left.txt right.txt
cat >parts/pair.yaml <<'END'
atomloom: 1
vars: {more: {default: 1}}
inputs: {first: {type: array}, second: {type: array}}
nodes:
  both: {op: test.sum, in: {terms: [inputs.first, inputs.second]}, params: {add: "${more}"}}
outputs: {sum: both.sum}
END
cat >p.yaml <<'END'
atomloom: 1
axes: {minutes: [0, 30, 60]}
nodes:
  left: {op: test.number, params: {value: 1, file: left.txt}}
  right: {op: test.number, params: {value: 1, file: right.txt}}
  stage: {op: test.number, params: {value: "${minutes}"}}
  step: {op: test.sum, in: {terms: [stage.number, "stage.number[minutes-1]"]}}
  all: {op: test.sum, in: {terms: "step.sum[*]"}}
  sides: {use: parts/pair.yaml, in: {first: left.number, second: right.number}, vars: {more: 2}}
  end: {op: test.sum, in: {terms: [all.sum, sides.sum]}}
outputs: {end: end.sum, step: step.sum}
END
atomloom run p.yaml -q --sweep left.value=1,2 --sweep sides.both.add=2,3 || exit 9
atomloom run p.yaml -q && atomloom why p.yaml end --json >why.json && atomloom why p.yaml 'step[minutes=60]' --json >step.json
python3 - <<'END'
import json
def tree(name):
    d = json.load(open(name))
    print(d["output"], "from", d["from"])
    for i in d["instances"]:
        files = [p["value"] for p in i["parameters"] if "sha256" in p]
        print(" ", i["instance"], i["axes"] or "", [f"{p['instance']}.{p['output']}" for p in i["inputs"]], *files)
tree("why.json")
tree("step.json")
END
atomloom why p.yaml end | grep -oE '^ *(left|right|sides|all|end|step|stage)[^ ]*( |.*see above)' | sed -E 's/ [0-9a-f]{16}/ /'
atomloom why p.yaml 'stage[minutes=30].number' | grep value:
atomloom crate p.yaml -o c && python3 "$SOURCE/tests/cli/crate.py" c && find c -type f | LC_ALL=C sort

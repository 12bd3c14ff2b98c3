# `plan --explain` names what changed first, up the chain, with old and new values: parameters, files, ops, plugins, objects, new nodes.
mkdir plugins && cp "$BUILD/tests/plugins/"*.so plugins && export ATOMLOOM_PLUGIN_PATH="$PWD/plugins"
echo one >scan.txt
cat >p.yaml <<'END'
atomloom: 1
axes: {minutes: [0, 30, 60]}
nodes:
  scan: {op: test.number, params: {file: scan.txt}}
  stage: {op: test.sum, over: [minutes], in: {terms: [scan.number]}, params: {add: "${minutes}"}}
  last: {op: test.sum, in: {terms: "stage.sum[*]"}, params: {add: 1}}
outputs: {last: last.sum}
END
explain() { echo "--- $1"; shift; atomloom plan p.yaml "$@" --explain last | sed -E 's/[0-9a-f]{12}/DIGEST/g'; }
explain "before a run"
atomloom run p.yaml -q
explain "nothing changed"
explain "a parameter of the first" --set scan.value=20
explain "three causes" --set scan.value=20 --set stage.round=true --set last.add=2
explain "an op" --set scan.op=test.cite_first
echo two >scan.txt
explain "a file"
atomloom plan p.yaml | sed -E 's/[0-9a-f]{12}/DIGEST/g; s/ \(about [^)]*\)//'
atomloom plan p.yaml --json | python3 -c '
import json, sys
for s in json.load(sys.stdin)["instances"]:
    print(s["instance"], s["state"], [{k: v for k, v in c.items() if k not in ("before", "after")} for c in s["causes"]])'
echo one >scan.txt
printf x >>plugins/arithmetic.so
explain "another build of the plugin"
truncate -s -1 plugins/arithmetic.so
find "$ATOMLOOM_STORE/objects" -name '*.h5' -delete
explain "objects gone"
atomloom run p.yaml -q
sed -i 's/terms: "stage.sum.*"}/terms: ["stage.sum[*]", "extra.sum"]}/; s/^  last/  extra: {op: test.sum, in: {terms: [scan.number]}}\n  last/' p.yaml
explain "a new node"

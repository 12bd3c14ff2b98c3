# Who set a parameter: the file, a variable of it, --var, --set, --sweep; the op too.
cat >p.yaml <<'END'
atomloom: 1
vars:
  base: {default: 2}
  twice: {default: "${base * 2}"}
nodes:
  one: {op: test.number, params: {value: "${twice}"}}
  two: {op: test.number, params: {value: "${base}"}}
  total: {op: test.sum, in: {terms: [one.number, two.number]}, params: {add: 0.5}}
outputs: {total: total.sum}
END
why() { # OUTPUT and options
  atomloom run p.yaml -q "${@:2}" && atomloom why p.yaml "$@" | grep -E '\(.*(p.yaml|--)' | grep -v -- --all | sed -E "s/[0-9a-f]{16}/DIGEST/"
}
why total
echo --- var
why total --var base=3
echo --- set
why total --set total.add=1 --set one.op=test.number --set one.extra=true
echo --- sweep
why 'total[two.value=8, base=4]' --sweep two.value=7,8 --sweep base=3,4
atomloom why p.yaml total --json | python3 -c '
import json, sys
for i in json.load(sys.stdin)["instances"]: print(i["instance"], [(p["name"], p["set_by"]) for p in i["parameters"]])'

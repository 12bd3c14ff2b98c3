# What a file of `use:` lists under `outputs:` has a name too: group.output, with its point where it repeats.
mkdir parts
cat >parts/half.yaml <<'END'
atomloom: 1
inputs: {first: {type: array}}
nodes:
  sum: {op: test.sum, in: {terms: [inputs.first]}, params: {add: 1}}
outputs: {half: sum.sum, same: inputs.first}
END
cat >parts/pair.yaml <<'END'
atomloom: 1
inputs: {first: {type: array}}
nodes:
  inner: {use: half.yaml, in: {first: inputs.first}}
  more: {op: test.sum, in: {terms: [inner.half]}, params: {add: 10}}
outputs: {total: more.sum}
END
cat >p.yaml <<'END'
atomloom: 1
axes: {minutes: [0, 30]}
nodes:
  one: {op: test.number, params: {value: 5}}
  stage: {op: test.number, params: {value: "${minutes}"}}
  pair: {use: parts/pair.yaml, in: {first: one.number}}
  stages: {use: parts/half.yaml, in: {first: stage.number}}
  end: {op: test.sum, in: {terms: [pair.total, "stages.half[*]"]}}
outputs: {end: end.sum}
END
for name in pair.total pair.inner.half pair.inner.same 'stages.half[minutes=30]' 'stages[minutes=30].half' 'stages.same[minutes=30]'; do
  atomloom get p.yaml "$name" -o value.json 2>/dev/null || exit 9
  echo "$name $(python3 -c 'import json; print(json.load(open("value.json"))["arrays"]["data"]["data"])')"
done
atomloom show p.yaml pair.total
atomloom show p.yaml stages.half
atomloom show p.yaml pair.totl
atomloom show p.yaml pair

# --until and --outputs: a part of a pipeline; what is not needed for it does not run.
cat >p.yaml <<'END'
atomloom: 1
axes: {k: [1, 2]}
nodes:
  one: {op: test.number, params: {value: "${k}"}}
  each: {op: test.sum, in: {terms: [one.number]}, params: {add: 5}}
  total: {op: test.sum, in: {terms: "each.sum[*]"}}
  other: {op: test.number, params: {value: 9}}
outputs: {total: total.sum, each: each.sum, other: other.number}
END
echo "-- until"
atomloom run p.yaml --jobs 1 --until each 2>/dev/null
atomloom plan p.yaml --until 'one[k=2]'
echo "-- outputs"
atomloom plan p.yaml --outputs other,each
atomloom run p.yaml --jobs 1 --outputs 'other,each[k=2],one.number[k=1]' 2>/dev/null
echo "-- both"
atomloom plan p.yaml --outputs other --until one | tail -1
echo "-- refused"
atomloom run p.yaml --until eahc
atomloom run p.yaml --outputs totl
atomloom run p.yaml --outputs total,,other
atomloom run p.yaml --until one --report page.html
ls

# A sweep puts the numbers of the outputs side by side: those that gather an axis, and those that keep one; not those it does not reach.
cat >p.yaml <<'END'
atomloom: 1
axes: {k: [1, 2]}
nodes:
  one: {op: test.number, params: {value: "${k}"}}
  each: {op: test.sum, in: {terms: [one.number]}}
  total: {op: test.sum, in: {terms: "one.number[*]"}}
  rest: {op: test.sum, in: {terms: "each.sum[*]"}, params: {round: true}}
outputs: {total: total.sum, each: each.sum, rest: rest.sum, one: one.number}
END
atomloom run p.yaml --jobs 1 --sweep total.add=1,2,3 2>/dev/null
atomloom run p.yaml --jobs 1 --sweep each.add=10,20.25 --sweep total.add=1,2,3,4 2>/dev/null | sed -n '/^Sweep/,$p'
atomloom run p.yaml --jobs 1 --sweep total.add=1,2,3 --columns data,each.data 2>/dev/null | sed -n '/^Sweep/,$p'
atomloom run p.yaml --jobs 1 --sweep total.add=1,2,3 --columns each.data 2>/dev/null | sed -n '/^Sweep/,$p'

# An output with one value per point of its axes, asked for in the ways people try.
cat >p.yaml <<'END'
atomloom: 1
axes: {minutes: [0, 30, 60, 120]}
nodes:
  one: {op: test.number, params: {value: "${minutes}"}}
  total: {op: test.sum, in: {terms: "one.number[*]"}}
outputs: {atoms: one.number, total: total.sum}
END
for name in atoms 'atoms[30]' 'atoms[45]' one one.number 'one.number[30]' 'one.number[minutes=45]' one.numbr total.number atom; do
  echo "--- $name"
  atomloom show p.yaml "$name" 2>&1
done
echo "--- as in a pipeline"
atomloom run p.yaml -q && atomloom show p.yaml 'one.number[minutes=30]' && atomloom show p.yaml 'one[minutes=30].number'

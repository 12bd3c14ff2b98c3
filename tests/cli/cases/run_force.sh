# --force executes a node again: the same bytes change nothing after it, others are a warning and a failure under --strict.
cat >p.yaml <<'END'
atomloom: 1
nodes:
  one: {op: test.number, params: {value: 1}}
  total: {op: test.sum, in: {terms: [one.number]}}
  clock: {op: test.clock}
  after: {op: test.sum, in: {terms: [clock.out]}}
outputs: {total: total.sum}
END
atomloom run p.yaml --jobs 1 2>/dev/null | tail -1
echo "-- the same bytes"
atomloom plan p.yaml --force one | sed "s| (about .*||"
atomloom run p.yaml --jobs 1 --force one 2>/dev/null | tail -1
atomloom run p.yaml --jobs 1 2>/dev/null | tail -1
echo "-- other bytes"
atomloom run p.yaml --jobs 1 --until after 2>/dev/null | tail -1
atomloom run p.yaml --jobs 1 --until after --force clock 2>err | tail -1
grep -o 'clock.*deterministic' err | sed -E 's/[0-9a-f]{12}/DIGEST/g' | sort -u
atomloom run p.yaml --jobs 1 --until after --strict >/dev/null 2>&1
echo "strict: $?"
echo "-- refused"
atomloom run p.yaml --force onne
atomloom plan p.yaml --force clock

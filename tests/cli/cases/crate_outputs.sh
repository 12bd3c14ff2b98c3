# Outputs whose names make one file name are two files; an optional one that was not made is none; so is one of nothing but these.
cat >p.yaml <<'END'
atomloom: 1
axes: {minutes: [0, 30]}
nodes:
  one: {op: test.number}
  two: {op: test.number, params: {value: "${minutes}"}}
outputs: {a_b: one.number, "a?b": one.number, A_B: one.number, extra: one.extra, two: two.number}
END
atomloom run p.yaml -q && atomloom crate p.yaml -o c --licence https://spdx.org/licenses/CC-BY-4.0 && python3 "$SOURCE/tests/cli/crate.py" c
cat >q.yaml <<'END'
atomloom: 1
nodes: {one: {op: test.number}}
outputs: {extra: one.extra}
END
atomloom run q.yaml -q; atomloom crate q.yaml -o q; echo "exit $?"
atomloom crate /dev/stdin -o d <p.yaml && python3 "$SOURCE/tests/cli/crate.py" d >d.txt; head -1 d.txt; cmp d/stdin p.yaml

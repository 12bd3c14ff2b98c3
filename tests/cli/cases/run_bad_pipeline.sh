# All errors of the file at once, each with its place.
cat >p.yaml <<'END'
atomloom: 1
nodes:
  one: {op: test.numbr}
  two:
    op: test.sum
    in: {term: one.number}
    params: {add: lots}
END
atomloom run p.yaml

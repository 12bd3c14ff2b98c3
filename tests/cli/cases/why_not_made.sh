# An optional output that was not made is no reason to run again.
cp "$SOURCE/tests/cli/sums.yaml" .
atomloom run sums.yaml -q
atomloom why sums.yaml one.extra; echo "exit $?"
cat >opt.yaml <<'END'
atomloom: 1
nodes:
  one: {op: test.number}
  sum: {op: test.sum, in: {terms: [one.number, one.extra]}}
END
atomloom run opt.yaml -q && atomloom why opt.yaml sum.sum | grep extra

# All outputs, one output, a file: the same value.
cp "$SOURCE/tests/cli/sums.yaml" .
atomloom run sums.yaml >/dev/null 2>&1
atomloom show sums.yaml && atomloom show sums.yaml total && atomloom show sums.yaml total --json
atomloom get sums.yaml total -o total.h5 2>/dev/null && atomloom show total.h5

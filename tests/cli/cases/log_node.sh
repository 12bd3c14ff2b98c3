cp "$SOURCE/tests/cli/sums.yaml" .
atomloom log sums.yaml one
atomloom run sums.yaml >/dev/null 2>&1
atomloom log sums.yaml one && atomloom log sums.yaml total

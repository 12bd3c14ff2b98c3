cp "$SOURCE/tests/cli/sums.yaml" .
atomloom log sums.yaml on

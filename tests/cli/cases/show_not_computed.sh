cp "$SOURCE/tests/cli/sums.yaml" .
atomloom show sums.yaml total

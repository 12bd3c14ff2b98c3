cp "$SOURCE/tests/cli/sums.yaml" .
atomloom why sums.yaml total

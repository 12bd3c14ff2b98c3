cp "$SOURCE/tests/cli/sums.yaml" .
atomloom run sums.yaml --jobs 1 --sweep total.add=1,2 2>/dev/null

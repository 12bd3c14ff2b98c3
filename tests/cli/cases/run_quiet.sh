cp "$SOURCE/tests/cli/sums.yaml" .
atomloom run sums.yaml --quiet && echo nothing else

cp "$SOURCE/tests/cli/sums.yaml" .
atomloom plan sums.yaml --explain totl

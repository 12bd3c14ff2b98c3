cp "$SOURCE/tests/cli/sums.yaml" .
atomloom cite sums.yaml

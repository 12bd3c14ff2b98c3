cp "$SOURCE/tests/cli/sums.yaml" .
atomloom run sums.yaml --jobs many

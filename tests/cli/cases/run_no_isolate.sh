cp "$SOURCE/tests/cli/sums.yaml" .
atomloom run sums.yaml --no-isolate >/dev/null

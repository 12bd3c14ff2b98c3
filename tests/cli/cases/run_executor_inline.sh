cp "$SOURCE/tests/cli/sums.yaml" .
atomloom run sums.yaml --executor inline >/dev/null && atomloom run sums.yaml --executor local --no-isolate

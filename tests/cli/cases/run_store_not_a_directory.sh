cp "$SOURCE/tests/cli/sums.yaml" .
touch file
atomloom run sums.yaml --store file

cp "$SOURCE/tests/cli/sums.yaml" .
atomloom run sums.yaml --set totl.add=1

cp "$SOURCE/tests/cli/sums.yaml" .
atomloom run sums.yaml >/dev/null 2>&1
atomloom plan sums.yaml --set total.add=1.5 --explain total && atomloom plan sums.yaml --explain one

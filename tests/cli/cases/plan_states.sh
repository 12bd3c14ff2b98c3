# First everything is new; then all is in the store; then one parameter changed.
cp "$SOURCE/tests/cli/sums.yaml" .
atomloom plan sums.yaml
atomloom run sums.yaml >/dev/null 2>&1
atomloom plan sums.yaml && atomloom plan sums.yaml --set two.value=3

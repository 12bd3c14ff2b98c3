# First everything is new; then all is in the store; then one parameter changed.
cp "$SOURCE/tests/cli/sums.yaml" .
atomloom plan sums.yaml
atomloom run sums.yaml >/dev/null 2>&1
# A guess at the time is made only of what took long, which depends on the machine.
(atomloom plan sums.yaml && atomloom plan sums.yaml --set two.value=3) | sed "s/ (about [^)]*)//"

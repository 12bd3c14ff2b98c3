# A trace that cannot be written is told before anything runs.
cp "$SOURCE/tests/cli/sums.yaml" .
atomloom run sums.yaml --trace nowhere/trace.json
echo $?
atomloom plan sums.yaml | tail -n 1

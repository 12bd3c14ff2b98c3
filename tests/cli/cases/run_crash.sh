# A crash of an op is a failed node with its signal, not a dead run.
cp "$SOURCE/tests/cli/bad.yaml" .
atomloom run bad.yaml --jobs 1 --set wrong.how=crash

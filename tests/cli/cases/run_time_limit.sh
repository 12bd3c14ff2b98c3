cp "$SOURCE/tests/cli/bad.yaml" .
atomloom run bad.yaml --jobs 1 --set wrong.how=loop --time 1s

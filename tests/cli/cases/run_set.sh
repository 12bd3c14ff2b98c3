# A changed parameter runs what depends on it, and `get` is told with the same options.
cp "$SOURCE/tests/cli/sums.yaml" .
atomloom run sums.yaml --jobs 1 >/dev/null 2>&1
atomloom run sums.yaml --set two.value=5

cp "$SOURCE/tests/cli/sums.yaml" .
atomloom run sums.yaml >/dev/null 2>&1
mkdir crate && atomloom crate sums.yaml -o crate

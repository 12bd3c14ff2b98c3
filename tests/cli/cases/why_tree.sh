cp "$SOURCE/tests/cli/sums.yaml" .
atomloom run sums.yaml >/dev/null 2>&1
atomloom why sums.yaml total | sed -E 's/[0-9a-f]{16}/DIGEST/g; s/on [^ ,]+,/on HOST,/'

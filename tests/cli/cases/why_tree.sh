cp "$SOURCE/tests/cli/sums.yaml" .
atomloom run sums.yaml >/dev/null 2>&1
words() { sed -E 's/[0-9a-f]{16}/DIGEST/g; s/on [^ ,]+,/on HOST,/'; }
atomloom why sums.yaml total | words
echo --- all
atomloom why sums.yaml total --all | words

cp "$SOURCE/tests/cli/sums.yaml" .
atomloom get sums.yaml total -o nowhere/total.h5 2>&1 | grep -v '^run\|^done'
exit "${PIPESTATUS[0]}"

cp "$SOURCE/tests/cli/sums.yaml" .
atomloom get sums.yaml total -o total.xlsx

# What is missing is computed first; the extension says the form.
cp "$SOURCE/tests/cli/sums.yaml" .
atomloom get sums.yaml total -o total.json 2>/dev/null && cat total.json
atomloom get sums.yaml total.sum -o total.npy && atomloom get sums.yaml one.number -o one.h5 && ls

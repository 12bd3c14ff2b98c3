# What was removed is computed again when it is wanted again.
cp "$SOURCE/tests/cli/sums.yaml" .
atomloom run sums.yaml >/dev/null 2>&1
atomloom cache gc --max-size 0 --dry-run | sed -E 's/, .*//' && atomloom cache gc --max-size 0 --yes | sed -E 's/, .*//'
atomloom cache ls && atomloom get sums.yaml total -o total.h5 2>/dev/null && ls

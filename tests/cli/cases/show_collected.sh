# What was collected is told as such.
cp "$SOURCE/tests/cli/sums.yaml" .
atomloom run sums.yaml --quiet
touch -d '2 days ago' "$ATOMLOOM_STORE"/objects/*/*
atomloom cache gc --older-than 1d --yes >freed && cut -d, -f1 freed
atomloom show sums.yaml

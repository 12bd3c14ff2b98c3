# Options that people know from make, snakemake and others.
cp "$SOURCE/tests/cli/sums.yaml" .
for option in -n --dry-run -k --keep-going --force -v --cores=4 -o; do
  echo "--- $option"
  atomloom run sums.yaml $option 2>&1
done
echo "--- without a command"
atomloom sums.yaml 2>&1

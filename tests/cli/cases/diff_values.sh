# Two values: what differs, and by how much; a value against a pipeline is refused.
cp "$SOURCE/tests/cli/sums.yaml" .
for v in 2 3; do
  atomloom run sums.yaml --set two.value=$v --quiet >/dev/null
  atomloom get sums.yaml total --set two.value=$v -o $v.h5 >/dev/null
done
atomloom diff 2.h5 3.h5
atomloom diff 2.h5 2.h5
atomloom diff 2.h5 sums.yaml

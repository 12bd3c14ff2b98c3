# What is set otherwise, what comes of it, and where values begin to differ.
cp "$SOURCE/tests/cli/sums.yaml" .
echo one >one.txt && echo one >copy.txt && echo two >two.txt
atomloom diff sums.yaml --set two.value=3
echo
atomloom run sums.yaml --quiet >/dev/null
atomloom run sums.yaml --set two.value=3 --quiet >/dev/null
atomloom diff sums.yaml --set two.value=3
echo
atomloom diff sums.yaml --set two.value=3 --json
echo
atomloom diff sums.yaml --from-set two.file=one.txt --set two.file=two.txt
echo
atomloom diff sums.yaml --from-set two.file=one.txt --set two.file=copy.txt
echo
sed 's/two:/second:/; s/two\./second./' sums.yaml >other.yaml
atomloom diff sums.yaml other.yaml
echo
atomloom diff sums.yaml

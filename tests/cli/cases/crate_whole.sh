# Every id that is referred to is in the metadata or on the web, ids are unique, and every file has the digest and the size stated.
echo hello >data.txt
cat >p.yaml <<'END'
atomloom: 1
nodes:
  one: {op: test.number, params: {file: data.txt}}
  two: {op: test.sum, in: {terms: [one.number, one.number]}}
outputs: {sum: two.sum}
END
atomloom crate p.yaml -o crate
atomloom run p.yaml >/dev/null 2>&1 && atomloom crate p.yaml -o crate || exit 9
python3 "$SOURCE/tests/cli/crate.py" crate && cmp data.txt crate/inputs/data.txt && cmp p.yaml crate/p.yaml

# A value that another pipeline computed first, under other names and from a file of another name, is told in this pipeline's words.
mkdir a b
echo counts >a/simulated.dat
cp a/simulated.dat b/measured.dat
cat >a/first.yaml <<'END'
atomloom: 1
nodes:
  alpha: {op: test.number, params: {value: 5}}
  file_a: {op: test.number, params: {value: 2, file: simulated.dat}}
  total_a: {op: test.sum, in: {terms: [alpha.number, file_a.number]}}
END
cat >b/second.yaml <<'END'
atomloom: 1
nodes:
  scan: {op: test.number, params: {value: 5, file: measured.dat}}
  reading: {op: test.number, params: {value: 2, file: measured.dat}}
  result: {op: test.sum, in: {terms: [scan.number, reading.number]}}
END
atomloom run a/first.yaml -q && atomloom run b/second.yaml -q
atomloom plan b/second.yaml | tail -1
for how in "" --all --json; do
  atomloom why b/second.yaml result.sum $how >out.txt || exit 9
  echo "other names: $(grep -cE 'alpha|file_a|total_a|simulated|first' out.txt)"
done
atomloom why b/second.yaml result.sum | sed -E 's/[0-9a-f]{16}/DIGEST/g; s/on [^ ,]+,.*/on HOST, .../'
atomloom crate b/second.yaml -o c && python3 "$SOURCE/tests/cli/crate.py" c
grep -cE 'alpha|file_a|total_a|simulated|first' c/ro-crate-metadata.json
atomloom why a/first.yaml total_a.sum | grep -cE 'scan|reading|result|measured|second'

# a pipeline without `report:`, a sweep next to each other, two pipelines on one page; each page is sound
cp "$SOURCE/tests/cli/sums.yaml" .
sed 's/title: .*/title: "<script>x<\/script> \&amp; \\u202e ]]>"/' sums.yaml >hostile.yaml
atomloom report sums.yaml 2>/dev/null && python3 "$SOURCE/tests/report/page.py" report.html "sums of numbers" "3 of 3 instances computed"
atomloom report sums.yaml --sweep total.add=1,2 -o - 2>/dev/null >sweep.html && python3 "$SOURCE/tests/report/page.py" sweep.html "5" "Numbers next to each other"
atomloom report sums.yaml hostile.yaml -o two.html 2>/dev/null && python3 "$SOURCE/tests/report/page.py" two.html "hostile.yaml"
atomloom run hostile.yaml --report live.html -q && python3 "$SOURCE/tests/report/page.py" live.html '<script>x</script> &amp; \u202e ]]>'
printf 'atomloom: 1\nnodes: {n: {op: test.misbehave, params: {how: fail}}}\noutputs: {x: n.out}\n' >bad.yaml
atomloom report bad.yaml -o bad.html 2>/dev/null
echo "exit $?"
python3 "$SOURCE/tests/report/page.py" bad.html "0 of 1 instance computed, 1 failure" "n (test.misbehave) failed"
atomloom report sums.yaml --as-is --store empty -o empty.html && python3 "$SOURCE/tests/report/page.py" empty.html "0 of 3 instances computed" "not computed"
# rows of a truth table that are not met, in words, come first
printf 'name,value\nrmsd,35\nrecall,1\n' >found.csv
cat >truth.yaml <<'END'
atomloom: 1
nodes:
  found: {op: io.read_csv, params: {file: found.csv}}
  truth:
    op: table.truth
    in: {tables: [found.table]}
    params: {names: [t], figures: ["rmsd (pm): t.value[name=rmsd] <= 30", "recall: t.value[name=recall] >= 0.99", "rows: max t.value"]}
outputs: {truth: truth.table}
END
atomloom report truth.yaml -o truth.html 2>/dev/null
python3 "$SOURCE/tests/report/page.py" truth.html "1 of 2 figures as asked" "truth, not met: figure rmsd (pm), found 35, asked <= 30"

# A file under a variable is missing: --var names another directory.
mkdir there
echo 1 >there/scan.txt
cat >p.yaml <<'END'
atomloom: 1
vars: {data: {default: here, doc: where the scans are}}
nodes:
  one: {op: test.number, params: {file: "${data}/scan.txt"}}
  two: {op: test.number, params: {file: ""}}
  three:
    op: test.number
    params:
      file: |
        there/scan.txt
END
atomloom plan p.yaml
echo "plan exit $?"
atomloom plan p.yaml --var data=there --set three.file=there/scan.txt
echo "plan exit $?"

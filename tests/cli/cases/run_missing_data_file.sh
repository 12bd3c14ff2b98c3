# A file that a parameter names and that is not there: told before anything runs.
cat >p.yaml <<'END'
atomloom: 1
nodes:
  one:
    op: test.number
    params:
      file: data.txt
END
atomloom run p.yaml

# Files of one name from two places, of one content under two names, with signs that a URL cannot hold: each is there once, by its own
# bytes. Without inputs they are named only.
mkdir one two && echo 1 >one/data.csv && echo 2 >two/data.csv && cp one/data.csv 'größe #1%.txt' && cp one/data.csv DATA.csv
cat >p.yaml <<'END'
atomloom: 1
nodes:
  a: {op: test.number, params: {file: one/data.csv}}
  b: {op: test.number, params: {file: two/data.csv}}
  c: {op: test.number, params: {file: "größe #1%.txt"}}
  d: {op: test.number, params: {file: one/data.csv, value: 2}}
  e: {op: test.number, params: {file: DATA.csv}}
  sum: {op: test.sum, in: {terms: [a.number, b.number, c.number, d.number, e.number]}}
END
atomloom run p.yaml -q && atomloom crate p.yaml -o c && python3 "$SOURCE/tests/cli/crate.py" c
cd c/inputs && md5sum * && cd ../..
atomloom crate p.yaml -o named/ --without-inputs && python3 "$SOURCE/tests/cli/crate.py" named && ls named
